/**
 * The program behind `npm start`. Alone it is the main job, `compare`; `npm start -- --help` shows the rest.
 *
 * Exit status: 0 valid, 1 invalid or the user's error, 2 unknown, 130 after Ctrl-C. Errors are one line on standard error.
 */
import { foreseenError, refusal, reportError } from './command-error.ts'
import { nearest } from './nearest.ts'
import { buildProgram } from './program.ts'

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
const asked = words.find((word) => !word.startsWith('-'))
const command = program.commands.find((candidate) => candidate.name() === asked)

try {
  if (words[0] !== undefined && words[0] === asked && !names.includes(asked)) {
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
