/**
 * Workers that join and leave as a campaign draws them, and the plan of changes that they stand for in a run.
 *
 * As a drawn fault, a drawn change is numbers that mean something in every run: how many, counted modulo who there is room for; when,
 * a part of the input's time. A change that the run cannot have, as it is none or too late, is left out.
 */
import type { FaultName } from '../../engines/core/faults/fault-words.ts'
import type { Resize, RunConfig } from '../../engines/core/run-config.ts'
import { NANOS_PER_MILLISECOND, type Nanos } from '../../engines/core/units.ts'
import type { DrawnFault } from './drawn-faults.ts'

export interface DrawnResize {
  readonly from: number
  readonly steps: readonly {
    /** In parts of a thousand of the input's time. */
    readonly at: number
    readonly workers: number
  }[]
  /** Who is to leave first is hit so long after its change was due: as a rule while the checkpoint is taken that it leaves with. */
  readonly hit?: LeaverHit | undefined
}

export interface LeaverHit {
  readonly fault: Extract<FaultName, 'kill' | 'pause'>
  readonly afterMs: number
  /** Of a pause. */
  readonly lastsMs: number
}

/** Of a run with room for so many workers; undefined where nobody joins or leaves. */
export function plannedResize(
  { from: first, steps: drawn }: DrawnResize,
  { workers, tick, input }: Pick<RunConfig, 'workers' | 'tick' | 'input'>,
): Resize | undefined {
  const { duration } = input
  const from = 1 + (first % workers)
  const steps: { readonly at: Nanos; readonly workers: number }[] = []
  for (const step of drawn.toSorted((a, b) => a.at - b.at)) {
    const at = Math.floor((duration * step.at) / 1_000)
    const before = steps.at(-1) ?? { at: 0, workers: from }
    const count = 1 + (step.workers % workers)
    if (count === before.workers || at <= before.at || at > duration - tick) continue
    steps.push({ at, workers: count })
  }
  return steps.length === 0 ? undefined : { from, steps }
}

/** The fewest that there are at a time: from the first to this one they are never asked to leave, nor to join. */
export function alwaysThere({ workers, resize }: Pick<RunConfig, 'workers' | 'resize'>): number {
  if (resize === undefined) return workers
  return Math.min(resize.from, ...resize.steps.map((step) => step.workers))
}

/** A change that takes workers away: from `workers` to `before` − 1. */
export interface Leaving {
  readonly at: Nanos
  readonly before: number
  readonly workers: number
}

export function leavingsOf({ from, steps }: Resize): readonly Leaving[] {
  return steps.flatMap(({ at, workers }, place) => {
    const before = steps[place - 1]?.workers ?? from
    return workers < before ? [{ at, before, workers }] : []
  })
}

/** The drawn hit as a fault; none where nobody leaves. */
export function leaverFault(
  { hit }: Pick<DrawnResize, 'hit'>,
  resize: Resize,
  { start, end }: { readonly start: Nanos; readonly end: Nanos },
): DrawnFault | undefined {
  const [leaving] = leavingsOf(resize)
  if (hit === undefined || leaving === undefined) return undefined
  const at = leaving.at - start + hit.afterMs * NANOS_PER_MILLISECOND
  return {
    fault: hit.fault,
    // Workers come first among those who can be hit.
    whom: leaving.workers,
    other: 0,
    ways: 'both',
    at: Math.min(999, Math.ceil((1_000 * at) / (end - start))),
    on: 'instant',
    lastsMs: hit.lastsMs,
    strength: 0,
  }
}
