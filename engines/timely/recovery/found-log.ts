/** The logs of earlier generations, as the coordinator of a rollback finds them in storage: names, and whose partitions were whose. */
import type { ProcessId } from '../../core/units.ts'
import { coverageFrom, type LogPart } from './log-coverage.ts'
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

export interface FoundLogOptions {
  /** Hash of the plan. */
  readonly plan: string
  readonly requests: StorageRequests
  /** A segment is of no use; by `segmentKey`. */
  unusable(found: { readonly segment: string; readonly reason: string }): void
  /** All is known. */
  found(): void
}

export class FoundLog {
  readonly #options: FoundLogOptions
  /** By `segmentKey`. */
  readonly #segments = new Map<string, SegmentPlace>()
  /** By generation. */
  readonly #placements = new Map<number, readonly ProcessId[]>()

  constructor(options: FoundLogOptions) {
    this.#options = options
    options.requests.list(LOG_PREFIX, (end) => {
      for (const name of namesOf('the list of logged segments', end)) {
        const place = segmentPlace(name)
        this.#segments.set(segmentKey(place), place)
      }
      this.#findPlacements()
    })
  }

  /** What can be replayed behind a checkpoint that begins at an epoch. */
  from(epoch: number): readonly LogPart[] {
    return coverageFrom(epoch, [...this.#segments.values()], this.#placements)
  }

  /** One cannot be read: what is behind it is lost with it. */
  drop(segment: string, reason: string): void {
    this.#segments.delete(segment)
    this.#options.unusable({ segment, reason })
  }

  /** Each segment says whose partitions were whose: one of each generation is read. */
  #findPlacements(): void {
    const { requests, plan, found } = this.#options
    for (const place of this.#segments.values()) {
      if (this.#placements.has(place.generation)) continue
      const name = segmentName(place)
      requests.read(name, (end) => {
        const reader = whole(name, end, (bytes) => new SegmentReader({ name, plan }, bytes))
        if (typeof reader === 'string') this.drop(segmentKey(place), reader)
        else this.#placements.set(place.generation, reader.placement)
        this.#findPlacements()
      })
      return
    }
    found()
  }
}
