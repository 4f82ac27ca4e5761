/** A command as it was typed, from its words to what it says when it cannot go on. */
import { nearest } from '../../engines/core/nearest.ts'
import { foreseenError, refusal, reportError } from './command-error.ts'
import { buildProgram, DEFAULT_COMMAND } from './program.ts'

/** Runs it, and sets the exit status of the process where it is not 0. Errors are told, and none is thrown. */
export async function call(words: readonly string[]): Promise<void> {
  const program = buildProgram()
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
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    process.exitCode = reportError(foreseenError(error, command ?? program))
  }
}
