/**
 * How far the logs of earlier generations reach beyond a checkpoint, from the names of their segments alone.
 *
 *   checkpoint ──part of generation 1──▶ ──part of generation 2──▶ resumed: from here on input is read again
 *
 * A log belongs to the worker that owned the partitions then, so a part takes the logs of all owners of its generation, and
 * reaches as far as the one that reaches least. A generation begins to log where it resumed: parts of several follow one
 * another. What two of them have of an epoch is the same rows, however they were cut, so it does not matter which is taken.
 */
import type { ProcessId } from '../../core/units.ts'
import type { SegmentPlace } from './log-segment.ts'

/** Segments that follow one another in the log of a worker. */
export interface LogRun {
  readonly worker: ProcessId
  readonly first: number
  readonly last: number
}

/** What the logs of one generation have. */
export interface LogPart {
  readonly generation: number
  /** By partition: whose log has its rows. */
  readonly placement: readonly ProcessId[]
  /** First epoch that it does not have; it begins where the part before ends, the first one at the checkpoint. */
  readonly until: number
  /** Of each owner. */
  readonly runs: readonly LogRun[]
}

/** Parts that follow one another from an epoch on. `placements`: of generations that have a segment. */
export function coverageFrom(
  epoch: number,
  segments: readonly SegmentPlace[],
  placements: ReadonlyMap<number, readonly ProcessId[]>,
): readonly LogPart[] {
  const parts: LogPart[] = []
  for (let reached = epoch; ; ) {
    let best: LogPart | undefined
    for (const [generation, placement] of placements) {
      const own = segments.filter((segment) => segment.generation === generation)
      const part = partFrom(reached, own, { generation, placement })
      if (part !== undefined && part.until > (best?.until ?? reached)) best = part
    }
    if (best === undefined) return parts
    parts.push(best)
    reached = best.until
  }
}

function partFrom(
  epoch: number,
  segments: readonly SegmentPlace[],
  { generation, placement }: Pick<LogPart, 'generation' | 'placement'>,
): LogPart | undefined {
  const runs: LogRun[] = []
  let until = Number.POSITIVE_INFINITY
  for (const worker of new Set(placement)) {
    const own = segments.filter((segment) => segment.worker === worker)
    const run = runFrom(epoch, own)
    if (run === undefined) return undefined
    runs.push({ worker, first: run.first, last: run.last })
    until = Math.min(until, run.whole)
  }
  return { generation, placement, until, runs }
}

/** Of one worker: from the last segment before which nothing of the epoch can be, as far as none is missing. */
function runFrom(
  epoch: number,
  segments: readonly SegmentPlace[],
): (Omit<LogRun, 'worker'> & { readonly whole: number }) | undefined {
  const ordered = segments.toSorted((a, b) => a.sequence - b.sequence)
  let at = ordered.findLastIndex(({ begins }) => begins <= epoch)
  const begin = ordered[at]
  if (begin === undefined) return undefined
  let last = begin
  for (let next = ordered[++at]; next?.sequence === last.sequence + 1; next = ordered[++at]) {
    last = next
  }
  return { first: begin.sequence, last: last.sequence, whole: last.whole }
}
