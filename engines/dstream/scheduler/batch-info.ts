/**
 * When a batch was submitted, started and completed, and the delays between (Spark's BatchInfo).
 *
 *   submitted ──scheduling delay──▶ started ──processing delay──▶ completed
 *   └───────────────────────── total delay ─────────────────────────┘
 */
import type { HistoryFields } from '../../core/metrics/history.ts'
import type { Nanos } from '../../core/units.ts'
import type { BatchNumber } from '../rdd/rdd.ts'

export class BatchInfo {
  readonly batch: BatchNumber
  /** The batch closed, on the driver's clock. */
  readonly submittedAt: Nanos
  /** Its first task was launched. */
  startedAt: Nanos | undefined
  completedAt: Nanos | undefined
  /** Tasks launched for it, those that were recomputed included. */
  tasks = 0

  constructor(batch: BatchNumber, submittedAt: Nanos) {
    this.batch = batch
    this.submittedAt = submittedAt
  }

  fields(): HistoryFields {
    const started = this.startedAt ?? this.submittedAt
    const completed = this.completedAt ?? started
    return {
      batch: this.batch,
      submittedAt: this.submittedAt,
      startedAt: started,
      completedAt: completed,
      schedulingDelayNs: started - this.submittedAt,
      processingDelayNs: completed - started,
      totalDelayNs: completed - this.submittedAt,
      tasks: this.tasks,
    }
  }
}
