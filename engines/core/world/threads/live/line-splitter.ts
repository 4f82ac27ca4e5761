/**
 * Cuts a stream of bytes into lines: what ends at a line feed, or a carriage return and a line feed; neither is part of it.
 *
 * Knows where the next line begins in the stream, so that a connection can be resumed there: half a line is not a record.
 */
import { isUtf8 } from 'node:buffer'
import { InputError } from '../../../errors.ts'

/** As for files read as a pool. */
export const LINE_BYTES_MAX = 1_048_576

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NOTHING = Buffer.alloc(0)

export class LineSplitter {
  /** Bytes of the stream before the first line that is not complete. */
  taken = 0
  lines = 0
  linesNotUtf8 = 0
  #name: string
  #rest: Buffer = NOTHING

  constructor(name: string) {
    this.#name = name
  }

  /** The lines that these bytes complete, as views of them. Errors: `InputError` for a line of more than 1 MiB. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const lines: Buffer[] = []
    let start = 0
    // What was left over has no line feed in it.
    let found = bytes.indexOf(LINE_FEED, this.#rest.length)
    while (found !== -1) {
      lines.push(this.#line(bytes, start, found))
      start = found + 1
      found = bytes.indexOf(LINE_FEED, start)
    }
    this.taken += start
    this.#rest = bytes.subarray(start)
    // One byte more may be a carriage return.
    if (this.#rest.length > LINE_BYTES_MAX + 1) throw this.#tooLong(this.#rest.length)
    this.#countUtf8(bytes.subarray(0, start), lines)
    return lines
  }

  /** The stream has ended as it should: a last line needs no line feed. */
  end(): Buffer[] {
    if (this.#rest.length === 0) return []
    const bytes = this.#rest
    this.#rest = NOTHING
    this.taken += bytes.length
    const lines = [this.#line(bytes, 0, bytes.length)]
    this.#countUtf8(bytes, lines)
    return lines
  }

  /** The connection is lost: half a line is forgotten. Returns where in the stream to go on. */
  restart(): number {
    this.#rest = NOTHING
    return this.taken
  }

  #line(bytes: Buffer, start: number, feed: number): Buffer {
    const end = feed > start && bytes[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed
    if (end - start > LINE_BYTES_MAX) throw this.#tooLong(end - start)
    this.lines += 1
    return bytes.subarray(start, end)
  }

  #countUtf8(bytes: Buffer, lines: readonly Buffer[]): void {
    if (isUtf8(bytes)) return
    for (const line of lines) if (!isUtf8(line)) this.linesNotUtf8 += 1
  }

  #tooLong(bytes: number): InputError {
    const line = this.lines + 1
    return new InputError(
      {
        asked: `line ${line} of ${this.#name}`,
        found: `${bytes} bytes or more`,
        rule: `a record has at most ${LINE_BYTES_MAX} bytes`,
        remedy: 'Break the line, or check that the input is text',
      },
      { source: this.#name, line },
    )
  }
}
