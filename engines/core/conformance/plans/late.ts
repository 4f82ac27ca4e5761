/**
 * Plans over an input that is out of order: their source is stamped, and what they put out depends on when records happened.
 * Named for themselves (`latePlan`), since they say something only of an input with disorder (`late.ts` beside this folder).
 */
import { type Duration, parseDuration } from '../../plan/duration.ts'
import { contains, sum, withOne } from '../../plan/functions.ts'
import type { NamedPlan } from '../../plan/plan.ts'
import { type Described, type EventStream, readStream, type Stream } from '../../plan/stream.ts'
import type { Nanos } from '../../units.ts'

export interface LateParameters {
  readonly name: LatePlanName
  readonly intervalMs: number
  readonly lateness: Duration
}

type Stamped = EventStream<[at: Nanos, line: string]>

interface Lengths {
  /** So many intervals. */
  readonly length: (intervals: number) => Duration
  readonly lateness: Duration
}

/** Lines that happened, and when the last of them did. */
type Seen = readonly [at: Nanos, lines: number]

const seen = ([a, n]: Seen, [b, m]: Seen): Seen => [Math.max(a, b), n + m]
const time = ([, [at]]: readonly [unknown, Seen]): Nanos => at

const byFirst = (lines: Stamped) =>
  lines.map(([at, line]): [string, Seen] => [line.slice(0, 1), [at, 1]])

export const LATE = {
  'stamped records, as they come': (lines) => lines,
  // As text, it would be the lines that are counted.
  'stamped records, and functions that have kernels': (lines) =>
    lines.map(withOne<unknown>).runningReduce(sum),
  'windows, tumbling': (lines, { length, lateness }) => {
    const how = { time, lateness, slide: length(2) }
    const { windows, late } = byFirst(lines).reduceByEventTime(length(2), seen, how)
    return [windows, late]
  },
  'windows, sliding, by parts of an interval': (lines, { length, lateness }) => {
    const how = { time, lateness, slide: length(0.5) }
    const { windows, late } = byFirst(lines).reduceByEventTime(length(1.5), seen, how)
    return [windows, late]
  },
  'late records, added up': (lines, { length, lateness }) => {
    const how = { time, lateness, slide: length(1) }
    return byFirst(lines).reduceByEventTime(length(1), seen, how).late.runningReduce(sum)
  },
  'windows of what a window holds': (lines, { length, lateness }) => {
    const how = { time, lateness, slide: length(2) }
    const held = byFirst(lines).window(length(3), length(2))
    const { windows, late } = held.reduceByEventTime(length(2), seen, how)
    return [
      windows.map(([[, first], [, n]]): [string, number] => [first, n]).reduceByKey(sum),
      late,
    ]
  },
  // No slack: what comes late corrects what was put out.
  'counts by event time, corrected': (lines, { length }) => {
    const interval = parseDuration(length(1), 'an interval')
    return lines
      .map(([at, line]): [[Nanos, string], number] => {
        return [[(Math.floor(at / interval) + 1) * interval, line.slice(0, 1)], 1]
      })
      .runningReduce(sum)
  },
  'tracked in the order in which they happened': (lines) =>
    byFirst(lines).track(
      (_first, [at]): Seen => [at, 0],
      (_first, [last, behind]: Seen, [at]): Seen => [at, at < last ? behind + 1 : behind],
      undefined,
      { time: ([at]) => at },
    ),
  'stamped records, and the same without stamps': (lines) => {
    const unstamped = readStream<string>('input:lines', `${lines.period}ns`)
    const rivers = unstamped.filter(contains('river')).map((line): [string, number] => {
      return [line.slice(0, 1), line.length]
    })
    return byFirst(lines).cogroup(rivers)
  },
} satisfies Record<string, (lines: Stamped, lengths: Lengths) => Stream | readonly Stream[]>

export type LatePlanName = keyof typeof LATE

export const LATE_PLAN_NAMES = Object.keys(LATE) as readonly LatePlanName[]

/** What a process imports and calls. */
export function plan({ name, intervalMs, lateness }: LateParameters): Described {
  const length = (intervals: number): Duration => `${intervals * intervalMs}ms`
  const lines = readStream<string>('input:lines', length(1), { stamped: true })
  return LATE[name](lines, { length, lateness })
}

export function latePlan(parameters: LateParameters): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/late.ts',
    export: 'plan',
    parameters: { ...parameters },
  }
}
