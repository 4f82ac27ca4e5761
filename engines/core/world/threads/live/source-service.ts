/**
 * The source of a live input: a thread that reads records, puts them into the run's log, and then lets workers see them.
 *
 *   read ─▶ records ─▶ stamp ─▶ log on disk ─▶ window ─▶ read on
 *
 * It stops reading while a partition has no room in the window; what a server has sent and nobody has read is then the
 * network's back-pressure. What waits for room is stamped when it has it: room comes from ticks that are over, and none would be if
 * the frontier waited as well. How long it waited is counted.
 *
 * At the end it says where the run ends: at the first end of all periods after the last record. Who closes the input ends
 * reading where it stands: records that have come are put in, half a row is none. The source does so itself when as much has
 * arrived as a run takes. How far it has come is written down for a run that is to go on from there.
 *
 * A service thread like storage, outside all faults: the event loop and its promises are its alone.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { RunMemory } from '../../../columns/memory.ts'
import { RowTally } from '../../../input/formats/row-tally.ts'
import { ARRIVED_BYTES_MAX, type LiveInput } from '../../../input/live-input.ts'
import type { Nanos } from '../../../units.ts'
import type { ThreadsLayout } from '../layout.ts'
import { threadCpuNs } from '../process-status.ts'
import { RunWords } from '../run-words.ts'
import { parkAsync, wake } from '../wake-word.ts'
import type { Arrival } from './arrival.ts'
import { emptyInput } from './empty-input.ts'
import { type LiveReading, readingOf } from './live-reading.ts'
import { SegmentLog } from './segment-log.ts'
import { SourceProgress } from './source-summary.ts'
import { SOURCE_WAKE_AT, type WindowSpan } from './window-layout.ts'
import { isClosed, WindowWriter } from './window-writer.ts'

export interface SourceThreadData {
  readonly role: 'source'
  readonly memory: WebAssembly.Memory
  readonly layout: ThreadsLayout
  readonly window: WindowSpan
  readonly input: LiveInput
  /** Directory of the log. */
  readonly directory: string
  /** The run's length is a multiple of this: tick and periods divide it. */
  readonly unit: Nanos
  /** The longest that the run may take. */
  readonly duration: Nanos
}

const PARK_MS = 1_000

/** Reads to the end of the input, or of the run. Rejects with an `InputError` for an input that cannot be read on, with a `StorageError` where it cannot be kept. */
export async function runSourceService(data: SourceThreadData): Promise<void> {
  const service = new SourceService(data)
  // Waiting for a wake-up does not keep an event loop alive.
  const alive = setInterval(() => {}, 2 ** 30)
  try {
    await service.run()
  } finally {
    clearInterval(alive)
  }
}

class SourceService {
  #data: SourceThreadData
  #memory: RunMemory
  #run: RunWords
  #window: WindowWriter
  #log: SegmentLog
  #tally: RowTally
  #reading: LiveReading
  #progress: SourceProgress
  #records = 0
  /** Aborts when no more is read. */
  #open = new AbortController()
  /** Aborts when the run is over, or this service. */
  #over = new AbortController()
  #isFull = false
  #wakeIndex: number
  #lastStamp: Nanos = 0

  constructor(data: SourceThreadData) {
    this.#data = data
    this.#memory = new RunMemory(data.memory)
    this.#run = new RunWords(this.#memory, data.layout.run, 0)
    this.#window = new WindowWriter(this.#memory, data.window)
    this.#log = new SegmentLog(data.directory)
    const { input, duration } = data
    this.#tally = new RowTally(input.format?.strict ?? false)
    this.#progress = new SourceProgress(this.#tally, duration, input.from)
    this.#reading = readingOf(input, this.#tally, this.#open.signal)
    this.#wakeIndex = (data.window.base + SOURCE_WAKE_AT) >>> 2
  }

  async run(): Promise<void> {
    while (!this.#run.started() && !this.#run.stopped()) await this.#park(() => this.#run.started())
    const watch = this.#watch()
    try {
      for await (const arrival of this.#arriving()) {
        await this.#append(arrival)
        this.#isFull = this.#log.held >= (this.#data.input.bytesMax ?? ARRIVED_BYTES_MAX)
        if (this.#isFull) break
      }
      if (!this.#run.stopped()) this.#end()
    } catch (error) {
      if (!this.#run.stopped()) throw error
    } finally {
      this.#open.abort()
      this.#log.close()
      this.#over.abort()
      wake(this.#memory.i32, this.#wakeIndex)
      await watch
      this.#run.sourceCpuNs = threadCpuNs()
    }
    this.#progress.write(this.#data.directory, this.#reading.resumes)
  }

  /** What arrives until its end, or until reading is ended. */
  async *#arriving(): AsyncGenerator<Arrival> {
    try {
      yield* this.#reading.arrivals()
    } catch (error) {
      if (!this.#open.signal.aborted) throw error
    }
  }

  async #append(arrival: Arrival): Promise<void> {
    const { records, marks } = arrival.cut
    const arrivedAt = this.#run.now()
    let waits = false
    let from = 0
    try {
      while (from < records.length) {
        const stamp = this.#window.begin(() => this.#run.now())
        let to = from
        while (to < records.length && this.#window.put(records[to]!)) to += 1
        this.#log.append(stamp, records.slice(from, to))
        this.#window.publish()
        if (to > from) {
          this.#lastStamp = stamp
          this.#progress.reach(stamp, arrival, marks[to - 1])
        }
        from = to
        if (from === records.length) break
        waits = true
        await this.#room()
      }
    } finally {
      if (waits) this.#progress.waited(arrivedAt, this.#run.now())
    }
    this.#records += records.length
    this.#progress.reach(this.#run.now(), arrival, arrival.part?.mark)
  }

  #end(): void {
    const { malformed, notUtf8: linesNotUtf8 } = this.#tally
    const records = this.#records
    if (records === 0) {
      throw emptyInput(this.#data.input, 'the end, and no line before it', malformed)
    }
    const { unit, layout, duration: longest } = this.#data
    // An input that came to its end later has no say in where the run ends, while an engine still works on what came before.
    if (this.#lastStamp >= longest) return
    const duration = (Math.floor(this.#lastStamp / unit) + 1) * unit
    const { resumes } = this.#reading
    const { heldBack } = this.#progress
    const isFull = this.#isFull
    this.#window.end({ duration, records, linesNotUtf8, resumes, isFull, ...heldBack })
    wake(this.#memory.i32, layout.supervisorWake >>> 2)
  }

  /** Workers wake nobody when they release: that is looked for while there is no room. */
  async #room(): Promise<void> {
    await delay(ROOM_MS, undefined, { signal: this.#over.signal })
  }

  /** Ends reading when the input is closed, and all with the run. */
  async #watch(): Promise<void> {
    const { signal } = this.#over
    const isToClose = (): boolean =>
      !this.#open.signal.aborted && isClosed(this.#memory, this.#data.window)
    while (!signal.aborted) {
      const stopped = this.#run.stopped()
      if (stopped || isToClose()) this.#open.abort()
      if (stopped) this.#over.abort()
      else await this.#park(() => this.#run.stopped() || signal.aborted || isToClose())
    }
  }

  async #park(found: () => boolean): Promise<void> {
    await parkAsync(this.#memory.i32, this.#wakeIndex, () => (found() ? 0 : PARK_MS))
  }
}

const ROOM_MS = 1
