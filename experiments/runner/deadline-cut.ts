/**
 * A trial that is offered more than its engine can do ends at its deadline. What it has committed by then is judged as that of a
 * trial that was closed there: up to the last tick that is whole, so that an overload has a verdict.
 *
 * Only where nothing was to happen but the input: whether a run comes to its end after a fault, a change of its workers or a
 * burst is what such a trial is to show.
 */
import { cutRecord } from '../../engines/core/output/cut-record.ts'
import type { ExpectedCommits } from '../../engines/core/output/expected-commits.ts'
import { RunCompletion } from '../../engines/core/output/run-completion.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { TrialSpec } from './trial-spec.ts'

/** The record as it is, unless the run timed out with a whole tick in the measured interval. Costs O(commits). */
export function cutAtDeadline(
  record: RunRecord,
  spec: Pick<TrialSpec, 'input' | 'bounded' | 'burst' | 'resize' | 'faults'>,
  config: Pick<RunConfig, 'input' | 'measuredFrom'>,
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
  return at > (config.measuredFrom ?? 0) ? cutRecord(record, at) : record
}
