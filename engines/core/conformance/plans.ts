/**
 * One plan for each operator, and for each way in which streams are joined: what every engine must be able to run.
 *
 * Plans are named (`conformancePlan` below), so that they run in threads too. All lengths are multiples of the interval,
 * which is a parameter: simulated runs can afford long ones, threads live in real time.
 */
import {
  contains,
  difference,
  longerThan,
  lowerCase,
  prefix,
  sum,
  withOne,
  words,
} from '../plan/functions.ts'
import type { NamedPlan } from '../plan/plan.ts'
import { type Described, type EventStream, readStream, type Stream } from '../plan/stream.ts'
import { JOINS } from './plans/joins.ts'
import { LOOPS } from './plans/loops.ts'
import { OUTPUTS } from './plans/outputs.ts'
import { STATICS } from './plans/statics.ts'
import { TRACKING } from './plans/tracking.ts'

interface PlanParameters {
  readonly name: PlanName | LoopName
  readonly intervalMs: number
}

type Lines = EventStream<string>
type Length = (intervals: number) => string

const largest = (a: number, b: number): number => Math.max(a, b)
const ones = (lines: Lines) => lines.flatMap(words).map(withOne<string>)

export const PLANS = {
  'map, plain': (lines) => lines.map((line) => line.split(' ').length),
  'map, kernels': (lines) => lines.map(lowerCase).map(prefix(5)),
  'filter, plain': (lines) => lines.filter((line) => line.includes('river')),
  'filter, kernels': (lines) => lines.filter(contains('river')).filter(longerThan(12)),
  'flatMap, plain': (lines) => lines.flatMap((line) => line.split(' ')),
  'flatMap, kernels': (lines) => lines.flatMap(words),
  keyBy: (lines) => lines.keyBy((line) => line.length % 3),
  exchange: (lines) => ones(lines).exchange(),
  'exchange of windows, and a reduce of it': (lines, length) => {
    const moved = ones(lines).window(length(2), length(2)).exchange()
    return [moved.map(([word]) => word).collect('words'), moved.reduceByKey(sum).collect('sums')]
  },
  'reduceByKey, sum': (lines) => ones(lines).reduceByKey(sum),
  'reduceByKey, plain': (lines) =>
    lines.map((line) => [[line.length % 5], line] as const).reduceByKey((a, b) => (a < b ? a : b)),
  'runningReduce, sum': (lines) => ones(lines).runningReduce(sum),
  'runningReduce, plain': (lines) =>
    lines.map((line) => [line[0], line.length] as const).runningReduce(largest),
  'window, tumbling': (lines, length) => lines.window(length(2), length(2)),
  'window, sliding': (lines, length) => lines.window(length(3), length(1)),
  'window, then reduceByKey': (lines, length) =>
    ones(lines).window(length(3), length(2)).reduceByKey(sum),
  'reduceByWindow, re-added': (lines, length) =>
    ones(lines).reduceByWindow(length(3), sum, { slide: length(2) }),
  'reduceByWindow, inverse': (lines, length) =>
    ones(lines).reduceByWindow(length(3), sum, { slide: length(2), inverse: difference }),
  'reduceByWindow, inverse, each interval': (lines, length) =>
    ones(lines).reduceByWindow(length(4), sum, difference),
  'reduceByWindow, largest': (lines, length) =>
    lines.map((line) => [line[0], line.length] as const).reduceByWindow(length(2), largest),
  countByWindow: (lines, length) =>
    lines.filter(contains('river')).countByWindow(length(3), { slide: length(1) }),
  'topK of a running table': (lines) => ones(lines).runningReduce(sum).topK(2),
  'topK of windows': (lines, length) =>
    ones(lines).reduceByWindow(length(2), sum, difference).topK(3),
  'changes of a running table': (lines) =>
    ones(lines)
      .runningReduce(sum)
      .changes()
      .map(([word, count]) => [word.length, count ?? 0] as const)
      .runningReduce(largest),
  'changes of windows, rows that left': (lines, length) =>
    ones(lines)
      .reduceByWindow(length(2), sum, { slide: length(1), inverse: difference })
      .changes()
      .map(([word, count]) => [count === undefined ? 'left' : 'stays', word.length] as const)
      .reduceByKey(sum),
  'changes of ranks': (lines) =>
    ones(lines)
      .runningReduce(sum)
      .topK(2)
      .changes()
      .map(([rank]) => [rank, 1] as const)
      .runningReduce(sum),
  'a stream collected twice': (lines) =>
    ones(lines).reduceByKey(sum).collect('rows').collect('rows again'),
  'two outputs': (lines, length) => {
    const counts = ones(lines).runningReduce(sum).collect('counts')
    return [counts.topK(2).collect('top'), lines.window(length(2), length(1)).collect('lines')]
  },
  'a stream used twice': (lines) => {
    const found = lines.flatMap(words).filter(longerThan(3))
    return [found.map(withOne<string>).runningReduce(sum), found.map(prefix(2))]
  },
  'a union of two branches': (lines) =>
    lines
      .filter(contains('river'))
      .union(lines.flatMap(words))
      .map(withOne<string>)
      .runningReduce(sum),
  'a union of two periods': (lines, length) =>
    ones(lines)
      .reduceByWindow(length(2), sum, { slide: length(2) })
      .changes()
      .map(([word, count]): [string, number] => [word, count ?? 0])
      .union(ones(lines).reduceByKey(sum)),
  // Due every interval, although neither feed emits at intervals 1 and 5.
  'an output of two periods': (lines, length) =>
    lines.window(length(2), length(2)).union(lines.window(length(3), length(3))),
  // The one feed is computed from the other, over a shuffle.
  'an output of pairs and their sums': (lines) => ones(lines).union(ones(lines).reduceByKey(sum)),
  'an output of a stream and what is computed from it': (lines, length) => {
    const counts = ones(lines).reduceByKey(sum)
    const changes = counts
      .reduceByWindow(length(2), sum, { slide: length(1), inverse: difference })
      .changes()
      .map(([word, count]): [string, number] => [word, count ?? 0])
    return counts.union(changes)
  },
  // One partition feeds it, and all.
  'an output of ranks and counts': (lines) => {
    const counts = ones(lines).reduceByKey(sum)
    const ranks = counts
      .runningReduce(sum)
      .topK(2)
      .changes()
      .map(([rank, row]): [string, number] => [row?.[0] ?? 'nobody', rank])
    return counts.union(ranks)
  },
  ...JOINS,
  ...STATICS,
  ...TRACKING,
  ...OUTPUTS,
} satisfies Record<string, (lines: Lines, length: Length) => Stream | readonly Stream[]>

