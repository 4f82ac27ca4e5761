/** Plans of states that are no reduce: `track`, a table joined with events, windows by event time. */
import { parseDuration } from '../../plan/duration.ts'
import { contains, sum, withOne, words } from '../../plan/functions.ts'
import type { EventStream, Stream } from '../../plan/stream.ts'

type Lines = EventStream<string>
type Length = (intervals: number) => string

const largest = (a: number, b: number): number => Math.max(a, b)

/** How often each word has come, in the intervals in which that is a multiple of 3: keys that come and stay away. */
const sometimes = (lines: Lines) =>
  lines
    .flatMap(words)
    .map(withOne<string>)
    .runningReduce(sum)
    .changes()
    .map(([word, count]): [string, number] => [word, count ?? 0])
    .reduceByKey(largest)
    .filter(([, count]) => count % 3 === 0)

const byFirst = (lines: Lines) => lines.map((line): [string, string] => [line.slice(0, 1), line])

const counting = [
  (_word: string, count: number): number | null => count,
  (_word: string, total: number, count: number): number | null => total + count,
] as const

export const TRACKING = {
  'track without a timeout': (lines) => sometimes(lines).track(...counting),
  'track, a timeout of one interval': (lines, length) =>
    sometimes(lines).track(...counting, length(1)),
  'track, a timeout of two intervals, and exits': (lines, length) =>
    sometimes(lines).track(
      (_word, count) => count,
      (_word, total, count) => (count % 2 === 0 ? null : total + count),
      length(2),
    ),
  'track, expired and shown once more': (lines, length) =>
    sometimes(lines).track(...counting, length(1), {
      expired: (_word, total) => (total > 0 ? -total : null),
    }),
  'track, in the order of canonical bytes': (lines) =>
    byFirst(lines).track(
      (_first, line) => String(line.length),
      (_first, state, line) => `${line.length},${state}`.slice(0, 40),
    ),
  'track, in the order of a time': (lines) =>
    byFirst(lines).track(
      (_first, line) => String(line.length),
      (_first, state, line) => `${line.length},${state}`.slice(0, 40),
      undefined,
      { time: (line) => -line.length },
    ),
  'track of windows': (lines, length) =>
    sometimes(lines)
      .window(length(3), length(2))
      .track(...counting, length(2)),
  'track, then ranked': (lines, length) =>
    sometimes(lines)
      .track(...counting, length(2))
      .topK(2),
  'track, then its changes': (lines, length) =>
    sometimes(lines)
      .track(...counting, length(1))
      .changes()
      .map(([word, total]) => [total === undefined ? 'left' : 'stays', word.length] as const)
      .reduceByKey(sum),
  'a table joined with an event a key': (lines) =>
    lines
      .flatMap(words)
      .map(withOne<string>)
      .runningReduce(sum)
      .join(
        lines
          .flatMap(words)
          .distinct()
          .map((word): [string, number] => [word, word.length]),
      ),
  'a table that hardly changes, joined with events': (lines) => {
    const lengths = byFirst(lines).map(([first, line]): [string, number] => [first, line.length])
    return lengths.runningReduce(largest).join(byFirst(lines.filter(contains('bridge'))))
  },
  'a table that changes, joined with events that come again': (lines) => {
    const lengths = byFirst(lines).map(([first, line]): [string, number] => [first, line.length])
    return lengths.runningReduce(sum).join(lengths.reduceByKey(largest))
  },
  'a table whose rows leave, joined with events': (lines, length) =>
    sometimes(lines)
      .reduceByWindow(length(1), sum)
      .join(
        lines
          .flatMap(words)
          .distinct()
          .map((word): [string, number] => [word, word.length]),
      ),
  'windows by event time, and what was late': (lines, length) => {
    const interval = parseDuration(length(1), 'an interval')
    const { windows, late } = byFirst(lines)
      .map(([first, line]): [string, number] => [first, line.length])
      .reduceByEventTime(length(4), sum, {
        time: ([, characters]) => (characters % 6) * interval,
        lateness: length(1),
        slide: length(2),
      })
    return [windows, late]
  },
} satisfies Record<string, (lines: Lines, length: Length) => Stream | readonly Stream[]>
