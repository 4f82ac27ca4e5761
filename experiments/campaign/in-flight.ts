/**
 * Which faults of a run hit work in flight: they took effect while a record was due and not visible yet. What hits an idle system
 * tests little.
 */
import { dueRecords } from '../../engines/core/conformance/truth.ts'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import type { Nanos, TickEnd } from '../../engines/core/units.ts'
import { tookEffect, witnessesOf } from '../checkers/faults.ts'

/** A record is due, and from then on it is on its way; `to`: when the commits that include it are visible. */
interface Stretch {
  readonly from: Nanos
  readonly to: Nanos
}

export function hitsInFlight(trial: Trial, record: RunRecord): number {
  const spans = effectsOf(trial.faults, record.history)
  if (spans.length === 0) return 0
  const stretches = stretchesOf(trial, record)
  const hits = spans.filter((span) =>
    stretches.some(({ from, to }) => from <= span.to && to > span.from),
  )
  return hits.length
}

/** From when to when faults took effect; those that did not are left out. */
function effectsOf(faults: FaultPlan, history: readonly HistoryEvent[]): readonly Stretch[] {
  return faults.flatMap((fault, index) => {
    if (!tookEffect(history, fault, index)) return []
    const instants = witnessesOf(history, index).map(({ at }) => at)
    return [{ from: instants[0]!, to: instants.at(-1)! }]
  })
}

/** One for each tick that has a record: its first one is on its way for longest. */
function stretchesOf(trial: Trial, { commits }: RunRecord): readonly Stretch[] {
  const visible = visibleAtOf(commits)
  const ends = [...visible.keys()].sort((a, b) => a - b)
  const start = clockStart(trial.config.input)
  const first = new Map<TickEnd, Nanos>()
  for (const { dueAt } of dueRecords(trial)) {
    const end = ends.find((each) => each > dueAt) ?? Number.POSITIVE_INFINITY
    const from = Math.max(dueAt, start)
    if (from < (first.get(end) ?? Number.POSITIVE_INFINITY)) first.set(end, from)
  }
  return [...first].map(([end, from]) => ({
    from,
    to: visible.get(end) ?? Number.POSITIVE_INFINITY,
  }))
}

/** By tick: when the last of its first commits was visible. */
function visibleAtOf(commits: RunRecord['commits']): ReadonlyMap<TickEnd, Nanos> {
  const visible = new Map<TickEnd, Nanos>()
  const made = new Set<string>()
  for (const { output, partition, tick, visibleAt } of commits) {
    const place = `${output} ${partition} ${tick}`
    if (made.has(place)) continue
    made.add(place)
    visible.set(tick, Math.max(visible.get(tick) ?? 0, visibleAt))
  }
  return visible
}
