/**
 * Active standby: the whole dataflow twice, so that nobody ever goes back. What the lecture's "no replication" saves
 * (D-Streams §2: Flux and Borealis pair operators; here whole dataflows are paired, which costs the same and meet in one place only).
 *
 *   workers 0 … n/2 − 1   read all input · exchange · track progress · commit ──▶ the first commit of a place counts
 *   workers n/2 … n − 1   read all input · exchange · track progress · commit ──▶ the other one has the same digest
 *
 * Each half is a *replica*: it has all partitions, and exchanges nothing with the other one but heartbeats. Both are
 * deterministic, so nothing is to be kept in step, and the slower one is of no account. Two replicas on the same workers would not
 * do: one death would take a part of either.
 *
 *   a worker is suspected ──▶ its replica is given up, by a new membership ──▶ its workers are fenced · the other one goes on
 *                                                            respawn: ──▶ fresh lives of all of them begin at the first tick
 *
 * A replica is given up as a whole, because without the share of one the progress of all others in it ends. The membership
 * decides which: of two halves that suspect each other, one goes on. But what the workers of a replica send each other, and
 * commit, belongs to no generation (`ANY_GENERATION`): a replica lasts as long as the lives of its workers, and a new membership
 * changes nothing for those that it leaves alone. A zombie needs no other fence: what it still commits is the same.
 *
 * Nothing is durable. A fresh replica reads the input again from its beginning, and is a standby when it has caught up: at a load
 * of λ, t after the start, after t · λ/(1 − λ) more. Loss of the other one before that is a gap, and no error. With
 * `survivors` a run can lose one replica. Not here: a fresh replica that begins from a copy of the other one's states.
 */
import { ConfigurationError, PlanError, RecoveryError } from '../../core/errors.ts'
import {
  ANY_GENERATION,
  type Membership,
  placePartitions,
} from '../../core/membership/membership.ts'
import type { Dataflow } from '../../core/plan/dataflow.ts'
import { formatDuration } from '../../core/plan/duration.ts'
import { described } from '../../core/plan/node-kinds.ts'
import type { RunConfig } from '../../core/run-config.ts'
import type { ProcessId } from '../../core/units.ts'

const REPLICAS = 2

/** The workers of the replica that a worker is in, ascending. */
export function replicaOf(
  worker: ProcessId,
  { workers }: Pick<RunConfig, 'workers'>,
): readonly ProcessId[] {
  const size = workers / REPLICAS
  const first = worker - (worker % size)
  return Array.from({ length: size }, (_, place) => first + place)
}

/** A membership as a replica sees it: its own workers, with all partitions between them, for as long as they live. */
export function membershipOfReplica(
  replica: readonly ProcessId[],
  membership: Membership,
  { partitions }: Pick<RunConfig, 'partitions'>,
): Membership {
  return {
    ...membership,
    generation: ANY_GENERATION,
    members: membership.members.filter(({ process }) => replica.includes(process)),
    placement: placePartitions(partitions, replica),
  }
}

export interface Loss {
  readonly self: ProcessId
  /** At least one. */
  readonly suspected: readonly ProcessId[]
  /** All that the membership has, the suspected among them. */
  readonly live: readonly ProcessId[]
}

/**
 * The replica that a worker gives up when it suspects some: its own, if one of them is in it. Of the others it may have heard
 * nothing because it is cut off itself; then they give up the same one.
 *
 * Errors: `RecoveryError` when nothing is left of the other one, and nobody would replace it.
 */
export function replicaToGiveUp(
  { self, suspected, live }: Loss,
  config: Pick<RunConfig, 'workers' | 'replacement' | 'detector'>,
): readonly ProcessId[] {
  const own = replicaOf(self, config)
  if (!suspected.some((worker) => own.includes(worker))) return replicaOf(suspected[0]!, config)
  const isLast = live.every((worker) => own.includes(worker))
  if (isLast && config.replacement === 'survivors') throw lastLost(own, suspected, config)
  return own
}

/** Errors: `ConfigurationError` and `PlanError` for what cannot run twice. */
export function checkReplicas(
  { workers, ingest }: Pick<RunConfig, 'workers' | 'ingest'>,
  { outputs }: Pick<Dataflow, 'outputs'>,
): void {
  if (workers % REPLICAS !== 0) {
    throw new ConfigurationError({
      asked: 'recovery active-standby',
      found: workers === 1 ? '1 worker' : `${workers} workers`,
      rule: 'Two replicas of the dataflow have half of the workers each',
      remedy: `Use an even number of them, like --workers ${workers + 1}`,
    })
  }
  if (ingest === 'pushed') {
    throw new ConfigurationError({
      asked: 'recovery active-standby with the ingest pushed',
      found: 'blocks that reach one owner of their partition',
      rule: 'Both replicas of the dataflow read all of the input',
      remedy: 'Leave the ingest at log, or use --recovery checkpoint',
    })
  }
  for (const { node } of outputs) {
    if (node.kind !== 'foreachBatch') continue
    throw new PlanError({
      asked: described(node),
      found: 'recovery active-standby',
      rule: 'Both replicas of the dataflow would call its function, with each tick',
      remedy: 'Use save, whose files are the same from either, or --recovery checkpoint',
    })
  }
}

function lastLost(
  replica: readonly ProcessId[],
  suspected: readonly ProcessId[],
  { detector }: Pick<RunConfig, 'detector'>,
): RecoveryError {
  const workers = replica.join(', ')
  return new RecoveryError(
    {
      asked: `the last replica of the dataflow, on workers ${workers}, to stay whole`,
      found: `nothing was heard of worker ${suspected.join(', ')} for ${formatDuration(detector.timeout)}`,
      rule: 'with recovery active-standby and replacement survivors a run can lose one replica of two',
      remedy: 'Choose --replacement respawn, which begins the lost one again',
    },
    { replica, suspected },
  )
}
