/** The error of a live input without a record: a run of nothing has nothing to be right about. */
import { InputError } from '../../../errors.ts'
import { describeMalformed, type MalformedRows } from '../../../input/formats/row-tally.ts'
import type { LiveInput } from '../../../input/live-input.ts'

export function emptyInput(input: LiveInput, found: string, malformed: MalformedRows): InputError {
  return new InputError(
    {
      asked: `lines of ${nameOf(input)}`,
      found: malformed.count === 0 ? found : `${found} but ${describeMalformed(malformed)}`,
      rule: 'an input has at least one record',
      remedy: 'Check what is sent, and when',
    },
    { source: nameOf(input) },
  )
}

export function nameOf(input: LiveInput): string {
  switch (input.kind) {
    case 'http':
      return input.url
    case 'tcp':
      return `tcp://${input.host}:${input.port}`
    case 'stdin':
      return 'standard input'
    case 'file':
    case 'folder':
      return input.path
  }
}
