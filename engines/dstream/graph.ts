/**
 * The graph of a run's D-Streams, the same in driver and workers (`lower.ts` makes it): which DStreams are done in one task, what
 * they read of others, and at which batches.
 */
import type { TickLog } from '../core/input/tick-log.ts'
import type { Dataflow } from '../core/plan/dataflow.ts'
import type { Nanos } from '../core/units.ts'
import type { DStream } from './dstream/dstream.ts'
import type { ShuffleDependency } from './rdd/dependency.ts'
import type { BatchNumber, RddDefinition, RddId, StageId } from './rdd/rdd.ts'
import type { Rounds } from './rounds.ts'

export interface StageOutput {
  readonly output: number
  /** It calls a function of the user's: what that has done nobody takes back. */
  readonly calls: boolean
  commitsAt(batch: BatchNumber): boolean
}

/**
 * What is done in one task for one partition: DStreams that hang together by narrow dependencies. None where the task only
 * commits an output that several stages feed.
 */
export interface StageDefinition {
  readonly id: StageId
  readonly dstreams: readonly DStream[]
  readonly partitions: number
  readonly shuffles: readonly ShuffleDependency[]
  readonly outputs: readonly StageOutput[]
  /** RDDs of the paths that leave the stage, by path. */
  readonly shuffleRdds: ReadonlyMap<number, RddId>
  /** Reads nothing but the log and keeps no table: any worker can run it. */
  readonly movable: boolean
  /** Reads pushed input, which is with its partition's owner and not everywhere as a log is. */
  readonly atOwner: boolean
}

export interface DStreamGraph {
  readonly dataflow: Dataflow
  /** Batch n is tick n, but where batches are rounds. */
  readonly ticks: TickLog
  /** Of a loop that is run as jobs. */
  readonly rounds: Rounds | undefined
  readonly partitions: number
  /** Number of the run's last batch. */
  readonly lastBatch: BatchNumber
  /** Parents come before their children. */
  readonly stages: readonly StageDefinition[]
  readonly rdds: readonly RddDefinition[]
  /** DStreams by operator. */
  readonly dstreams: readonly DStream[]
}

export function isActive(stage: StageDefinition, batch: BatchNumber): boolean {
  for (const dstream of stage.dstreams) if (dstream.activeAt(batch)) return true
  for (const output of stage.outputs) if (output.commitsAt(batch)) return true
  return false
}

/** Ends of a batch as instants. The first round of a loop has all of the input, the others have none. */
export function spanOf(
  { ticks, rounds }: DStreamGraph,
  batch: BatchNumber,
): readonly [from: Nanos, to: Nanos] {
  if (rounds === undefined) return [ticks.endOf(batch - 1), ticks.endOf(batch)]
  return [batch === 1 ? 0 : rounds.tick, rounds.tick]
}
