/**
 * A plan over records that say themselves when they happened, as a user's own data does, and such records: in no order, as
 * numbers and as texts, some long before the input and some long behind its end.
 */
import type { Duration } from '../../plan/duration.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { readStream, type Stream } from '../../plan/stream.ts'
import { milliseconds, type Nanos } from '../../units.ts'

/** Logical 0 of the records, in ms since 1970. */
export const ORIGIN_MS = 1_769_817_600_000

export interface OwnTimesParameters {
  readonly intervalMs: number
  /** Of a window, in intervals. */
  readonly length: number
  readonly lateness: Duration
}

interface Event {
  readonly key: string
  readonly at: number | string
}

/** What a process imports and calls. */
export function plan({ intervalMs, length, lateness }: OwnTimesParameters): readonly Stream[] {
  const stamped = { field: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' } as const
  const events = readStream<Event>('input:events.jsonl', `${intervalMs}ms`, { stamped })
  const slide = `${length * intervalMs}ms`
  const { windows, late } = events
    .map(([at, { key }]): [string, { at: Nanos; n: number }] => [key, { at, n: 1 }])
    .reduceByEventTime(slide, (a, b) => ({ at: Math.max(a.at, b.at), n: a.n + b.n }), {
      time: ([, { at }]) => at,
      lateness,
      slide,
    })
  const counts = windows.map(([place, { n }]): [[Nanos, string], number] => [place, n])
  return [counts.collect('windows'), late.collect('late')]
}

export function ownTimesPlan(parameters: OwnTimesParameters): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/own-times.ts',
    export: 'plan',
    parameters: { ...parameters },
  }
}

const RECORDS = 300

/** When the records happened, in logical time: from 2 s before the input's beginning on. */
export const OWN_TIMES: readonly Nanos[] = Array.from({ length: RECORDS }, (_, record) =>
  milliseconds(((record * 37) % 60) * 100 - 2_000 + (record % 9)),
)

export const OWN_TIME_LINES: readonly string[] = OWN_TIMES.map((time, record) => {
  const ms = ORIGIN_MS + time / milliseconds(1)
  const at = [ms, `${ms}`, new Date(ms).toISOString()][record % 3]
  return JSON.stringify({ key: `k${record % 4}`, at })
})
