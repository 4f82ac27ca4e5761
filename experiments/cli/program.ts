/**
 * The command line as commander has it: commands and their options, without running anything. Tests read it to hold the
 * READMEs to it.
 */
import { Command } from 'commander'
import { benchCommand } from './commands/bench.ts'
import { compareCommand } from './commands/compare.ts'
import { listCommand } from './commands/list.ts'
import { microCommand } from './commands/micro.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'
import { validateCommand } from './commands/validate.ts'

const DESCRIPTION =
  'Streamgauge measures two models of stream processing on the same water: continuous operators (timely dataflow, after Naiad) and micro-batches (discretized streams, after Spark Streaming). Without a command it runs compare.'

/** What `npm start` alone does. */
export const DEFAULT_COMMAND = 'compare'

export function buildProgram(): Command {
  const program = new Command('npm start --')
    .description(DESCRIPTION)
    .helpOption('-h, --help', 'show this help, or that of a command')
    .helpCommand('help [command]', 'show the help of a command')
  const commands = [
    compareCommand(),
    benchCommand(),
    validateCommand(),
    microCommand(),
    runCommand(),
    replayCommand(),
  ]
  for (const command of commands) {
    program.addCommand(command, { isDefault: command.name() === DEFAULT_COMMAND })
  }
  program.addCommand(listCommand(() => commands))
  for (const command of [program, ...program.commands]) {
    // Refusals are thrown and told in one form, by `command-error.ts`.
    command.exitOverride().configureOutput({ writeErr: () => {} })
  }
  return program
}
