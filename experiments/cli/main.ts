/**
 * The program behind `npm start`. Alone it is the main job, `compare`; `npm start -- --help` shows the rest.
 *
 * Exit status: 0 valid, 1 invalid or the user's error, 2 unknown, 130 after Ctrl-C. Errors are one line on standard error.
 */
import { call } from './call.ts'
import { reportError } from './command-error.ts'

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2)
})
process.on('unhandledRejection', (error) => {
  process.exitCode = reportError(error)
})

await call(process.argv.slice(2))
