/**
 * Windows over the time at which records happened, made of `evolve`.
 *
 *   [k, v] ─flatMap─▶ [[end, k], [v]] for each window ─evolve─▶ ['window', end, k, total] once, or ['late', k, n]
 *
 * A window is open until the first end of a period that is `lateness` behind its own. Which period a record belongs to is
 * said by the input's log, never by the data seen so far: so both engines, however they cut time and whatever they recover
 * from, agree on which record is late. Where the input ends (a bounded run), all event time is complete: every window that is
 * open then is put out with the last period. A stream that is only not read any further has no such end.
 */
import { copyOf } from '../tables/plain-values.ts'
import type { Nanos, TickEnd } from '../units.ts'
import type { CoreId, Rewriting } from './core-plan.ts'
import type { Step } from './dataflow.ts'
import { gather, isPair } from './gathering.ts'
import type { PlanFunction, PlanNode } from './plan.ts'

type EventWindow = Extract<PlanNode, { kind: 'eventWindow' }>

/** What it emits; `stream.ts` makes two streams of it. */
export type EventWindowRow<K, V> =
  | readonly [kind: 'window', end: Nanos, key: K, value: V]
  | readonly [kind: 'late', key: K, count: number]

export const windowRows = <K, V>(row: EventWindowRow<K, V>): [[end: Nanos, key: K], V][] =>
  row[0] === 'window' ? [[[row[1], row[2]], row[3]]] : []

export const lateRows = <K, V>(row: EventWindowRow<K, V>): [K, number][] =>
  row[0] === 'late' ? [[row[1], row[2]]] : []

/** `period` is how often it emits. */
export function eventWindow(
  rewriting: Rewriting<EventWindow>,
  input: CoreId,
  period: Nanos,
): CoreId {
  const { node } = rewriting
  const windows = rewriting.add({ kind: 'flatMap', f: windowsOf(node) }, input)
  const step = eventWindowStep(node, period)
  const atEnd = eventWindowStep({ ...node, isLast: true }, period)
  return rewriting.add({ kind: 'evolve', gather, step, gives: 'records', atEnd }, windows)
}

/** A pair once for each window that it lies in, `[end - length, end)` for multiples `end` of the slide. */
export function windowsOf({
  length,
  slide,
  time,
}: Pick<EventWindow, 'length' | 'slide' | 'time'>): PlanFunction {
  return (record: unknown): unknown[] => {
    // Left to who combines pairs, and refuses it.
    if (!isPair(record)) return [record]
    const at: unknown = time(record)
    if (!Number.isSafeInteger(at)) {
      throw new TypeError(`the time ${String(at)} is no whole number of nanoseconds`)
    }
    const [key, value] = record
    const items: unknown[] = []
    const from = (Math.floor((at as Nanos) / slide) + 1) * slide
    for (let end = from; end <= (at as Nanos) + length; end += slide) {
      items.push([[end, key], [value]])
    }
    return items
  }
}

/** The first end of a period at which a window is closed. */
function closeOf(end: Nanos, lateness: Nanos, period: Nanos): TickEnd {
  return Math.ceil((end + lateness) / period) * period
}

/** Of the windows whose time has come, or at the end of the input (`isLast`) of all that are open. */
interface Closing extends Pick<EventWindow, 'lateness' | 'merge'> {
  readonly isLast?: boolean
}

/** A state is [total]: a total may be undefined. */
export function eventWindowStep({ lateness, merge, isLast = false }: Closing, period: Nanos): Step {
  return (window, state, arrived, now) => {
    const [end, key] = window as readonly [Nanos, unknown]
    const closeAt = closeOf(end, lateness, period)
    if (closeAt < now) {
      const late = arrived.length
      return { state: undefined, out: [['late', key, late]], late }
    }
    let total = copyOf(state) as readonly [unknown] | undefined
    for (const value of arrived) total = [total === undefined ? value : merge(total[0], value)]
    if (closeAt > now && !isLast) return { state: total, dueAt: closeAt }
    return { state: undefined, out: total === undefined ? [] : [['window', end, key, total[0]]] }
  }
}
