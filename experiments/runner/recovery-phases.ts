/**
 * The phases of a recovery (DESIGN §9), from commits and history alone:
 *
 *   fault ──▶ detected ──▶ processing again ──▶ backlog back in its band ──▶ latency back in its band, and staying there
 *
 * The band is what the trial itself did before the fault: up to `BAND` times the worst of the ticks that became visible
 * since it was steady, and before the first fault. A value that has left it is back from the first tick on after which none is
 * outside for `STAYS`: a stall of the machine later on does not undo a recovery, and one within it puts it off. One that did not
 * leave it for so long was back at the fault. A tick that is not there yet is outside once it is later than the band allows.
 */
import type { Fault, FaultPlan } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { type Nanos, seconds, type TickEnd } from '../../engines/core/units.ts'
import type { CompletedTick } from './completed-ticks.ts'

export const BAND = 1.1
export const STAYS: Nanos = seconds(3)

/** Instants on the run's clock; what did not happen before the next fault, or the end, is not there. */
export interface FaultPhases {
  /** The witness: before it nothing was hit. */
  readonly witnessedAt?: Nanos
  /**
   * First suspicion by heartbeats of the process that it hit; of anybody, where it hit none. Not after the next fault of which it
   * could be.
   */
  readonly detectedAt?: Nanos
  /** First commit of a generation that was issued after the fault. */
  readonly processingAt?: Nanos
  readonly backlogBackAt?: Nanos
  readonly latencyBackAt?: Nanos
  /**
   * Where it was not seen to be back: then at the earliest (censored). It may have been since, and was watched for less than `STAYS`,
   * or not at all.
   */
  readonly latencyBackAfter?: Nanos
  /** The same for the bound of the trial, where it has one: when every record was within it again. */
  readonly boundBackAt?: Nanos
  readonly boundBackAfter?: Nanos
  /** What the state that was restored has seen: all that was due before this instant. */
  readonly restoredTick?: TickEnd
  /** Of the oldest record of each tick, since the fault: the largest. */
  readonly latencyMax?: Nanos
}

export interface PhasesOptions {
  readonly faults: FaultPlan
  readonly history: readonly HistoryEvent[]
  readonly commits: readonly VisibleCommit[]
  /** Ticks that are complete, ascending; none where there are no latencies. */
  readonly completed: readonly CompletedTick[]
  /** Records due before an instant, over all partitions. */
  readonly dueBefore: (instant: Nanos) => number
  /** Where a tick of the engine ends, by its number. */
  readonly tickEnd: (tick: number) => TickEnd
  /** From here on the trial is steady; and the end of its input. */
  readonly start: Nanos
  readonly end: Nanos
  /** Of latencies; none if not given. */
  readonly bound?: Nanos | undefined
  /** How the run ended: one that failed was not watched to the end of its input. */
  readonly outcome: RunRecord['outcome']
}

/** Of each fault of the plan, in its order. Costs O(faults × ticks). */
export function phasesOf(options: PhasesOptions): readonly FaultPhases[] {
  const { faults, history } = options
  const seen = seenTicks(options)
  const witnesses = faults.map((fault, place) => witnessOf(history, fault, place))
  const first = leastOf(witnesses.flatMap((at) => at ?? []))
  return faults.map((fault, place) => {
    const witnessedAt = witnesses[place]
    if (witnessedAt === undefined) return {}
    const later = faults.flatMap((other, at) => {
      const instant = witnesses[at]
      return instant !== undefined && instant > witnessedAt ? [{ fault: other, instant }] : []
    })
    const alike = later.filter((other) => isSuspectedAs(fault, other.fault))
    const next = leastOf(later.map(({ instant }) => instant))
    const nextAlike = leastOf(alike.map(({ instant }) => instant))
    return ofFault(fault, { witnessedAt, first: first!, next, nextAlike, seen }, options)
  })
}

function witnessOf(
  history: readonly HistoryEvent[],
  { kind }: Fault,
  place: number,
): Nanos | undefined {
  return history.find(
    ({ event, fields }) =>
      event === `fault-${kind}` && fields.fault === place && fields.witnessed === true,
  )?.at
}

