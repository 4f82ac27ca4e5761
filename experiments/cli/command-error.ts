/**
 * What a command says when it cannot go on: one line on standard error, `error: asked: found. rule. remedy.`, and the
 * exit status. The stack is for whoever sets DEBUG.
 */
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { ConfigurationError, HarnessError } from '../../engines/core/errors.ts'
import { nearest } from '../../engines/core/nearest.ts'
import { Interrupted } from '../runner/interruption.ts'
import { exitStatusOfError } from './exit-status.ts'

/** Prints the error and returns the exit status of a command that ended by it. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  const foreseen = error instanceof HarnessError || error instanceof Interrupted
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`error: ${message}\n`)
  if (process.env.DEBUG) {
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`)
    if (error instanceof Error && error.cause) process.stderr.write(`${String(error.cause)}\n`)
  } else if (!foreseen) {
    process.stderr.write('This was not foreseen. DEBUG=1 shows where it came from.\n')
  }
  return error instanceof Interrupted ? error.exitStatus : exitStatusOfError(error)
}

/** Commander's refusals in the form of ours. `command` is the one whose options were read. */
export function foreseenError(error: unknown, command: Command): unknown {
  if (!(error instanceof CommanderError) || error.exitCode === 0) return error
  const [, quoted = ''] = /'([^']*)'/.exec(error.message) ?? []
  const flag = quoted.split(/[ =]/)[0] ?? quoted
  const name = command.parent === null ? '' : `${command.name()} `
  switch (error.code) {
    case 'commander.unknownOption': {
      const flags = command.options.flatMap(({ long }) => long ?? [])
      return refusal({
        asked: `${name}${flag}`,
        found: 'no such option',
        rule: flags.length > 0 ? `Options are ${flags.join(', ')}` : 'It takes no options',
        near: nearest(flag, flags),
      })
    }
    case 'commander.optionMissingArgument':
      return refusal({
        asked: `${name}${flag}`,
        found: 'nothing after it',
        rule: `It takes a value: ${quoted}`,
        remedy: 'Give it one',
      })
    case 'commander.missingArgument':
      return refusal({
        asked: command.name(),
        found: `no ${quoted}`,
        rule: `It is called as ${command.name()} ${command.usage()}`,
        remedy: 'npm start -- list shows what there is',
      })
    case 'commander.excessArguments':
      return refusal({
        asked: `${command.name()} ${command.args.join(' ')}`,
        found: `${command.args.length} arguments`,
        rule: `It is called as ${command.name()} ${command.usage()}`,
        remedy: 'Drop the others',
      })
    default:
      return new ConfigurationError(error.message.replace(/^error: /, ''), { code: error.code })
  }
}

interface Refusal {
  readonly asked: string
  readonly found: string
  readonly rule: string
  readonly near?: string | undefined
  readonly remedy?: string
}

/** The error for a name that is none of those there are. */
export function refusal({ near, remedy, ...parts }: Refusal): ConfigurationError {
  const advice =
    near === undefined ? (remedy ?? 'npm start -- --help shows them') : `Did you mean ${near}`
  return new ConfigurationError({ ...parts, remedy: advice })
}

/** One of the names that an argument can have; options have `parseName`. */
export function parseArgument<N extends string>(
  what: string,
  text: string,
  names: readonly N[],
): N {
  const found = names.find((name) => name === text)
  if (found !== undefined) return found
  throw refusal({
    asked: `${what} ${text}`,
    found: `no such ${what}`,
    rule: `It is one of ${names.join(', ')}`,
    near: nearest(text, names),
    remedy: 'Choose one of them',
  })
}
