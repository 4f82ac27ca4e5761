/**
 * Reports that the driver has not acknowledged: what a hello says again in a new generation.
 *
 * Each launch acknowledges what has arrived, so these are about the tasks of a round trip, or of a recovery. Capacity:
 * `entriesMax` tasks and files, which is what one hello can carry. Overflow: `CapacityError`.
 */
import { CapacityError } from '../../core/errors.ts'
import type { FileEnded, TaskDone } from '../scheduler/report.ts'

export interface ReportContent {
  readonly done: readonly TaskDone[]
  readonly files: readonly FileEnded[]
}

interface SentReport extends ReportContent {
  readonly number: number
}

/** At 12 bytes each, a tenth of a control outbox. */
export const UNACKNOWLEDGED_MAX = 65_536

export class SentReports {
  #entriesMax: number
  #reports: SentReport[] = []
  #entries = 0

  constructor(entriesMax = UNACKNOWLEDGED_MAX) {
    this.#entriesMax = entriesMax
  }

  sent(number: number, content: ReportContent): void {
    const entries = this.#entries + entriesOf(content)
    if (entries > this.#entriesMax) {
      throw new CapacityError({
        asked: `report ${entriesOf(content)} tasks and files to the driver`,
        found: `it has not acknowledged the ${this.#entries} before them`,
        rule: `at most ${this.#entriesMax} may be unacknowledged`,
        remedy: 'Look for a driver that does not keep up: longer batches, or fewer partitions',
      })
    }
    this.#entries = entries
    this.#reports.push({ number, ...content })
  }

  /** The driver has got all reports up to a number. */
  acknowledged(number: number): void {
    let done = 0
    for (; done < this.#reports.length && this.#reports[done]!.number <= number; done++) {
      this.#entries -= entriesOf(this.#reports[done]!)
    }
    if (done > 0) this.#reports = this.#reports.slice(done)
  }

  /** Takes all of them back, in one: they are going to be said again. */
  take(): ReportContent {
    const reports = this.#reports
    this.#reports = []
    this.#entries = 0
    return {
      done: reports.flatMap(({ done }) => done),
      files: reports.flatMap(({ files }) => files),
    }
  }
}

function entriesOf({ done, files }: ReportContent): number {
  return done.length + files.length
}
