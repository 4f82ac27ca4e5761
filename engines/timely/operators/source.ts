/**
 * A source on one worker: reads the partitions that are placed here, tick by tick, and never ahead of the clock.
 *
 * A record is read once it is due: up to `dueBefore(min(now, end of the tick))`. When the clock has passed the end of the
 * tick and all of its records are in, the stage closes the tick and the input advances; the next tick starts at once if
 * the clock is past its beginning, so a worker that was slow catches up as fast as it can.
 *
 *   reading ──all due records of the tick are in──▶ closing ──▶ reading the next tick … ──last tick──▶ done
 */
import type { Batch } from '../../core/columns/batch.ts'
import type { InputLog, PoolRange } from '../../core/input/input-log.ts'
import type { TickLog } from '../../core/input/tick-log.ts'
import type { RecordReader, StampOf } from '../../core/operators/chain.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Input } from '../dataflow/input.ts'
import type { StageVertex } from './stage-vertex.ts'

export interface SourceOptions {
  readonly world: World
  readonly operator: OperatorId
  readonly log: InputLog
  readonly reader: RecordReader
  /** Whether its records carry the time when they happened. */
  readonly stamped: boolean
  readonly stage: StageVertex
  readonly input: Input
  readonly partitions: readonly PartitionId[]
  readonly ticks: TickLog
  readonly epochs: number
  readonly flushInterval: Nanos
  /** What lies before has been read by an earlier generation, and replayed from its log. */
  readonly resumed: boolean
  /** All records of an epoch were read at this instant. */
  readonly hasRead: (epoch: number, at: Nanos) => void
}

export class Source {
  #options: SourceOptions
  /** By place in `partitions`: the next record. */
  #next: number[] = []
  #turn = 0
  /** All records due before this are in. */
  #readUntil: Nanos
  /** What is being read up to. The clock goes on meanwhile: chasing it would never end, a few records at a time. */
  #target: Nanos
  /** Bounds on the distance of reads. */
  #stepMin: Nanos
  #stepMax: Nanos
  #flushedAt: Nanos
  #blocked = false
  /** The epoch that is being closed: it takes more than one call. */
  #closing = -1
  /** Allocated once: what one `read` visits is of the partition in `#reading`, and its next range begins with record `#at`. */
  #reading: PartitionId = 0
  #at = 0
  #visit: (batch: Batch) => void
  #stampOf: StampOf | undefined
  #readRange: (range: PoolRange) => void

  constructor(options: SourceOptions) {
    this.#options = options
    const { partitions, log, reader, ticks, input, flushInterval, operator, stage } = options
    const start = ticks.endOf(input.epoch)
    for (const partition of partitions) this.#next.push(log.dueBefore(partition, start))
    this.#readUntil = start
    this.#target = start
    this.#flushedAt = start
    this.#stepMin = Math.min(flushInterval, Math.ceil(ticks.length / 16))
    this.#stepMax = flushInterval
    this.#visit = (batch) => stage.put(operator, this.#reading, batch, input.epoch)
    if (options.stamped) {
      this.#stampOf = (place) => log.eventTimeOf(this.#reading, this.#at + place)
    }
    this.#readRange = (range) => {
      reader.read(range, this.#visit, this.#stampOf)
      this.#at += range.count
    }
  }

  get done(): boolean {
    return !this.#options.input.open
  }

  get epoch(): number {
    return this.#options.input.epoch
  }

  /** Reads for one chunk, or closes a tick. Returns whether anything was done. */
  run(now: Nanos): boolean {
    const { ticks, world, flushInterval, operator, stage, input } = this.#options
    this.#blocked = false
    const end = ticks.endOf(this.epoch + 1)
    if (this.#target === this.#readUntil) {
      const known = this.#known()
      // Not by Math.min, which makes small integers of what are none (`asDouble`).
      const due = now < end ? now : end
      const target = due < known ? due : known
      // What arrives later than it is due is read as it comes: who sends it may have no room before.
      if (target < this.#nextRead(end) && target === now) return false
      this.#target = target
    }
    if (this.#read(this.#target)) return true
    this.#readUntil = this.#target
    if (this.#target === end) return this.#close()
    if (now - this.#flushedAt >= flushInterval) {
      stage.flush(operator, input.epoch)
      this.#flushedAt = world.now()
    }
    return false
  }

  /** The first record that has not been read, by place in `partitions`. */
  nextOf(at: number): number {
    return this.#next[at]!
  }

  /** When there is something to do next, if nothing else happens; `poll`: how soon to look again at what blocks a tick. */
  due(now: Nanos, poll: Nanos): Nanos {
    if (this.#blocked) return now + poll
    const end = this.#options.ticks.endOf(this.epoch + 1)
    const next = this.#nextRead(end)
    // What arrives late in the log wakes nobody: look again.
    if (next > now) return next
    return this.#known() < next ? now + this.#stepMin : now
  }

  /**
   * The instant until which it pays to read next: half of what is left of the tick, so that reads are few and yet little
   * is left for the end of the tick, when everybody waits for it.
   */
  #nextRead(end: Nanos): Nanos {
    const half = Math.ceil((end - this.#readUntil) / 2)
    const step = Math.min(this.#stepMax, Math.max(this.#stepMin, half))
    const next = this.#readUntil + step
    return next < end ? next : end
  }

  /** Up to here all partitions are known: a log that is data is known for ever. */
  #known(): Nanos {
    const { partitions, log } = this.#options
    let known = Number.POSITIVE_INFINITY
    for (let at = 0; at < partitions.length; at++) {
      const frontier = log.frontier(partitions[at]!)
      if (frontier < known) known = frontier
    }
    return known
  }

  /** Reads one chunk of one partition; partitions take turns. Returns whether there was one. */
  #read(target: Nanos): boolean {
    const { partitions, log, reader, resumed } = this.#options
    for (let tried = 0; tried < partitions.length; tried++) {
      const at = this.#turn
      const partition = partitions[at]!
      const from = this.#next[at]!
      const to = Math.min(log.dueBefore(partition, target), from + reader.recordsMax)
      this.#turn = at + 1 === partitions.length ? 0 : at + 1
      if (to <= from) {
        // It counts as read: who pushes input may have no room before it is.
        if (resumed) log.locate(partition, from, from, this.#readRange)
        continue
      }
      this.#reading = partition
      this.#at = from
      log.locate(partition, from, to, this.#readRange)
      this.#next[at] = to
      return true
    }
    return false
  }

  #close(): boolean {
    const { stage, input, epochs, world, hasRead } = this.#options
    const { epoch } = input
    if (this.#closing !== epoch) {
      this.#closing = epoch
      hasRead(epoch, world.now())
    }
    const outcome = stage.close(epoch)
    this.#blocked = outcome === 'blocked'
    if (outcome !== 'done') return outcome === 'again'
    this.#flushedAt = world.now()
    if (epoch + 1 === epochs) input.close()
    else input.advanceTo(epoch + 1)
    return true
  }
}
