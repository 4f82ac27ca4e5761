/**
 * The job generator: a batch closes when its end has passed on the driver's clock and every input partition's due frontier
 * has passed it too; then a job is due for it (D-Streams §4; DESIGN §7).
 *
 * A log that is data has no frontier, so nothing but the clock is waited for. Closed batches queue until the scheduler has
 * room for them; that wait is their scheduling delay.
 */
import type { InputLog } from '../../core/input/input-log.ts'
import type { TickLog } from '../../core/input/tick-log.ts'
import type { Nanos } from '../../core/units.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { DriverRecord } from '../recovery/driver-record.ts'
import { BatchInfo } from './batch-info.ts'

export class JobGenerator {
  #input: Pick<InputLog, 'frontier' | 'partitions'>
  #ticks: TickLog
  #last: BatchNumber
  /** The batch that will close next. */
  #open: BatchNumber = 1
  /** Closed and not taken, from `#head` on. */
  #closed: BatchInfo[] = []
  #head = 0

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
  }

  /** Closes the batches that end by now. */
  advance(now: Nanos): void {
    if (this.nextAt > now) return
    let complete = now
    for (let p = 0; p < this.#input.partitions; p++) {
      complete = Math.min(complete, this.#input.frontier(p))
    }
    while (this.#open <= this.#last && this.#ticks.endOf(this.#open) <= complete) {
      this.#closed.push(new BatchInfo(this.#open, now))
      this.#open += 1
    }
  }

  /** The oldest closed batch that no job runs for. */
  take(): BatchInfo | undefined {
    const info = this.#closed[this.#head]
    if (info === undefined) return undefined
    this.#head += 1
    if (this.#head === this.#closed.length) {
      this.#closed = []
      this.#head = 0
    }
    return info
  }

  get waiting(): number {
    return this.#closed.length - this.#head
  }

  /** When the next batch closes at the earliest; past while a frontier keeps it open. */
  get nextAt(): Nanos {
    return this.#open <= this.#last ? this.#ticks.endOf(this.#open) : Number.POSITIVE_INFINITY
  }
}
