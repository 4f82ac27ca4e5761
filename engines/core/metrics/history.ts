/**
 * The history of a run: what happened, in order, as flat events. Checkers and recovery phases are computed from it.
 *
 * Coarse events only (a batch, a task, a checkpoint, a generation, a fault's witness): never one for a record, and none
 * for each tick where a commit says it already.
 */
import type { Nanos, ProcessId } from '../units.ts'

export type HistoryFields = Readonly<Record<string, number | string | boolean>>

export interface HistoryEvent {
  readonly at: Nanos
  readonly process: ProcessId
  readonly incarnation: number
  /** Past tense or noun, kebab-case: `worker-suspected`, `batch-completed`, `generation-adopted`. */
  readonly event: string
  readonly fields: HistoryFields
}

export interface HistoryLog {
  append(event: string, fields?: HistoryFields): void
}
