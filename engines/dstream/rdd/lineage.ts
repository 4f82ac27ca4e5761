/**
 * Lineage: how each partition of each RDD is made again (RDD §2; D-Streams §3.1).
 *
 * The graph of a D-Stream repeats itself from batch to batch, so lineage is computed from the definition of a job stage and
 * a batch number; nothing is stored per RDD but where its blocks are. "Forgetting lineage" is therefore forgetting blocks
 * that nobody behind a durable checkpoint reads.
 */

import type { Query } from '../../core/queries/query.ts'
import { MAKE_ALL, MAKE_EMISSION } from '../dstream/dstream.ts'
import { type DStreamGraph, isActive, type StageDefinition } from '../graph.ts'
import { type RememberedTable, rememberedTables } from './asked-tables.ts'
import type { NarrowVisitor } from './dependency.ts'
import type { BatchNumber, RddId, StageId } from './rdd.ts'

export class Lineage {
  readonly graph: DStreamGraph
  readonly #remembered: readonly RememberedTable[]

  /** `queries`: what slices of them name is read by them, whenever they come to it. */
  constructor(graph: DStreamGraph, queries: readonly Query[] = []) {
    this.graph = graph
    this.#remembered = rememberedTables(graph, queries)
  }

  /** Tables of earlier batches that a task reads, of its own partition. */
  narrow(stage: StageDefinition, batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    for (const dstream of stage.dstreams) {
      if (dstream.activeAt(batch)) dstream.narrow(batch, this.maskOf(stage, mask), visit)
    }
  }

  /** Tables that a task leaves. */
  tablesMade(stage: StageDefinition, batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    for (const dstream of stage.dstreams) {
      if (dstream.activeAt(batch)) dstream.made(batch, this.maskOf(stage, mask), visit)
    }
  }

  /** Shuffle RDDs that a task leaves. */
  shufflesMade(
    stage: StageDefinition,
    batch: BatchNumber,
    mask: number,
    visit: (rdd: RddId) => void,
  ): void {
    if ((mask & MAKE_EMISSION) === 0) return
    for (const dstream of stage.dstreams) {
      if (!dstream.activeAt(batch) || !dstream.emitsAt(batch)) continue
      for (const path of dstream.paths) {
        const rdd = stage.shuffleRdds.get(path)
        if (rdd !== undefined) visit(rdd)
      }
    }
  }

  /** Tables that nobody reads after the task of this batch. */
  dying(stage: StageDefinition, batch: BatchNumber, mask: number, visit: NarrowVisitor): void {
    for (const dstream of stage.dstreams) {
      if (!dstream.activeAt(batch)) continue
      dstream.dying(batch, this.maskOf(stage, mask), (rdd, made) => {
        if (!this.#isRemembered(rdd, made)) visit(rdd, made)
      })
    }
  }

  /** Tables of batches up to `batch` that later batches read, or queries. */
  neededAfter(
    batch: BatchNumber,
    visit: (stage: StageId, rdd: RddId, made: BatchNumber) => void,
  ): void {
    for (const stage of this.graph.stages) {
      for (const dstream of stage.dstreams) {
        dstream.neededAfter(batch, (rdd, made) => visit(stage.id, rdd, made))
      }
    }
    for (const { stage, rdd, period, versions } of this.#remembered) {
      // The last one of a state is needed anyway.
      const last = Math.floor(batch / period) * period
      for (const made of versions) if (made < last) visit(stage, rdd, made)
    }
  }

  isActive(stage: StageId, batch: BatchNumber): boolean {
    return batch > 0 && isActive(this.graph.stages[stage]!, batch)
  }

  /** In a fused stage one DStream's emission feeds the next one's table, so all is made again or nothing. */
  maskOf(stage: StageDefinition, mask: number): number {
    return stage.dstreams.length > 1 ? MAKE_ALL : mask
  }

  #isRemembered(rdd: RddId, made: BatchNumber): boolean {
    return this.#remembered.some((each) => each.rdd === rdd && each.versions.has(made))
  }
}