export type PlanName = keyof typeof PLANS

export type LoopName = keyof typeof LOOPS

/** Plans with loops: not every engine has them. */
export const LOOP_NAMES = Object.keys(LOOPS) as readonly LoopName[]

export const PLAN_NAMES = Object.keys(PLANS) as readonly PlanName[]

/** Plans with `evolve` that are tried in every cut, and are among `everything`; others try it once more. */
const EVOLVING: ReadonlySet<string> = new Set([
  'track, a timeout of two intervals, and exits',
  'a table whose rows leave, joined with events',
  'windows by event time, and what was late',
] satisfies (keyof typeof TRACKING)[])

/** Whether it is all made of operators that other plans try in every cut. */
export function isDesugared(name: PlanName): boolean {
  return name in JOINS || name in STATICS || (name in TRACKING && !EVOLVING.has(name))
}

/** What a process imports and calls. */
export function plan({ name, intervalMs }: PlanParameters): Described {
  const lines = readStream<string>('input:lines', `${intervalMs}ms`)
  return { ...PLANS, ...LOOPS }[name](lines, (intervals) => `${intervals * intervalMs}ms`)
}

/** Plans that have outputs of their own, and those that try a word that is made of others once more. */
const ALONE: ReadonlySet<string> = new Set([
  'a stream collected twice',
  'two outputs',
  'exchange of windows, and a reduce of it',
  'groupByKey of windows',
  'groupByKey, then reduced',
  'a join with a side that is empty',
  'a join with itself',
  'a join of windows',
  'a join of a stream and its reduce',
  'a join that is joined',
  'distinct pairs, counted',
  'distinct of windows',
  'transform',
  ...Object.keys(OUTPUTS),
  ...Object.keys(TRACKING).filter((name) => !EVOLVING.has(name)),
  // The first of them is enough: each static data is a run of its own.
  ...Object.keys(STATICS).slice(1),
])

/** Whether it is not among `everything`. */
export function isAlone(name: PlanName): boolean {
  return ALONE.has(name)
}

/** All of them over one source, each with its own outputs: the whole language in one run. */
export function everything({ intervalMs }: Pick<PlanParameters, 'intervalMs'>): Described {
  const lines = readStream<string>('input:lines', `${intervalMs}ms`)
  return PLAN_NAMES.filter((name) => !ALONE.has(name))
    .flatMap((name): Stream | readonly Stream[] =>
      PLANS[name](lines, (intervals) => `${intervals * intervalMs}ms`),
    )
    .map((stream, index) => stream.collect(`all-${index}`))
}

const MODULE = 'engines/core/conformance/plans.ts'

export function conformancePlan(
  name: PlanName | LoopName | 'everything',
  intervalMs: number,
): NamedPlan {
  return name === 'everything'
    ? { module: MODULE, export: 'everything', parameters: { intervalMs } }
    : { module: MODULE, export: 'plan', parameters: { name, intervalMs } }
}
