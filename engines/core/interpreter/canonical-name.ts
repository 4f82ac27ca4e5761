/** Values by their canonical encoding: which are the same, and which comes first. */
import { encodeCanonical } from '../columns/value-codec.ts'

/**
 * A value's canonical encoding as text: equal for equal values only, and ascending as tag and bytes do.
 *
 * Errors: those of `encodeCanonical`.
 */
export function nameOf(value: unknown): string {
  const { tag, body } = encodeCanonical(value)
  return String.fromCharCode(tag) + Buffer.from(body).toString('latin1')
}

export function compareNames(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** A copy in ascending order of the encodings. */
export function ascending(values: readonly unknown[]): unknown[] {
  return values
    .map((value) => ({ name: nameOf(value), value }))
    .sort((a, b) => compareNames(a.name, b.name))
    .map(({ value }) => value)
}
