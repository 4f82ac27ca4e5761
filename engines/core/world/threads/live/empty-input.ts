/** The error of a live input without a record: a run of nothing has nothing to be right about. */
import { InputError } from '../../../errors.ts'
import type { LiveInput } from '../../../input/live-input.ts'

export function emptyInput(input: LiveInput, found: string): InputError {
  return new InputError(
    {
      asked: `lines of ${nameOf(input)}`,
      found,
      rule: 'an input has at least one record',
      remedy: 'Check what is sent, and when',
    },
    { source: nameOf(input) },
  )
}

export function nameOf(input: LiveInput): string {
  if (input.kind === 'http') return input.url
  return input.kind === 'file' ? input.path : 'standard input'
}
