/**
 * The command line as commander has it: commands and their options, without running anything. Tests read it to hold the
 * READMEs to it.
 */
import { Command } from 'commander'
import { listCommand } from './commands/list.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'

const DESCRIPTION =
  'Streamgauge measures two models of stream processing on the same water: continuous operators (timely dataflow, after\n' +
  'Naiad) and micro-batches (discretized streams, after Spark Streaming).'

/** Commands that run an experiment or a part of one; the first is what `npm start` alone does. */
export function buildProgram(): Command {
  const program = new Command('npm start --')
    .description(DESCRIPTION)
    .helpOption('-h, --help', 'show this help, or that of a command')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError(false)
  const commands = [runCommand(), replayCommand()]
  for (const command of commands) program.addCommand(command)
  program.addCommand(listCommand(() => commands))
  for (const command of [program, ...program.commands]) {
    // Refusals are thrown and told in one form, by `command-error.ts`.
    command.exitOverride().configureOutput({ writeErr: () => {} })
  }
  return program
}
