/**
 * Replay: from a checkpoint on, sources put out what the log has of theirs, as fast as it can be taken; where it ends, they read
 * the input (Naiad §3.4).
 *
 *   replaying e: parcels of the log ──all of e are in──▶ stages of sources close e, inputs advance ──▶ e + 1 …
 *   … ──all that is logged is in──▶ sources read, from the first epoch that is not in the log
 *
 * Each worker replays what its own partitions got, from its own log or, where partitions have moved, from those of who had
 * them: nothing is read from the input, combined, or sent once more. All that follows, exchanges between operators and loops
 * included, runs as it did, under the same progress protocol, so workers replay side by side, each at its own pace.
 * No tick of the log is committed again: before an epoch is whole in a log, its commits are visible (`message-log.ts`).
 */
import { assert } from '../../core/assert.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import { StorageError } from '../../core/errors.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Input } from '../dataflow/input.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { Parcel } from '../graph/vertex.ts'
import type { TimelyPlan } from '../lower.ts'
import type { StageVertex } from '../operators/stage-vertex.ts'
import type { Timestamp } from '../progress/timestamp.ts'
import type { FoundSegment, ReplayedPart } from './log-reading.ts'
import { type LoggedParcel, SegmentReader } from './log-segment.ts'
import type { StorageRequests } from './storage-requests.ts'
import { whole } from './stored.ts'

/** Bytes of rows put in before others have a turn. */
const TURN_BYTES = 64 * 1024
/** Segments of a log that are asked for before their turn. */
const AHEAD = 4

export interface LogReplayOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly plan: TimelyPlan
  readonly requests: StorageRequests
  readonly generation: number
  /** What this worker owns. */
  readonly partitions: readonly PartitionId[]
  /** At least one; they follow one another. */
  readonly parts: readonly ReplayedPart[]
  /** Delivers a parcel by a connector, as if it had just come. */
  redeliver(connector: ConnectorId, parcel: Parcel, time: Timestamp): void
}

/** A stage that reads input, and what is to be done when its log has been replayed. */
export interface ReplayedSource {
  readonly operator: OperatorId
  readonly stage: Pick<StageVertex, 'take' | 'close'>
  readonly input: Input
  resume(): void
}

export class LogReplay {
  readonly #options: LogReplayOptions
  readonly #owned: ReadonlySet<PartitionId>
  readonly #sources: ReplayedSource[] = []
  readonly #until: number
  /** By path: the connector by which it ends, or undefined within a stage of a source; and the timestamp's counters there. */
  readonly #connectors: (ConnectorId | undefined)[] = []
  readonly #counters: readonly (readonly number[])[]
  #epoch: number
  /** Sources whose stages have closed the epoch. */
  #closed = 0
  #part = 0
  #logs: readonly LogStream[]
  #bytes = 0

