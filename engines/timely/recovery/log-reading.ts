/**
 * The segments that a worker will replay, read and found whole before anybody begins: so nothing has to be taken back when one
 * is torn. What fits is kept; the rest is read once more when its turn comes (`log-replay.ts`).
 */
import type { PartitionId } from '../../core/units.ts'
import type { LogPart, LogRun } from './log-coverage.ts'
import {
  LOG_PREFIX,
  type SegmentPlace,
  SegmentReader,
  segmentKey,
  segmentName,
  segmentPlace,
} from './log-segment.ts'
import type { StorageRequests } from './storage-requests.ts'
import { namesOf, whole } from './stored.ts'

/** Reads under way. */
const READS_MAX = 8
/** Bytes that are kept until their turn. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024

export interface FoundSegment extends SegmentPlace {
  readonly name: string
  /** Its bytes, if they are kept. */
  blob: Uint8Array | undefined
}

/** What is replayed of one generation. */
export interface ReplayedPart {
  readonly from: number
  /** First epoch that is not in it. */
  readonly until: number
  /** The logs that have rows of this worker's partitions, each in order. */
  readonly logs: readonly (readonly FoundSegment[])[]
}

export interface SegmentFlaw {
  readonly segment: string
  readonly reason: string
}

export interface LogReadingOptions {
  /** Hash of the plan. */
  readonly plan: string
  readonly requests: StorageRequests
  /** What this worker owns now. */
  readonly partitions: readonly PartitionId[]
  /** First epoch that is not in the checkpoint. */
  readonly epoch: number
  readonly parts: readonly LogPart[]
  /** All of it is whole. */
  read(parts: readonly ReplayedPart[]): void
  /** One segment is not. */
  flawed(flaw: SegmentFlaw): void
}

export class LogReading {
  readonly #options: LogReadingOptions
  #parts: readonly ReplayedPart[] = []
  #segments: readonly FoundSegment[] = []
  #next = 0
  #underway = 0
  #kept = 0
  #hasFailed = false

  constructor(options: LogReadingOptions) {
    this.#options = options
  }

  begin(): void {
    this.#options.requests.list(LOG_PREFIX, (end) => {
      const found = new Map<string, SegmentPlace>()
      for (const name of namesOf('the list of logged segments', end)) {
        const place = segmentPlace(name)
        found.set(segmentKey(place), place)
      }
      this.#find(found)
    })
  }

  #find(found: ReadonlyMap<string, SegmentPlace>): void {
    const { parts, partitions, epoch } = this.#options
    let from = epoch
    const replayed: ReplayedPart[] = []
    for (const { generation, placement, until, runs } of parts) {
      const owners = new Set(partitions.map((partition) => placement[partition]!))
      const logs: FoundSegment[][] = []
      for (const run of runs) {
        if (!owners.has(run.worker)) continue
        const log = segmentsOf(generation, run, found)
        if (!Array.isArray(log)) {
          this.#fail({ segment: log.missing, reason: `${log.missing}: missing` })
          return
        }
        logs.push(log)
      }
      replayed.push({ from, until, logs })
      from = until
    }
    this.#parts = replayed
    this.#segments = replayed.flatMap(({ logs }) => logs.flat())
    this.#read()
  }

  #read(): void {
    const { requests, plan } = this.#options
    while (this.#underway < READS_MAX && this.#next < this.#segments.length) {
      const segment = this.#segments[this.#next]!
      const { name } = segment
      this.#next += 1
      this.#underway += 1
      requests.read(name, (end) => {
        this.#underway -= 1
        if (this.#hasFailed) return
        const reader = whole(name, end, (bytes) => new SegmentReader({ name, plan }, bytes))
        if (typeof reader === 'string') this.#fail({ segment: segmentKey(segment), reason: reader })
        else {
          this.#keep(segment, end.bytes!)
          this.#read()
        }
      })
    }
    if (this.#underway === 0) this.#options.read(this.#parts)
  }

  #keep(segment: FoundSegment, bytes: Uint8Array): void {
    if (this.#kept + bytes.length > KEPT_BYTES_MAX) return
    this.#kept += bytes.length
    segment.blob = bytes
  }

  #fail(flaw: SegmentFlaw): void {
    this.#hasFailed = true
    this.#options.flawed(flaw)
  }
}

function segmentsOf(
  generation: number,
  { worker, first, last }: LogRun,
  found: ReadonlyMap<string, SegmentPlace>,
): FoundSegment[] | { readonly missing: string } {
  const log: FoundSegment[] = []
  for (let sequence = first; sequence <= last; sequence++) {
    const key = segmentKey({ generation, worker, sequence })
    const place = found.get(key)
    if (place === undefined) return { missing: key }
    log.push({ ...place, name: segmentName(place), blob: undefined })
  }
  return log
}
