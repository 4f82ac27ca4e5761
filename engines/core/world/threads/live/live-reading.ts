/**
 * Reading a live input: what brings its bytes, and what cuts them into records, put together.
 *
 * A reading asks for more bytes only when it is asked for more records: whoever takes none lets its source wait.
 */
import { InputError } from '../../../errors.ts'
import { isGzip } from '../../../input/formats/gzip.ts'
import { cutterOf, TEXT_FORMAT } from '../../../input/formats/input-format.ts'
import type { Cut, RecordCutter } from '../../../input/formats/record-cutter.ts'
import type { RowTally } from '../../../input/formats/row-tally.ts'
import type { LiveInput } from '../../../input/live-input.ts'
import type { Arrival } from './arrival.ts'
import { nameOf } from './empty-input.ts'
import { folderArrivals } from './folder-source.ts'
import { HttpSource } from './http-source.ts'
import { inflated } from './inflated.ts'
import { streamChunks } from './stream-source.ts'
import { tcpChunks } from './tcp-source.ts'

export interface LiveReading {
  /** Connections after the first one. */
  readonly resumes: number
  /** Ends where the input does. Rejects with an `InputError` for one that cannot be read on, and when the signal aborts. */
  arrivals(): AsyncGenerator<Arrival>
}

export function readingOf(input: LiveInput, tally: RowTally, signal: AbortSignal): LiveReading {
  switch (input.kind) {
    case 'http':
      return new HttpReading(input, tally, signal)
    case 'folder':
      return { resumes: 0, arrivals: () => folderArrivals(input, tally, signal) }
    case 'tcp':
      return onceReading(input, tally, tcpChunks(input, signal))
    case 'stdin':
      return onceReading(input, tally, streamChunks(undefined, signal))
    case 'file':
      return onceReading(input, tally, streamChunks(input.path, signal))
  }
}

/** Of bytes that come once, compressed or not. */
function onceReading(
  input: LiveInput,
  tally: RowTally,
  chunks: AsyncGenerator<Buffer>,
): LiveReading {
  const name = nameOf(input)
  const cutter = cutterOf(input.format ?? TEXT_FORMAT, { name, tally })
  return {
    resumes: 0,
    async *arrivals() {
      for await (const chunk of inflated(chunks, name)) yield { cut: cutter.push(chunk) }
      yield { cut: cutter.end() }
    },
  }
}

class HttpReading implements LiveReading {
  #input: Extract<LiveInput, { kind: 'http' }>
  #tally: RowTally
  #source: HttpSource
  #cutter: RecordCutter | undefined

  constructor(input: Extract<LiveInput, { kind: 'http' }>, tally: RowTally, signal: AbortSignal) {
    this.#input = input
    this.#tally = tally
    const { url, stallMs, from } = input
    const place = from?.[url]
    const lost = () => (this.#cutter ? this.#cutter.restart() : (place?.mark ?? 0))
    this.#source = new HttpSource({ url, stallMs, signal, lost, from: place })
  }

  get resumes(): number {
    return this.#source.resumes
  }

  async *arrivals(): AsyncGenerator<Arrival> {
    for await (const chunk of this.#source.chunks()) {
      this.#cutter ??= this.#begin(chunk)
      yield this.#arrival(this.#cutter, this.#cutter.push(chunk))
    }
    if (this.#cutter) yield this.#arrival(this.#cutter, this.#cutter.end())
  }

  #begin(chunk: Buffer): RecordCutter {
    const { url, format = TEXT_FORMAT, from } = this.#input
    if (isGzip(chunk)) {
      throw new InputError(
        {
          asked: `lines of ${url}`,
          found: 'compressed bytes',
          rule: 'a connection that is lost could not go on within them',
          remedy: 'Fetch the file and read it, or pipe it: curl … | npm start -- run … --input -',
        },
        { url },
      )
    }
    const { isEvents } = this.#source
    return cutterOf(format, { name: url, tally: this.#tally, start: from?.[url], isEvents })
  }

  #arrival(cutter: RecordCutter, cut: Cut): Arrival {
    const { header, mark } = cutter
    const { url } = this.#input
    return { cut, part: { id: url, name: url, mark, header, version: this.#source.version } }
  }
}
