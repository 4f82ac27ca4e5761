/**
 * The phases of what is planned and is no fault: a burst of the input, and workers that join or leave. Nobody is hit, so nothing is
 * detected; bands and how they are left are those of a fault (`recovery-phases.ts`), but that a band is of so many workers: with one
 * more latency is another one, and a joined worker carries its share when it is as it is with as many in peace.
 */
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { Resize } from '../../engines/core/run-config.ts'
import type { Nanos } from '../../engines/core/units.ts'
import {
  backOf,
  type FaultPhases,
  generationAt,
  known,
  leastOf,
  type PhasesOptions,
  type SeenTick,
  seenTicks,
  stretchOf,
} from './recovery-phases.ts'
import type { TrialSpec } from './trial-spec.ts'

type ChangeOptions = Omit<PhasesOptions, 'faults' | 'tickEnd'>

/** Of a burst that begins at an instant: what it pushes out of its band, and when that is back. Its schedule is its witness. */
export function phasesOfBurst(
  from: Nanos,
  options: Omit<ChangeOptions, 'history' | 'commits'>,
): FaultPhases {
  const place = { witnessedAt: from, first: from, next: undefined, seen: seenTicks(options) }
  return known({ witnessedAt: from, ...backOf(stretchOf(place, options), options) })
}

/** What the world's history calls it. */
export const changeEvent = (joins: boolean): string => (joins ? 'worker-joined' : 'worker-left')

/**
 * Of each step, in its order: from when it came about, which is later than it was planned for, and up to the next one. With all workers
 * there the band is that of the trial in peace, if it is known; else that of before the first step.
 */
export function phasesOfResize(
  { resize, workers: all, peaceLatency }: Pick<TrialSpec, 'resize' | 'workers' | 'peaceLatency'>,
  options: ChangeOptions,
): readonly FaultPhases[] {
  if (resize === undefined) return []
  const { history, commits } = options
  const peace = peaceLatency === undefined ? undefined : worstInPeace(peaceLatency, options)
  const seen = seenTicks(options)
  const came = comingsAbout(resize, history)
  const first = leastOf(came.flatMap((at) => at ?? []))
  return resize.steps.map((step, place) => {
    const witnessedAt = came[place]
    if (witnessedAt === undefined || first === undefined) return {}
    const next = leastOf(came.slice(place + 1).flatMap((at) => at ?? []))
    const generation = generationAt(history, step.at)
    const resumed = commits.filter(
      (commit) =>
        commit.generation > generation &&
        commit.visibleAt >= witnessedAt &&
        commit.visibleAt <= (next ?? Number.POSITIVE_INFINITY),
    )
    const stretch = stretchOf({ witnessedAt, first, next, seen }, options)
    return known({
      witnessedAt,
      processingAt: leastOf(resumed.map(({ visibleAt }) => visibleAt)),
      ...backOf(
        step.workers === all && peace !== undefined ? { ...stretch, before: [peace] } : stretch,
        options,
      ),
    })
  })
}

/** A tick that took as long as the worst in peace: what is not visible then was due in that time. */
function worstInPeace(latency: Nanos, { dueBefore, end }: ChangeOptions): SeenTick {
  return { at: 0, latency, backlog: dueBefore(end) - dueBefore(Math.max(0, end - latency)) }
}

/** When somebody first joined, or left, for each step: one after the other. */
function comingsAbout(
  { from, steps }: Resize,
  history: readonly HistoryEvent[],
): readonly (Nanos | undefined)[] {
  let before = from
  let seen = 0
  return steps.map(({ at, workers }) => {
    const wanted = changeEvent(workers > before)
    const found = history.findIndex(
      (event, place) => place >= seen && event.event === wanted && event.at >= at,
    )
    before = workers
    if (found < 0) return undefined
    seen = found + 1
    return history[found]!.at
  })
}
