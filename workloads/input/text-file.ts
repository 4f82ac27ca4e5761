/**
 * A pool from a text file, or from the files of a directory.
 *
 * A line is a record. It ends at a line feed or at a carriage return and a line feed; neither is part of it, and the last
 * line needs none. Everything else is kept byte for byte, bytes that are not UTF-8 included: lines that have such are
 * counted, so that a caller can warn. A directory gives its own regular files, by name in byte order, without those whose
 * name starts with a dot; it is not searched deeper.
 */
import { isUtf8 } from 'node:buffer'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../../engines/core/errors.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'

export const LINE_BYTES_MAX = 1_048_576

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

export interface TextPool {
  readonly pool: PoolBytes
  readonly files: number
  /** Lines that are not valid UTF-8. They are in the pool as they were. */
  readonly linesNotUtf8: number
}

/**
 * Reads a file or directory into a pool.
 *
 * Errors: `InputError` where it is missing, cannot be read, is neither file nor directory, has no line, or has a line of
 * more than 1 MiB (which names the file and the line's number).
 */
export function textFile(path: string): TextPool {
  const files = filesOf(path)
  const lines: Uint8Array[] = []
  let linesNotUtf8 = 0
  for (const file of files) {
    const content = attempt(file, () => readFileSync(file))
    const before = lines.length
    cutLines(file, content, lines)
    if (!isUtf8(content)) {
      for (let line = before; line < lines.length; line++) {
        if (!isUtf8(lines[line]!)) linesNotUtf8 += 1
      }
    }
  }
  if (lines.length === 0) {
    throw new InputError(
      {
        asked: `lines of ${path}`,
        found: files.length === 0 ? 'a directory without files' : 'no line',
        rule: 'an input has at least one record',
        remedy: 'Name a file or directory with text in it',
      },
      { path },
    )
  }
  return { pool: poolBytesOf(lines), files: files.length, linesNotUtf8 }
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

function cutLines(file: string, content: Buffer, lines: Uint8Array[]): void {
  let start = 0
  let number = 1
  while (start < content.length) {
    const found = content.indexOf(LINE_FEED, start)
    const next = found === -1 ? content.length : found
    const end = found > start && content[found - 1] === CARRIAGE_RETURN ? found - 1 : next
    if (end - start > LINE_BYTES_MAX) {
      throw new InputError(
        {
          asked: `line ${number} of ${file}`,
          found: `${end - start} bytes`,
          rule: `a record has at most ${LINE_BYTES_MAX} bytes`,
          remedy: 'Break the line, or check that the file is text',
        },
        { path: file, line: number },
      )
    }
    lines.push(content.subarray(start, end))
    start = next + 1
    number += 1
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
