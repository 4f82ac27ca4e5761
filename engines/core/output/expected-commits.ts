/** Which commits a complete run has: for each output, which partitions commit, and at which ticks. */
import { TickLog } from '../input/tick-log.ts'
import type { Dataflow } from '../plan/dataflow.ts'
import type { RunConfig } from '../run-config.ts'
import type { PartitionId } from '../units.ts'

export interface ExpectedCommits {
  readonly output: number
  readonly partitions: readonly PartitionId[]
  /** Commits are due where these end, up to the input's end: the run's, or as long as a period of its own. */
  readonly ticks: TickLog
}

/**
 * An output commits on the partitions of what feeds it: all of them, or partition 0 alone behind a `single-partition`
 * routing (`topK`). Every partition commits at the end of every tick of the output, empty ones too.
 */
export function expectedCommits(
  dataflow: Pick<Dataflow, 'paths' | 'outputs' | 'operators'>,
  config: Pick<RunConfig, 'partitions' | 'tick'>,
): readonly ExpectedCommits[] {
  const ticks = new TickLog(config.tick)
  const single = new Set<number>()
  for (const operator of dataflow.operators) {
    const into = dataflow.paths.filter(
      ({ to }) => to.kind === 'operator' && to.operator === operator.id,
    )
    const isSingle = (path: (typeof into)[number]): boolean =>
      path.to.kind === 'operator' &&
      (path.to.routing === 'single-partition' ||
        (path.to.routing === 'same-partition' && single.has(path.from)))
    if (into.length > 0 && into.every(isSingle)) single.add(operator.id)
  }
  return dataflow.outputs.map(({ index, period }) => {
    const into = dataflow.paths.filter(({ to }) => to.kind === 'output' && to.output === index)
    const partitions = into.every((path) => single.has(path.from)) ? 1 : config.partitions
    return {
      output: index,
      partitions: Array.from({ length: partitions }, (_, p) => p),
      ticks: period === 'tick' ? ticks : new TickLog(period),
    }
  })
}
