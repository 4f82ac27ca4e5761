/**
 * Which commits a complete run has, as the judge understands it: its own list, since a run ends by the engines' (`expectedCommits`), and one
 * that is wrong there would be wrong on both sides. From the lowered plan and the configuration, as data.
 *
 * An output is committed where its rows can lie. They can lie in every partition as they are read and after an exchange by key, and go on
 * lying there while rows stay in their partition; what all goes to a single partition lies in partition 0 until it is exchanged again.
 * Commits are due at the multiples of the output's period, or of the tick, up to the input's end.
 */
import type { Dataflow, DataflowPath, OperatorId } from '../../engines/core/plan/dataflow.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { Nanos, PartitionId } from '../../engines/core/units.ts'

export interface DueCommits {
  readonly output: number
  readonly partitions: readonly PartitionId[]
  readonly period: Nanos
}

export function dueCommits(
  { paths, outputs }: Pick<Dataflow, 'paths' | 'outputs'>,
  config: Pick<RunConfig, 'partitions' | 'tick'>,
): readonly DueCommits[] {
  const spread = spreadOperators(paths)
  return outputs.map(({ index, period }) => {
    const isSpread = paths.some(
      ({ from, to }) => to.kind === 'output' && to.output === index && spread.has(from),
    )
    return {
      output: index,
      partitions: isSpread ? Array.from({ length: config.partitions }, (_, p) => p) : [0],
      period: period === 'tick' ? config.tick : period,
    }
  })
}

/** Operators whose rows can lie in any partition. */
function spreadOperators(paths: readonly DataflowPath[]): ReadonlySet<OperatorId> {
  const spread = new Set<OperatorId>()
  const fed = new Set(paths.map(({ to }) => (to.kind === 'operator' ? to.operator : -1)))
  for (const { from, to, crossings } of paths) {
    if (!fed.has(from)) spread.add(from)
    if (to.kind !== 'operator' || to.routing === 'single-partition') continue
    // What comes around a loop is taken for spread: that it never left partition 0 would have to be found out round by round.
    const isBack = crossings.some(({ kind }) => kind === 'feedback')
    if (to.routing === 'by-key' || isBack) spread.add(to.operator)
  }
  // Grows while it is walked.
  for (const operator of spread) {
    for (const { from, to } of paths) {
      if (from !== operator || to.kind !== 'operator') continue
      if (to.routing === 'same-partition') spread.add(to.operator)
    }
  }
  return spread
}
