/**
 * One file of a directory that grows: open, read so far, cut into records.
 *
 * A compressed file does not grow: it is whole when it appears, written elsewhere and moved in.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { InputError } from '../../../errors.ts'
import { isGzip } from '../../../input/formats/gzip.ts'
import { cutterOf, type InputFormat } from '../../../input/formats/input-format.ts'
import type { Cut, CutterStart, RecordCutter } from '../../../input/formats/record-cutter.ts'
import type { RowTally } from '../../../input/formats/row-tally.ts'
import type { Arrival } from './arrival.ts'
import type { FoundFile } from './folder-view.ts'
import { inflated } from './inflated.ts'

const READ_BYTES = 65_536

export interface GrowingFileOptions {
  readonly format: InputFormat
  readonly tally: RowTally
  /** Where an earlier run ended, in bytes of what is not compressed. */
  readonly start: CutterStart | undefined
}

export class GrowingFile {
  #found: FoundFile
  #file: number
  #cutter: RecordCutter
  /** Bytes that were read, of the file as it is on the disk. */
  #read: number
  /** Bytes that an earlier run took, of the content. */
  #taken: number
  /** Undefined until there are bytes to tell by. */
  #isGzip: boolean | undefined

  /** Errors: `InputError` for a file that cannot be opened. */
  constructor(found: FoundFile, { format, tally, start }: GrowingFileOptions) {
    this.#found = found
    this.#taken = typeof start?.mark === 'number' ? start.mark : 0
    this.#read = this.#taken
    this.#cutter = cutterOf(format, { name: found.path, tally, start })
    try {
      this.#file = openSync(found.path, 'r')
    } catch (cause) {
      throw this.#failure(
        `it cannot be opened (${(cause as Error).message})`,
        'files of a directory that grows are readable, and so many can be open at once',
        'Check who may read it, or move old files out',
        cause,
      )
    }
  }

  get name(): string {
    return this.#found.name
  }

  close(): void {
    closeSync(this.#file)
  }

  /** The file has another name now. */
  rename(found: FoundFile): Arrival {
    this.#found = found
    return this.#arrival({ records: [], marks: [] })
  }

  /** What it has by now beyond what was read. */
  async *arrivals(): AsyncGenerator<Arrival> {
    const { size } = fstatSync(this.#file)
    this.#isGzip ??= this.#looksCompressed(size)
    if (this.#isGzip === true) yield* this.#compressed(size)
    else if (size < this.#read) throw this.#shrunk(size)
    else if (this.#isGzip === false) yield* this.#plain(size)
  }

  *#plain(size: number): Generator<Arrival> {
    while (this.#read < size) {
      const bytes = Buffer.allocUnsafe(Math.min(READ_BYTES, size - this.#read))
      const count = readSync(this.#file, bytes, 0, bytes.length, this.#read)
      if (count === 0) throw this.#shrunk(fstatSync(this.#file).size)
      this.#read += count
      yield this.#arrival(this.#cutter.push(bytes.subarray(0, count)))
    }
  }

  #looksCompressed(size: number): boolean | undefined {
    const bytes = Buffer.alloc(2)
    if (size < bytes.length) return undefined
    readSync(this.#file, bytes, 0, bytes.length, 0)
    const isCompressed = isGzip(bytes)
    // What was taken counts in bytes of the content.
    if (isCompressed) this.#read = 0
    return isCompressed
  }

  async *#compressed(size: number): AsyncGenerator<Arrival> {
    if (this.#read === size) return
    if (this.#read !== 0) {
      throw this.#failure(
        `${size} bytes, and ${this.#read} when it was read`,
        'a compressed file of a directory that grows is whole when it appears',
        'Write it elsewhere and move it in',
      )
    }
    this.#read = size
    let skipped = 0
    for await (const bytes of inflated(this.#bytes(size), this.#found.path)) {
      const skip = Math.min(this.#taken - skipped, bytes.length)
      skipped += skip
      if (skip < bytes.length) yield this.#arrival(this.#cutter.push(bytes.subarray(skip)))
    }
    yield this.#arrival(this.#cutter.end())
  }

  async *#bytes(size: number): AsyncGenerator<Buffer> {
    const options = { fd: this.#file, start: 0, end: size - 1, autoClose: false }
    for await (const chunk of createReadStream('', options)) yield chunk as Buffer
  }

  #arrival(cut: Cut): Arrival {
    const { header, mark } = this.#cutter
    const { inode: id, name } = this.#found
    return { cut, part: { id, name, mark, header } }
  }

  #shrunk(size: number): InputError {
    return this.#failure(
      `${size} bytes, and ${this.#read} were read before`,
      'a file of a directory that grows does not become shorter: nobody knows which lines are new',
      'Write to a new file instead of emptying this one',
    )
  }

  #failure(found: string, rule: string, remedy: string, cause?: unknown): InputError {
    const { path } = this.#found
    return new InputError(
      { asked: `lines of ${path}, as it grows`, found, rule, remedy },
      { path },
      cause,
    )
  }
}
