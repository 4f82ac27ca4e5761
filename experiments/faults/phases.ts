/**
 * Phases of recoveries as lengths, from outcomes or from rows alike. What was not seen to happen counts as longer than
 * anything that was: left out of a median, it would flatter.
 */
import { type Nanos, seconds } from '../../engines/core/units.ts'
import { formatDuration } from '../cli/options.ts'
import type { ClaimFault, ClaimRow } from '../experiment.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import type { Interval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'

/** Longer than any run. Finite, so that means and differences of it are numbers. */
export const NEVER: Nanos = seconds(1e6)

/** What was not seen to happen while it was watched. */
const NOT_SEEN = 'not seen'

export type Phase =
  | 'detectedAt'
  | 'processingAt'
  | 'backlogBackAt'
  | 'latencyBackAt'
  | 'boundBackAt'

/** From one phase to a later one; 0 if that came first, as results do that never stayed away. */
export function lengthTo(
  phases: FaultPhases,
  phase: Phase,
  from: Phase | 'witnessedAt' = 'witnessedAt',
): Nanos {
  const [start, end] = [phases[from], phases[phase]]
  return start === undefined || end === undefined ? NEVER : Math.max(0, end - start)
}

/** The same, of those who were not seen to get there how long it took at least: 0 where nothing is known. */
function leastTo(phases: FaultPhases, phase: Phase): Nanos {
  const length = lengthTo(phases, phase)
  if (length < NEVER) return length
  const { witnessedAt, latencyBackAfter, boundBackAfter } = phases
  const earliest =
    phase === 'latencyBackAt'
      ? latencyBackAfter
      : phase === 'boundBackAt'
        ? boundBackAfter
        : undefined
  return witnessedAt === undefined || earliest === undefined ? 0 : earliest - witnessedAt
}

/** How old the state was at the fault that was restored; of those that restored one. */
export function agesOf(hit: readonly FaultPhases[]): readonly Nanos[] {
  return hit.flatMap(({ witnessedAt, restoredTick }) =>
    witnessedAt === undefined || restoredTick === undefined ? [] : witnessedAt - restoredTick,
  )
}

export const isHit = ({ witnessedAt }: FaultPhases): boolean => witnessedAt !== undefined

/** Of an arm, by trial: what each injection that took effect came to. Trials that are not valid count for nothing. */
export function clustersOf(
  rows: readonly ClaimRow[],
  faults: readonly ClaimFault[],
  arm: string,
): readonly (readonly FaultPhases[])[] {
  return rows
    .filter((row) => row.arm === arm && row.role === 'fault' && row.verdict === 'valid')
    .map(({ trial_id: id }) =>
      faults
        .filter(({ trial_id: of }) => of === id)
        .map(phasesOfRow)
        .filter(isHit),
    )
    .filter(({ length }) => length > 0)
}

function phasesOfRow(row: ClaimFault): FaultPhases {
  const phases = {
    witnessedAt: row.witnessed_at_ns,
    detectedAt: row.detected_at_ns,
    processingAt: row.processing_at_ns,
    backlogBackAt: row.backlog_back_at_ns,
    latencyBackAt: row.latency_back_at_ns,
    restoredTick: row.restored_tick_ns,
  }
  const there = Object.entries(phases).filter(([, at]) => at !== undefined)
  return Object.fromEntries(there) as FaultPhases
}

export function durationText(nanos: Nanos | undefined): string {
  if (nanos === undefined) return '–'
  // Halves: a mean of two of which one is never.
  return nanos >= NEVER / 2 ? NOT_SEEN : formatDuration(Number(nanos.toPrecision(3)))
}

/** Of none there is no median. */
export const medianText = (times: readonly Nanos[]): string | undefined =>
  times.length === 0 ? undefined : durationText(median(times))

/**
 * The median from the fault to a phase. Where it is of what was not seen, `≥ 4.9s`: each took at least as long as is known of it, and so
 * did their median.
 */
export function medianTo(seen: readonly FaultPhases[], phase: Phase): string {
  if (seen.length === 0) return '–'
  const length = median(seen.map((each) => lengthTo(each, phase)))
  if (length < NEVER / 2) return durationText(length)
  const least = median(seen.map((each) => leastTo(each, phase)))
  return least > 0 ? `≥ ${durationText(least)}` : NOT_SEEN
}

/** `1.2s – 1.4s`; nothing of one value, which has no spread. */
export function spanText({ low, high }: Interval): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '–'
  return `${durationText(low)} – ${durationText(high)}`
}