/** Ticks before the first fault, and those since one, up to where the next one begins, or to the last tick. */
interface Stretch {
  readonly before: readonly SeenTick[]
  readonly after: readonly SeenTick[]
  readonly witnessedAt: Nanos
  /** To here ticks were seen; and looked for. */
  readonly until: Nanos
  readonly end: Nanos
  /** The tick that was missing at an instant, as if it had come then; undefined if there was none. */
  readonly missingAt: (instant: Nanos) => SeenTick | undefined
}

/** A tick as it became visible: how long its oldest record took, and what was due and not visible until then. */
export interface SeenTick {
  readonly at: Nanos
  readonly latency: Nanos
  readonly backlog: number
}

/** When a fault took effect, the first of its plan, the next one, and the next that could be suspected alike; and all ticks. */
interface Place {
  readonly witnessedAt: Nanos
  readonly first: Nanos
  readonly next: Nanos | undefined
  readonly nextAlike: Nanos | undefined
  readonly seen: readonly SeenTick[]
}

function ofFault(fault: Fault, place: Place, options: PhasesOptions): FaultPhases {
  const { history, commits, tickEnd } = options
  const { witnessedAt, next = Number.POSITIVE_INFINITY } = place
  const { nextAlike = Number.POSITIVE_INFINITY } = place
  const within = (at: Nanos): boolean => at >= witnessedAt && at <= next
  const detected = history.find(
    (event) => event.at >= witnessedAt && event.at <= nextAlike && isSuspicionOf(fault, event),
  )
  const generation = generationAt(history, witnessedAt)
  const resumed = commits.filter(
    (commit) => commit.generation > generation && within(commit.visibleAt),
  )
  const lived = history.filter(({ at }) => within(at))
  return known({
    witnessedAt,
    detectedAt: detected?.at,
    // Who follows a lost driver restores nothing.
    restoredTick: detected?.event === 'worker-suspected' ? restoredTick(lived, tickEnd) : undefined,
    processingAt: leastOf(resumed.map(({ visibleAt }) => visibleAt)),
    ...backOf(stretchOf(place, options), options),
  })
}

export function stretchOf(
  { witnessedAt, first, next = Number.POSITIVE_INFINITY, seen }: Omit<Place, 'nextAlike'>,
  options: Pick<PhasesOptions, 'start' | 'end' | 'completed' | 'dueBefore'>,
): Stretch {
  const { start, end } = options
  const until = Math.min(next, seen.at(-1)?.at ?? 0)
  return {
    before: seen.filter(({ at }) => at >= start && at < first),
    after: seen.filter(({ at }) => at >= witnessedAt && at <= next),
    witnessedAt,
    until,
    end: Math.max(until, Math.min(next, end)),
    missingAt: (instant) => missingTick(instant, options),
  }
}

export function backOf(
  stretch: Stretch,
  { outcome, bound }: Pick<PhasesOptions, 'outcome' | 'bound'>,
) {
  const latencyOf = ({ latency: of }: SeenTick): Nanos => of
  const backlogOf = ({ backlog }: SeenTick): number => backlog
  const latency = backAt(stretch, latencyOf, bandOf(stretch, latencyOf))
  const within = backAt(stretch, latencyOf, bound)
  // Nobody knows what would have come after a failure.
  const hasFailed = outcome === 'failed'
  return {
    backlogBackAt: backAt(stretch, backlogOf, bandOf(stretch, backlogOf)).at,
    latencyBackAt: latency.at,
    latencyBackAfter: hasFailed ? undefined : latency.after,
    boundBackAt: within.at,
    boundBackAfter: hasFailed ? undefined : within.after,
    latencyMax: mostOf(stretch.after.map(({ latency }) => latency)),
  }
}

/** Without what did not happen. */
export function known(
  phases: { readonly [Phase in keyof FaultPhases]: Nanos | undefined },
): FaultPhases {
  const there = Object.entries(phases).filter(([, at]) => at !== undefined)
  return Object.fromEntries(there) as FaultPhases
}

