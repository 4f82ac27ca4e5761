/**
 * The command line as commander has it: commands and their options, without running anything. Tests read it to hold the
 * READMEs to it.
 */
import { Command } from 'commander'
import { refusal } from './command-error.ts'
import { benchCommand } from './commands/bench.ts'
import { compareCommand } from './commands/compare.ts'
import { faultsCommands } from './commands/faults.ts'
import { fuzzCommand } from './commands/fuzz.ts'
import { listCommand } from './commands/list.ts'
import { microCommand } from './commands/micro.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'
import { ticksCommand } from './commands/ticks.ts'
import { validateCommand } from './commands/validate.ts'
import { verifyCommand } from './commands/verify.ts'

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
    ticksCommand(),
    ...faultsCommands(),
    benchCommand(),
    validateCommand(),
    microCommand(),
    verifyCommand(),
    fuzzCommand(),
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
    refuseRepeats(command)
  }
  return program
}

/** Commander takes the last of two values in silence; which one was meant, only the user knows. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    // Those that collect their values have a parser.
    if (!option.required || option.parseArg !== undefined) continue
    let before: string | undefined
    command.on(`option:${option.name()}`, (value: string) => {
      if (before === undefined) {
        before = value
        return
      }
      throw refusal({
        asked: `${option.long} ${value}`,
        found: `${option.long} ${before} before it`,
        rule: 'An option has one value',
        remedy: 'Drop one of them',
      })
    })
  }
}
