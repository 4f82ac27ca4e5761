/**
 * A trial that is offered more than its engine can do ends at its deadline. What it has committed by then is judged as that of a
 * trial that was closed there: up to the last tick that is whole, so that an overload has a verdict.
 *
 * Only where nothing was to happen but the input: whether a run comes to its end after a fault, a change of its workers or a
 * burst is what such a trial is to show. Nor where it has a hole: a commit that others have left behind is lost, and not late.
 */
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import { cutRecord } from '../../engines/core/output/cut-record.ts'
import type { ExpectedCommits } from '../../engines/core/output/expected-commits.ts'
import { RunCompletion } from '../../engines/core/output/run-completion.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { Nanos, TickEnd } from '../../engines/core/units.ts'
import type { TrialSpec } from './trial-spec.ts'

type CutConfig = Pick<RunConfig, 'input' | 'measuredFrom' | 'tick' | 'dstream' | 'detector'>

/** The record as it is, unless the run timed out without a hole and with a whole tick in the measured interval. */
export function cutAtDeadline(
  record: RunRecord,
  spec: Pick<TrialSpec, 'input' | 'bounded' | 'burst' | 'resize' | 'faults'>,
  config: CutConfig,
  outputs: readonly ExpectedCommits[],
): RunRecord {
  const { input, bounded, burst, resize, faults } = spec
  const isCalm = faults.length === 0 && burst === undefined && resize === undefined
  if (record.outcome !== 'timed-out' || !isCalm || bounded || input.live) return record
  const completion = new RunCompletion(outputs, config.input.duration)
  for (const commit of record.commits) completion.add(commit)
  // As where a run is closed: of the first output, which is measured, every record up to there has its result.
  const { ticks } = outputs[0]!
  const at = ticks.endOf(ticks.containing(completion.wholeUntil) - 1)
  if (at <= (config.measuredFrom ?? 0)) return record
  return outputs.some((output) => hasHole(record, output, config)) ? record : cutRecord(record, at)
}

/**
 * Whether a commit is missing that is not on its way any more. How many ticks partitions lie apart says nothing of that: where nothing
 * is exchanged, timely's workers wait for nobody, and in an overload one that is slower falls behind for as long as it lasts. But
 *
 * - a partition commits in order: always in timely (`Sink`), and in D-Stream but for batches that others overtake. There are as many at
 *   once as are in flight, which is no bound on how far they lie apart: while a task stands still, later batches may come and go.
 *   The commits of a partition can lie further apart then, without a hole, and the trial is not cut: it stays unknown, never valid;
 * - a partition that is behind goes on. Others that commit without it for longer than it takes to be given up for dead
 *   (`detector.timeout`), and more than as many periods as D-Stream has in flight, do not wait for a pause.
 *
 * Costs O(partitions × commits).
 */
function hasHole(
  { commits }: Pick<RunRecord, 'commits'>,
  { output, partitions, ticks }: ExpectedCommits,
  { tick, dstream, detector }: CutConfig,
): boolean {
  const period = ticks.length
  const inFlight = dstream.batchesInFlightMax
  const all = commits.filter((commit) => commit.output === output)
  const byPartition = Map.groupBy(all, ({ partition }) => partition)
  return partitions.some((partition) => {
    const own = byPartition.get(partition) ?? []
    const { missing, since } = firstMissing(own, period)
    return (
      own.some((commit) => commit.tick >= missing + inFlight * tick) ||
      all.some(
        (commit) =>
          commit.tick > missing + inFlight * period && commit.visibleAt > since + detector.timeout,
      )
    )
  })
}

/** The first tick of which a partition has no commit, and since when: it was not due before its end, nor before the one before it. */
function firstMissing(
  commits: readonly VisibleCommit[],
  period: Nanos,
): { readonly missing: TickEnd; readonly since: Nanos } {
  const visibleAt = new Map<TickEnd, Nanos>()
  for (const commit of commits) {
    if (!visibleAt.has(commit.tick)) visibleAt.set(commit.tick, commit.visibleAt)
  }
  let missing = period
  while (visibleAt.has(missing)) missing += period
  return { missing, since: Math.max(missing, visibleAt.get(missing - period) ?? 0) }
}
