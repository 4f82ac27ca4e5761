/**
 * The job generator: a batch closes when its end has passed on the driver's clock and every input partition's due frontier
 * has passed it too; then a job is due for it (D-Streams §4; DESIGN §7).
 *
 * A log that is data has no frontier, so nothing but the clock is waited for. Closed batches queue until the scheduler has
 * room for them; that wait is their scheduling delay. When as many wait as may, further ones close later: where a batch
 * ends is in the log of ticks, so what it comprises is the same, and only its scheduling delay counts from then.
 */
import type { InputLog } from '../../core/input/input-log.ts'
import type { TickLog } from '../../core/input/tick-log.ts'
import type { Nanos } from '../../core/units.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { DriverRecord } from '../recovery/driver-record.ts'
import { BatchInfo } from './batch-info.ts'

/** Batches that are closed and have no job yet. */
export const CLOSED_BATCHES_MAX = 4_096

export class JobGenerator {
  #input: Pick<InputLog, 'frontier' | 'partitions'>
  #ticks: TickLog
  #last: BatchNumber
  /** The batch that will close next. */
  #open: BatchNumber = 1
  /** The oldest one that is closed and not taken, if there is any before `#open`. */
  #next: BatchNumber = 1
  /** When each of them closed, by its number modulo the limit. */
  #closedAt = new Float64Array(CLOSED_BATCHES_MAX)

  constructor(
    input: Pick<InputLog, 'frontier' | 'partitions'>,
    batches: { readonly ticks: TickLog; readonly last: BatchNumber },
  ) {
    this.#input = input
    this.#ticks = batches.ticks
    this.#last = batches.last
  }

  /** Goes on where a driver before this one was: the batches after this one are closed again, as they were. */
  restore({ completed }: Pick<DriverRecord, 'completed'>): void {
    this.#open = completed + 1
    this.#next = this.#open
  }

  /** Closes the batches that end by now, as far as there is room for them. */
  advance(now: Nanos): void {
    if (this.nextAt > now) return
    let complete = now
    for (let p = 0; p < this.#input.partitions; p++) {
      complete = Math.min(complete, this.#input.frontier(p))
    }
    while (this.#ticks.endOf(this.#open) <= complete && this.#mayClose) {
      this.#closedAt[this.#open % CLOSED_BATCHES_MAX] = now
      this.#open += 1
    }
  }

  /** The oldest closed batch that no job runs for. */
  take(): BatchInfo | undefined {
    if (this.#next === this.#open) return undefined
    const batch = this.#next
    this.#next += 1
    return new BatchInfo(batch, this.#closedAt[batch % CLOSED_BATCHES_MAX]!)
  }

  /** When the next batch closes at the earliest; past while a frontier keeps it open, Infinity while one must be taken first. */
  get nextAt(): Nanos {
    return this.#mayClose ? this.#ticks.endOf(this.#open) : Number.POSITIVE_INFINITY
  }

  get #mayClose(): boolean {
    return this.#open <= this.#last && this.#open - this.#next < CLOSED_BATCHES_MAX
  }
}