/** Whether who is suspected for one fault may be for the other. */
function isSuspectedAs(fault: Fault, other: Fault): boolean {
  return !('process' in fault) || !('process' in other) || fault.process === other.process
}

function isSuspicionOf(fault: Fault, { event, fields }: HistoryEvent): boolean {
  if (event !== 'worker-suspected' && event !== 'driver-suspected') return false
  return !('process' in fault) || (fields.worker ?? fields.driver) === fault.process
}

/** The instant of the state that all go back to: timely's checkpoint, D-Stream's horizon. */
function restoredTick(
  history: readonly HistoryEvent[],
  tickEnd: PhasesOptions['tickEnd'],
): TickEnd | undefined {
  for (const { event, fields } of history) {
    if (event === 'rollback-ended') return Number(fields.tick)
    if (event === 'recovery-planned') return tickEnd(Number(fields.horizon))
  }
  return undefined
}

export function generationAt(history: readonly HistoryEvent[], instant: Nanos): number {
  const issued = history.findLast(({ event, at }) => event === 'generation-issued' && at <= instant)
  return Number(issued?.fields.generation ?? 1)
}

// A run may have more ticks than a call takes arguments.
const mostOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value))

export const leastOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((least, value) => Math.min(least, value))

export function seenTicks({
  completed,
  dueBefore,
  end,
}: Pick<PhasesOptions, 'completed' | 'dueBefore' | 'end'>): readonly SeenTick[] {
  return completed.slice(1).map(({ visibleAt }, index) => {
    const { tick: from } = completed[index]!
    const backlog = dueBefore(Math.min(visibleAt, end)) - dueBefore(from)
    return { at: visibleAt, latency: visibleAt - from, backlog }
  })
}

/** The one after the last that was visible by then. */
function missingTick(
  at: Nanos,
  { completed, dueBefore, end }: Pick<PhasesOptions, 'completed' | 'dueBefore' | 'end'>,
): SeenTick | undefined {
  const from = completed.findLast(({ visibleAt }) => visibleAt <= at)?.tick
  if (from === undefined || from >= end) return undefined
  return { at, latency: at - from, backlog: dueBefore(Math.min(at, end)) - dueBefore(from) }
}

/** Up to where a value is in its band; undefined without a before. */
function bandOf({ before }: Stretch, quantityOf: (tick: SeenTick) => number): number | undefined {
  const worst = mostOf(before.map(quantityOf))
  return worst === undefined ? undefined : BAND * worst
}

/**
 * When a value is at most a limit again; or, where it was not seen to stay, from when on it may have been. Neither without a limit, nor
 * of one that was watched for less than `STAYS` and was not seen to leave it: the fault may have had no effect yet.
 */
function backAt(
  { after, witnessedAt, until, end, missingAt }: Stretch,
  quantityOf: (tick: SeenTick) => number,
  limit: number | undefined,
): { readonly at?: Nanos; readonly after?: Nanos } {
  if (limit === undefined) return {}
  const isOutside = (tick: SeenTick): boolean => quantityOf(tick) > limit
  const isLate = (instant: Nanos): boolean => {
    const missing = missingAt(instant)
    return missing !== undefined && isOutside(missing)
  }
  const hasStayed = (since: Nanos): boolean => since + STAYS <= until && !isLate(since + STAYS)
  if (!after.some(isOutside)) {
    if (hasStayed(witnessedAt)) return { at: witnessedAt }
    // A fault may come after the end of the input.
    return end > witnessedAt && isLate(end) ? { after: end } : {}
  }
  let back: Nanos | undefined
  let hasLeft = false
  for (const tick of after) {
    if (back !== undefined && tick.at >= back + STAYS && hasStayed(back)) return { at: back }
    if (isOutside(tick)) {
      hasLeft = true
      back = undefined
    } else if (hasLeft) back ??= tick.at
  }
  if (back === undefined) return { after: end }
  if (hasStayed(back)) return { at: back }
  return { after: isLate(end) ? end : back }
}
