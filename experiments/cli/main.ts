/**
 * The program behind `npm start`. Alone it is the main job, `compare`; `npm start -- --help` shows the rest.
 *
 * Exit status: 0 valid, 1 invalid or the user's error, 2 unknown, 130 after Ctrl-C. Errors are one line on standard error.
 */
import { nearest } from '../../engines/core/nearest.ts'
import { foreseenError, refusal, reportError } from './command-error.ts'
import { buildProgram, DEFAULT_COMMAND } from './program.ts'

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2)
})
process.on('unhandledRejection', (error) => {
  process.exitCode = reportError(error)
})

const program = buildProgram()
const words = process.argv.slice(2)
const names = [...program.commands.map((command) => command.name()), 'help']
// Options of the default command may stand without its name.
const asked = words[0]?.startsWith('-') ? DEFAULT_COMMAND : (words[0] ?? DEFAULT_COMMAND)
const command = program.commands.find((candidate) => candidate.name() === asked)

try {
  if (!names.includes(asked)) {
    throw refusal({
      asked,
      found: 'no such command',
      rule: `Commands are ${names.join(', ')}`,
      near: nearest(asked, names),
    })
  }
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportError(foreseenError(error, command ?? program))
}
