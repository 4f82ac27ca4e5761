/** What Grep must put out: every due line that contains the text, as a row (line, 1) on its own input partition. */
import type { Oracle } from '../oracle.ts'
import { binaryOf, encode, TEXT } from '../oracle-digest.ts'
import { recordsOracle } from '../oracle-records.ts'

const ONE = encode(1)

export function grepOracle(pattern: string): Oracle {
  const bytes = binaryOf(pattern)
  return recordsOracle((line) => (line.includes(bytes) ? [[{ tag: TEXT, body: line }, ONE]] : []))
}
