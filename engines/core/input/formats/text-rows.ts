/**
 * Rows that are lines: of text, each a record, and of JSON, each a value.
 *
 * JSON is looked at as bytes: only ASCII has a meaning outside of its strings, and in them all bytes are taken.
 */
import type { RowFormat } from './row-cutter.ts'

const LINE_FEED = 0x0a

const LINES = {
  header: undefined,
  spansLines: false,
  advice: 'Break the line, or check that the input is text',
  endOf: (bytes: Buffer, start: number, searched: number): number =>
    bytes.indexOf(LINE_FEED, start + searched),
} as const

/** Every line is a record, byte for byte. */
export const TEXT_ROWS: RowFormat = {
  ...LINES,
  dropsByteOrderMark: false,
  recordsOf: (rows) => rows.map(({ bytes }) => bytes),
}

/** Every line with a JSON value in it is a record; a blank line is nothing. */
export const JSON_ROWS: RowFormat = {
  ...LINES,
  dropsByteOrderMark: true,
  recordsOf: (rows, refuse) =>
    rows.map((row) => jsonRecord(row.bytes, (problem) => refuse(row, problem))),
}

/** The record of a value; undefined for a blank, and for what is no JSON, which is refused. */
export function jsonRecord(bytes: Buffer, refuse: (problem: string) => void): Buffer | undefined {
  const text = bytes.toString('latin1')
  const problem = jsonProblem(text)
  if (problem === undefined) return bytes
  if (!/^[ \t\r\n]*$/.test(text)) refuse(problem)
  return undefined
}

/** Why a text is no JSON; undefined for one that is. */
function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    // The row is shown anyway, and has one line.
    const why = (error as Error).message.replace(/, ("|\.\.\.).*$/s, '').replace(/ \(line .*$/, '')
    return `no JSON, ${why}`
  }
}
