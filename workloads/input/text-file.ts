/**
 * A pool from a file, or from the files of a directory: of text, JSON or CSV, compressed or not.
 *
 * A record is a row of the format that a file has (`engines/core/input/formats/`). Of text that is a line, byte for byte, bytes
 * that are not UTF-8 included: records that have such are counted, so that a caller can warn. So are malformed rows, which are
 * no records. A directory gives its own regular files, by name in byte order, without those whose name starts with a dot; it
 * is not searched deeper.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { InputError } from '../../engines/core/errors.ts'
import { isGzip } from '../../engines/core/input/formats/gzip.ts'
import {
  cutterOf,
  type InputFormat,
  TEXT_FORMAT,
} from '../../engines/core/input/formats/input-format.ts'
import {
  describeMalformed,
  type MalformedRows,
  RowTally,
} from '../../engines/core/input/formats/row-tally.ts'
import { POOL_BYTES_MAX, poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'

export interface TextPool {
  readonly pool: PoolBytes
  readonly files: number
  /** Records that are not valid UTF-8. They are in the pool as they were. */
  readonly linesNotUtf8: number
  readonly malformed: MalformedRows
}

/**
 * Reads a file or directory into a pool.
 *
 * Errors: `InputError` where it is missing, cannot be read, is neither file nor directory, has no record, or has a row of
 * more than 1 MiB (which names the file and the line's number), or, if none may be, a malformed one.
 */
export function textFile(path: string, format: InputFormat = TEXT_FORMAT): TextPool {
  const files = filesOf(path)
  const tally = new RowTally(format.strict ?? false)
  const records: Buffer[] = []
  for (const file of files) {
    const cutter = cutterOf(format, { name: file, tally })
    for (const record of cutter.push(contentOf(file)).records) records.push(record)
    for (const record of cutter.end().records) records.push(record)
  }
  const { malformed, notUtf8 } = tally
  if (records.length === 0) {
    throw new InputError(
      {
        asked: `lines of ${path}`,
        found: foundNothing(files, malformed),
        rule: 'an input has at least one record',
        remedy: 'Name a file or directory with text in it',
      },
      { path },
    )
  }
  return { pool: poolBytesOf(records), files: files.length, linesNotUtf8: notUtf8, malformed }
}

function foundNothing(files: readonly string[], malformed: MalformedRows): string {
  if (files.length === 0) return 'a directory without files'
  return malformed.count === 0 ? 'no line' : `no record: ${describeMalformed(malformed)}`
}

function filesOf(path: string): readonly string[] {
  const stats = attempt(path, () => statSync(path))
  if (stats.isFile()) return [path]
  if (!stats.isDirectory()) {
    throw new InputError(
      {
        asked: `lines of ${path}`,
        found: 'neither a file nor a directory',
        rule: 'an input is read as a whole before the run',
        remedy: 'Write what comes from a pipe or device into a file first',
      },
      { path },
    )
  }
  return attempt(path, () => readdirSync(path))
    .filter((name) => !name.startsWith('.'))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((name) => join(path, name))
    .filter((file) => attempt(file, () => statSync(file)).isFile())
}

/** The bytes of a file, decompressed. */
function contentOf(file: string): Buffer {
  const content = attempt(file, () => readFileSync(file))
  if (!isGzip(content)) return content
  try {
    return gunzipSync(content, { maxOutputLength: POOL_BYTES_MAX })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const isLarge = code === 'ERR_BUFFER_TOO_LARGE'
    throw new InputError(
      {
        asked: `lines of ${file}`,
        found: isLarge
          ? `more than ${POOL_BYTES_MAX} bytes, decompressed`
          : `compressed bytes that are damaged or not complete (${message})`,
        rule: isLarge
          ? 'an input is read as a whole before the run'
          : 'a compressed file ends with the checksum of all of it',
        remedy: isLarge ? 'Give a part of it, or stream it' : 'Compress the file again',
      },
      { path: file, code },
      cause,
    )
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new InputError(
      {
        asked: `lines of ${path}`,
        found: code === 'ENOENT' ? 'no such file or directory' : `it cannot be read (${message})`,
        rule: 'an input is there and readable before a run starts',
        remedy: code === 'ENOENT' ? 'Check the path' : 'Check what it is and who may read it',
      },
      { path, code },
      cause,
    )
  }
}
