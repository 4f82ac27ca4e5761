/**
 * Where the tables lie that queries ask for: each table of a plan is a series of state RDDs, one at each end of a period
 * (`rdd.ts`), and an answer is made of the blocks of one of them.
 */
import { assert } from '../../core/assert.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { Query } from '../../core/queries/query.ts'
import type { PartitionId } from '../../core/units.ts'
import type { DStreamGraph } from '../graph.ts'
import type { BatchNumber, RddId, StageId } from './rdd.ts'

export interface AskedTable {
  readonly rdd: RddId
  readonly stage: StageId
  readonly operator: OperatorId
  readonly partitions: PartitionId
  /** There is a version of it at batches that are multiples of this. */
  readonly period: number
  /** Of a slice: the versions that it names. */
  readonly versions: readonly BatchNumber[] | undefined
}

/** Versions that stay until the run ends, and in its checkpoints: a slice may come late, and after a fault. */
export interface RememberedTable extends Pick<AskedTable, 'rdd' | 'stage' | 'period'> {
  readonly versions: ReadonlySet<BatchNumber>
}

/** By query. */
export function askedTables(
  graph: DStreamGraph,
  queries: readonly Query[] = [],
): readonly AskedTable[] {
  return queries.map(({ of, slice }) => {
    const { operator } = graph.dataflow.tables.find(({ name }) => name === of)!
    const state = graph.rdds.find((rdd) => rdd.operator === operator && rdd.kind === 'state')
    assert(state !== undefined, () => `the table ${of} has no RDD`)
    const { period } = graph.dstreams[operator]!
    const { partitions } = graph.stages[state.stage]!
    const versions =
      slice &&
      multiples(graph.ticks.indexOfEnd(slice.from), graph.ticks.indexOfEnd(slice.to), period)
    return { rdd: state.id, stage: state.stage, operator, partitions, period, versions }
  })
}

function multiples(from: BatchNumber, to: BatchNumber, period: number): readonly BatchNumber[] {
  return Array.from({ length: (to - from) / period + 1 }, (_, index) => from + index * period)
}

/** By RDD: what all slices name of it. */
export function rememberedTables(
  graph: DStreamGraph,
  queries: readonly Query[],
): readonly RememberedTable[] {
  const sliced = askedTables(graph, queries).filter(({ versions }) => versions !== undefined)
  return [...Map.groupBy(sliced, ({ rdd }) => rdd).values()].map((same) => {
    const { rdd, stage, period } = same[0]!
    return { rdd, stage, period, versions: new Set(same.flatMap(({ versions = [] }) => versions)) }
  })
}
