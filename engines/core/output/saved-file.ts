/**
 * A saved file: the rows of an output in one tick and partition, as lines of JSON, ascending by their text.
 *
 *   <output>/<end of the tick in ns, 16 digits>-<partition>.ndjson       [tick, key, value], or [tick, key] where the key left
 *
 * Neither its name nor a byte of it says who computed it, in which order rows came, or how often: what is computed again
 * after a fault is the same file. JSON is as usual (what it has no text for is null, or left out of an object), but that
 * names of an object ascend and a bigint is a number.
 */
import { canonicalText } from '../columns/value-codec.ts'
import { CapacityError } from '../errors.ts'
import type { TickEnd } from '../units.ts'
import type { Commit, CommittedRows } from './commit.ts'

export type Rows = CommittedRows['rows']

interface Line {
  readonly row: Rows[number]
  readonly text: string
}

/** A file is made at once in the process, and again in the storage service. */
const CHARACTERS_MAX = 64 * 1024 * 1024

/** 2^53 ns have so many. */
const TICK_DIGITS = 16

export function savedName(
  output: string,
  { tick, partition }: Pick<Commit, 'tick' | 'partition'>,
): string {
  return `${outputFolder(output)}/${String(tick).padStart(TICK_DIGITS, '0')}-${partition}.ndjson`
}

/** The folder of an output, which its name cannot lead out of: as the name is written, where that is a path. */
export function outputFolder(output: string): string {
  return output.split('/').map(encodedPart).join('/')
}

function encodedPart(part: string): string {
  // What is encoded has no sign of per cent without two digits.
  if (part === '') return '%'
  if (part === '.' || part === '..') return part.replaceAll('.', '%2E')
  return encodeURIComponent(part.toWellFormed())
}

/** Rows in the order of a file, with their lines. */
function linesOf(tick: TickEnd, rows: Rows): readonly Line[] {
  return rows.map((row) => ({ row, text: lineText(tick, row) })).sort(byText)
}

/** The rows in the order of a file. Different rows whose lines are the same, like NaN and null, are in that of their bytes. */
export function inOrder(tick: TickEnd, rows: Rows): Rows {
  return [...linesOf(tick, rows)]
    .sort((a, b) => byText(a, b) || byBytes(a, b))
    .map(({ row }) => row)
}

function byBytes({ row: a }: Line, { row: b }: Line): number {
  const [one, other] = [canonicalText(a), canonicalText(b)]
  return one < other ? -1 : one > other ? 1 : 0
}

/** The content of a file. Errors: `CapacityError` for one that is too large. */
export function contentOf(name: string, tick: TickEnd, rows: Rows): Uint8Array {
  let text = ''
  for (const line of linesOf(tick, rows)) {
    text += `${line.text}\n`
    if (text.length > CHARACTERS_MAX) throw tooLarge(name, rows.length)
  }
  return new TextEncoder().encode(text)
}

function lineText(tick: TickEnd, [key, value]: Rows[number]): string {
  const changed = value === undefined ? '' : `,${jsonText(value)}`
  return `[${tick},${jsonText(key)}${changed}]`
}

function byText(a: Line, b: Line): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0
}

export function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${jsonText(field)}`).join(',')}}`
}

function tooLarge(name: string, rows: number): CapacityError {
  return new CapacityError(
    {
      asked: `the file ${name} of ${rows} rows`,
      found: `more than ${CHARACTERS_MAX} characters`,
      rule: 'a file has the rows of one tick and partition, and is made in memory',
      remedy: 'Take more partitions or shorter ticks, or reduce what is saved',
    },
    { name, rows },
  )
}
