/** Which ticks a run completed, and when: a tick is complete when all partitions have committed it. */
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import type { Nanos } from '../../engines/core/units.ts'

export interface CompletedTick {
  readonly tick: Nanos
  /** Instant of the last partition's first commit. */
  readonly visibleAt: Nanos
}

/** Ticks that all partitions have committed, ascending, up to the first that is not complete. */
export function completedTicks(
  commits: readonly VisibleCommit[],
  output: number,
  partitions: number,
): readonly CompletedTick[] {
  const seen = new Map<Nanos, { partitions: Set<number>; visibleAt: Nanos }>()
  for (const commit of commits) {
    if (commit.output !== output) continue
    let tick = seen.get(commit.tick)
    if (tick === undefined) {
      tick = { partitions: new Set(), visibleAt: 0 }
      seen.set(commit.tick, tick)
    }
    if (tick.partitions.has(commit.partition)) continue
    tick.partitions.add(commit.partition)
    tick.visibleAt = Math.max(tick.visibleAt, commit.visibleAt)
  }
  const ticks = [...seen].sort(([a], [b]) => a - b)
  const open = ticks.findIndex(([, tick]) => tick.partitions.size < partitions)
  return (open < 0 ? ticks : ticks.slice(0, open)).map(([tick, { visibleAt }]) => ({
    tick,
    visibleAt,
  }))
}