  constructor(options: LogReplayOptions) {
    this.#options = options
    const { plan, partitions, parts } = options
    this.#owned = new Set(partitions)
    this.#epoch = parts[0]!.from
    this.#until = parts.at(-1)!.until
    const { connectors, stages, contexts } = plan.graph
    this.#counters = connectors.map(({ to }) =>
      new Array<number>(contexts[stages[to]!.context]!.depth).fill(0),
    )
    for (const [connector, path] of plan.paths.entries()) {
      if (path !== undefined) this.#connectors[path] = connector
    }
    this.#logs = this.#logsOf(0)
  }

  /** Before the first `run`. */
  attach(source: ReplayedSource): void {
    this.#sources.push(source)
  }

  get done(): boolean {
    return this.#epoch === this.#until
  }

  /** The epoch that is being replayed. */
  get epoch(): number {
    return this.#epoch
  }

  /** Puts in some of what is logged, or closes an epoch. Returns whether anything was done: if not, storage is being read. */
  run(): boolean {
    if (this.#epoch < this.#isIn()) return this.#close()
    const log = this.#behind()
    const bytes = log.put(TURN_BYTES, (parcel) => this.#put(parcel))
    if (bytes === undefined) return false
    this.#bytes += bytes
    this.#options.world.charge('message', bytes)
    return true
  }

  /** All epochs before it are put in. */
  #isIn(): number {
    let least = this.#options.parts[this.#part]!.until
    for (let at = 0; at < this.#logs.length; at++) {
      least = Math.min(least, this.#logs[at]!.whole)
    }
    return least
  }

  /** The log that is furthest behind: they are read side by side, so that little is put in early. */
  #behind(): LogStream {
    const [first] = this.#logs
    assert(first !== undefined, 'a replay without a log')
    let behind = first
    for (const log of this.#logs) if (log.whole < behind.whole) behind = log
    return behind
  }

  #put({ path, partition, epoch, rows }: LoggedParcel): void {
    const { parts, world } = this.#options
    const { from, until } = parts[this.#part]!
    if (epoch < from || epoch >= until || !this.#owned.has(partition)) return
    const { region } = world
    const pointer = region.allocate(Math.max(rows.length, 1))
    region.memory.u8.set(rows, pointer)
    this.#deliver(path, partition, { pointer, length: rows.length }, epoch)
    region.free(pointer, Math.max(rows.length, 1))
  }

  #deliver(path: number, partition: PartitionId, rows: Bytes, epoch: number): void {
    const { setup, redeliver } = this.#options
    const { from, to } = setup.dataflow.paths[path]!
    assert(to.kind === 'operator', () => `logged path ${path} leads to an output`)
    const connector = this.#connectors[path]
    if (connector !== undefined) {
      redeliver(connector, { partition, rows }, [epoch, ...this.#counters[connector]!])
      return
    }
    const source = this.#sources.find(({ operator }) => operator === from)
    assert(source !== undefined, () => `operator ${from} of logged path ${path} reads nothing here`)
    source.stage.take(to.operator, partition, rows, epoch)
  }

  /** Closes the epoch in all stages of sources; it may take more than a call. */
  #close(): boolean {
    const sources = this.#sources
    while (this.#closed < sources.length) {
      if (sources[this.#closed]!.stage.close(this.#epoch) !== 'done') return true
      this.#closed += 1
    }
    this.#closed = 0
    this.#epoch += 1
    for (const { input } of sources) input.advanceTo(this.#epoch)
    if (this.done) this.#end()
    else if (this.#epoch === this.#options.parts[this.#part]!.until) {
      this.#part += 1
      this.#logs = this.#logsOf(this.#part)
    }
    return true
  }

  #end(): void {
    const { world, setup, generation, parts } = this.#options
    const from = parts[0]!.from
    world.history.append('log-replayed', {
      generation,
      from: setup.ticks.endOf(from),
      tick: setup.ticks.endOf(this.#until),
      epochs: this.#until - from,
      bytes: this.#bytes,
    })
    world.count('replayedBytes', this.#bytes)
    this.#logs = []
    for (const source of this.#sources) source.resume()
  }

  #logsOf(part: number): readonly LogStream[] {
    const { requests, setup, parts } = this.#options
    const { from, logs } = parts[part]!
    return logs.map((segments) => {
      return new LogStream({ segments, from, plan: setup.dataflow.hash, requests })
    })
  }
}

interface LogStreamOptions {
  readonly segments: readonly FoundSegment[]
  readonly from: number
  readonly plan: string
  readonly requests: StorageRequests
}

/** The log of one worker and generation, in order. */
class LogStream {
  /** All epochs before it are put in. */
  whole: number
  readonly #options: LogStreamOptions
  #place = 0
  #reader: SegmentReader | undefined
  /** Segments before this place are here, or asked for. */
  #asked = 0

  constructor(options: LogStreamOptions) {
    this.#options = options
    this.whole = options.from
  }

  /** Visits parcels of about so many bytes, and returns how many they were; undefined while the next segment is being read. */
  put(bytesMax: number, visit: (parcel: LoggedParcel) => void): number | undefined {
    const { segments } = this.#options
    this.#ask()
    this.#reader ??= this.#open()
    if (this.#reader === undefined) return undefined
    let bytes = 0
    while (bytes < bytesMax) {
      const parcel = this.#reader.next()
      if (parcel === undefined) {
        this.whole = Math.max(this.whole, segments[this.#place]!.whole)
        this.#reader = undefined
        this.#place += 1
        break
      }
      bytes += parcel.rows.length
      visit(parcel)
    }
    return bytes
  }

  #open(): SegmentReader | undefined {
    const { segments, plan } = this.#options
    const segment = segments[this.#place]
    assert(segment !== undefined, () => `a log of ${segments.length} segments ends too early`)
    const { name, blob } = segment
    if (blob === undefined) return undefined
    segment.blob = undefined
    return new SegmentReader({ name, plan }, blob)
  }

  #ask(): void {
    const { segments, requests } = this.#options
    const end = Math.min(segments.length, this.#place + AHEAD)
    for (; this.#asked < end; this.#asked++) {
      const segment = segments[this.#asked]!
      if (segment.blob !== undefined) continue
      const { name } = segment
      requests.read(name, (read) => {
        const blob = whole(name, read, (bytes) => bytes)
        if (typeof blob === 'string') throw lostSegment(name, blob)
        segment.blob = blob
      })
    }
  }
}

function lostSegment(name: string, found: string): StorageError {
  return new StorageError(
    {
      asked: `the logged segment ${name}`,
      found,
      rule: 'what a rollback has found whole stays so until it is replayed',
      remedy: 'Look at the storage; run it again with --recovery checkpoint',
    },
    { name },
  )
}
