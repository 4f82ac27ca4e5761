/**
 * A DStream: the series of RDDs that one operator of the dataflow makes, one per batch (D-Streams §3).
 *
 * It has two sides. The pure one tells the driver which blocks an RDD is made from, which it leaves, which are read for the
 * last time, and what a checkpoint must hold: lineage as arithmetic on batch numbers, so that no graph is stored. The other
 * one, `compute`, runs on a worker inside a task, as a generator that yields between slices of about half a millisecond.
 *
 *   step      the DStream's inputs arrive at batches that are multiples of it
 *   period    it emits at batches that are multiples of it; step divides period
 *
 * A task makes some of three things, named by a *mask*: recovery asks only for what was lost.
 */

import type { Batch } from '../../core/columns/batch.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { TablePart } from '../../core/operators/lowered.ts'
import type { DataflowOperator, OperatorId } from '../../core/plan/dataflow.ts'
import type { KeyedTable } from '../../core/tables/table.ts'
import type { Nanos, PartitionId } from '../../core/units.ts'
import type { NarrowVisitor } from '../rdd/dependency.ts'
import type { BatchNumber, RddId, StageId } from '../rdd/rdd.ts'
import type { Rhythm } from './rhythm.ts'

/** Tables of what came in within a period. */
export const MAKE_PARTIAL = 1
/** The table that the next batch starts from. */
export const MAKE_STATE = 2
/** Rows for other stages, and commits. */
export const MAKE_EMISSION = 4
export const MAKE_ALL = MAKE_PARTIAL | MAKE_STATE | MAKE_EMISSION

/** The steps of a task, run by the executor; it yields when its slice of time is used up. */
export type TaskSteps = Generator<undefined, void, undefined>

/** What a running task may use. Tables it makes belong to the task until `keep` or `drop`. */
export interface TaskContext {
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly mask: number
  /** Ends of the batch as instants: the records due in `[from, to)`. */
  readonly from: Nanos
  readonly to: Nanos
  /** True when the slice is used up: yield. */
  over(): boolean
  /** Rows that came over a path, in order of source partition. */
  inputs(path: number): readonly Bytes[]
  /** Feeds the records of `[from, to)` to the operator's paths. */
  readInput(dstream: DStream): TaskSteps
  /** A block of an earlier batch, read only; undefined before the zero time. */
  block(rdd: RddId, batch: BatchNumber): KeyedTable | undefined
  /** A table that this task has kept. */
  made(rdd: RddId): KeyedTable
  /** A table for what an operator keeps, unless it is for what arrives. */
  newTable(operator: OperatorId, part?: TablePart): KeyedTable
  /** The ranks of what a global `topK` has gathered. */
  rank(dstream: DStream, gathered: KeyedTable): KeyedTable
  clone(table: KeyedTable): KeyedTable
  /** Folds what came over all the DStream's paths into a table. */
  foldInputs(dstream: DStream, table: KeyedTable): TaskSteps
  foldTable(into: KeyedTable, from: KeyedTable): TaskSteps
  /** Ends a period of states by what arrived in it, and sends the records that come of it; without MAKE_EMISSION none. */
  advance(dstream: DStream, states: KeyedTable, arrived: KeyedTable): void
  unfoldTable(from: KeyedTable, what: KeyedTable): TaskSteps
  /** Sends a batch down all the DStream's paths. */
  emit(dstream: DStream, batch: Batch): void
  /** Sends what changed in a table, and clears its marks; without MAKE_EMISSION it only clears them. */
  emitChanges(dstream: DStream, table: KeyedTable): void
  /** Sends what differs from an earlier table. */
  emitDifference(dstream: DStream, table: KeyedTable, previous: KeyedTable | undefined): void
  emitRows(dstream: DStream, table: KeyedTable): void
  emitTop(dstream: DStream, table: KeyedTable, k: number): void
  /** Makes a table a block when the task ends; until then the task may go on reading it, not changing it. */
  keep(rdd: RddId, table: KeyedTable): void
  drop(table: KeyedTable): void
}

export interface DStreamParts {
  readonly operator: DataflowOperator
  readonly stage: StageId
  /** Paths into it and out of it; without those to a local `topK`, which reads the table itself. */
  readonly inputs: readonly number[]
  readonly paths: readonly number[]
  readonly step: number
  readonly period: number
  readonly rhythm: Rhythm
  /** RDDs that it may make; given to those kinds of operator that need them. */
  readonly partialRdd: RddId
  readonly stateRdd: RddId
  /** Length of a window in batches. */
  readonly length: number
}

export abstract class DStream {
  readonly operator: DataflowOperator
  readonly stage: StageId
  readonly inputs: readonly number[]
  readonly paths: readonly number[]
  readonly step: number
  readonly period: number
  readonly rhythm: Rhythm

  constructor(parts: DStreamParts) {
    this.operator = parts.operator
    this.stage = parts.stage
    this.inputs = parts.inputs
    this.paths = parts.paths
    this.step = parts.step
    this.period = parts.period
    this.rhythm = parts.rhythm
  }

  /** Whether there is work at a batch. */
  activeAt(batch: BatchNumber): boolean {
    return this.rhythm.activeAt(batch)
  }

  emitsAt(batch: BatchNumber): boolean {
    return this.rhythm.emitsAt(batch)
  }

  /** Earlier blocks that a task reads, for what its mask asks. */
  abstract narrow(batch: BatchNumber, mask: number, visit: NarrowVisitor): void
  /** Tables that a task leaves as blocks. */
  abstract made(batch: BatchNumber, mask: number, visit: NarrowVisitor): void
  /** Blocks whose last reader is this batch's task. */
  abstract dying(batch: BatchNumber, mask: number, visit: NarrowVisitor): void
  /** Blocks of batches up to `batch` that tasks of later batches read: what a checkpoint must hold. */
  abstract neededAfter(batch: BatchNumber, visit: NarrowVisitor): void
  abstract compute(task: TaskContext): TaskSteps
}

/** A DStream without memory of earlier batches. */
export abstract class StatelessDStream extends DStream {
  override narrow(): void {}
  override made(): void {}
  override dying(): void {}
  override neededAfter(): void {}
}
