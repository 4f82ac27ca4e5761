/**
 * A plan for each word of the language, in which no record of any tick may be lost: behind the word stands a reduce over everything so
 * far. So whoever makes its state again, makes again all that the word has made since the first tick.
 */
import { parseDuration } from '../../plan/duration.ts'
import { difference, sum, withOne, words } from '../../plan/functions.ts'
import type { NamedPlan, PlanNode } from '../../plan/plan.ts'
import {
  type Described,
  type EventStream,
  type RankStream,
  readStream,
  type TableStream,
} from '../../plan/stream.ts'
import { kinds } from './statics.ts'

/** What is a word of its own; the others are parts of words. */
export type WordKind = Exclude<PlanNode['kind'], 'source' | 'loop'>

type Lines = EventStream<string>
type Length = (intervals: number) => string

const ones = (lines: Lines) => lines.flatMap(words).map(withOne<string>)
const byFirst = (lines: Lines) =>
  lines.map((line): [string, number] => [line.slice(0, 1), line.length])

/** How often each record has come since the first tick. */
const soFar = (stream: EventStream<unknown>): TableStream<unknown, number> =>
  stream.map(withOne<unknown>).runningReduce(sum)

/** Rows that left, too. */
const changed = (table: RankStream<unknown, unknown>): TableStream<unknown, number> =>
  soFar(table.changes().map(([key, value]): [unknown, unknown] => [key, value ?? 'left']))

const PLANS: Readonly<Record<WordKind, (lines: Lines, length: Length) => Described>> = {
  map: (lines) => soFar(lines.map((line) => line.length)),
  filter: (lines) => soFar(lines.filter((line) => line.includes('river'))),
  flatMap: (lines) => soFar(lines.flatMap((line) => line.split(' '))),
  keyBy: (lines) => soFar(lines.keyBy((line) => line.length % 3)),
  union: (lines) => soFar(lines.union(lines.flatMap(words))),
  stamp: (lines, length) => soFar(lines.window(length(1), length(1)).stamp()),
  changes: (lines) => changed(ones(lines).runningReduce(sum)),
  exchange: (lines) => soFar(ones(lines).exchange()),
  reduceByKey: (lines) => soFar(ones(lines).reduceByKey(sum)),
  groupByKey: (lines) => soFar(byFirst(lines).groupByKey()),
  cogroup: (lines) => soFar(byFirst(lines).cogroup(ones(lines))),
  join: (lines) => soFar(byFirst(lines).join(byFirst(lines).reduceByKey(sum))),
  tableJoin: (lines) => soFar(ones(lines).runningReduce(sum).join(ones(lines).reduceByKey(sum))),
  staticJoin: (lines) => soFar(ones(lines).join(kinds().static('kinds'))),
  distinct: (lines) => soFar(lines.distinct()),
  runningReduce: (lines) => soFar(lines),
  track: (lines, length) =>
    changed(
      ones(lines)
        .reduceByKey(sum)
        .filter(([, count]) => count % 3 === 0)
        .track(
          (_word, count) => count,
          (_word, total, count) => (count % 2 === 0 ? null : total + count),
          length(1),
        ),
    ),
  window: (lines, length) => soFar(lines.window(length(3), length(1))),
  reduceByWindow: (lines, length) => [
    changed(
      ones(lines).reduceByWindow(length(3), sum, { slide: length(1), inverse: difference }),
    ).collect('with an inverse'),
    changed(ones(lines).reduceByWindow(length(2), sum, { slide: length(2) })).collect('without'),
  ],
  eventWindow: (lines, length) => {
    const interval = parseDuration(length(1), 'an interval')
    const how = {
      time: ([, characters]: readonly [string, number]) => (characters % 6) * interval,
      lateness: length(1),
      slide: length(1),
    }
    const { windows, late } = byFirst(lines).reduceByEventTime(length(2), sum, how)
    return [soFar(windows).collect('windows'), soFar(late).collect('late')]
  },
  topK: (lines) => changed(ones(lines).runningReduce(sum).topK(2)),
  // What stands behind it is made in its last job, and read by none.
  iterate: (lines) =>
    lines
      .map((line): [number, number] => [line.length, line.length])
      .iterate((looping) => {
        const least = looping.runningReduce((a, b) => Math.min(a, b))
        const next = least
          .changes()
          .map(([key, value]): [number, number] => [Math.floor(key / 2), value ?? 0])
          .filter(([key]) => key > 0)
        return { next, result: least }
      }),
  collect: (lines) => soFar(lines).collect('counts'),
  save: (lines) => soFar(lines).save('counts'),
  foreachBatch: (lines) => soFar(lines).foreachBatch(() => undefined),
  query: (lines) => soFar(lines).query('counts').collect('rows'),
}

export const WORD_KINDS = Object.keys(PLANS) as readonly WordKind[]

interface Parameters {
  readonly word: WordKind
  readonly intervalMs: number
}

/** What a process imports and calls. */
export function plan({ word, intervalMs }: Parameters): Described {
  const lines = readStream<string>('input:lines', `${intervalMs}ms`)
  return PLANS[word](lines, (intervals) => `${intervals * intervalMs}ms`)
}

export function lineagePlan(word: WordKind, intervalMs: number): NamedPlan {
  return {
    module: 'engines/core/conformance/plans/lineage.ts',
    export: 'plan',
    parameters: { word, intervalMs },
  }
}
