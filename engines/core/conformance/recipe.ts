/**
 * A plan as plain data, so that random plans can be drawn, shrunk, printed, and rebuilt in every process by name.
 *
 *   text steps ──▶ pairs of a form ──▶ pair steps ──▶ an end (a table or none) ──▶ a tail         (and perhaps more outputs)
 *
 * Lengths of windows are in periods of what they window, so every recipe is a valid plan.
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
import { readStatic } from '../plan/static-stream.ts'
import { type EventStream, readStream, type Stream, type TableStream } from '../plan/stream.ts'
import { NANOS_PER_MILLISECOND } from '../units.ts'

/** Lengths in periods of the input; `length >= slide`. */
export interface Span {
  readonly length: number
  readonly slide: number
}

export type TextStep =
  | 'words'
  | 'split'
  | 'lower-case'
  | 'prefix'
  | 'trim'
  | 'contains'
  | 'longer-than'
  | 'not-empty'
  | 'twice'
  | 'union-words'
  | 'union-itself'
  | Span

export type PairForm = 'ones' | 'lengths' | 'by-first' | 'two-forms'

export type PairStep =
  | 'reduce-sum'
  | 'reduce-largest'
  | 'odd-values'
  | 'swap'
  | 'running-changes'
  | 'rank-changes'
  | 'union-reduced'
  | 'distinct'
  | 'grouped'
  | 'cogrouped'
  | 'joined'
  | 'tracked'
  | 'table-joined'
  | 'static-joined'
  | 'by-event-time'
  | { readonly window: Span }
  | { readonly changesOf: Span; readonly inverse: boolean }

export type End =
  | 'pairs'
  | 'reduce-sum'
  | 'running-sum'
  | 'running-smallest'
  | { readonly counted: Span }
  | { readonly reduced: Span; readonly how: 'sum' | 'inverse' | 'largest' }

export type Tail = 'none' | 'changes' | { readonly top: number }

export interface Recipe {
  readonly intervalMs: number
  readonly text: readonly TextStep[]
  readonly form: PairForm
  readonly pairs: readonly PairStep[]
  readonly end: End
  readonly tail: Tail
  /** Streams that are put out too. */
  readonly also: readonly ('text' | 'pairs' | 'end')[]
}

type Pairs = EventStream<[unknown, number]>

export function recipePlan({ recipe }: { readonly recipe: Recipe }): readonly Stream[] {
  const text = recipe.text.reduce(
    withText,
    readStream<string>('input:lines', `${recipe.intervalMs}ms`),
  )
  const pairs = recipe.pairs.reduce(
    (stream, step, place) => withPairs(stream, step, place),
    pairsOf(text, recipe.form),
  )
  const end = ended(pairs, recipe.end)
  const outputs: Stream[] = [tailed(end, recipe.tail).collect('last')]
  const also = { text, pairs, end } as const
  for (const name of new Set(recipe.also)) outputs.push(also[name].collect(name))
  return outputs
}

export function recipeNamed(recipe: Recipe): NamedPlan {
  return {
    module: 'engines/core/conformance/recipe.ts',
    export: 'recipePlan',
    parameters: { recipe },
  }
}

const ms = (stream: Stream, periods: number): string =>
  `${(stream.period / NANOS_PER_MILLISECOND) * periods}ms`

const windowed = <T>(stream: EventStream<T>, { length, slide }: Span): EventStream<T> =>
  stream.window(ms(stream, length), ms(stream, slide))

function withText(stream: EventStream<string>, step: TextStep): EventStream<string> {
  switch (step) {
    case 'words':
      return stream.flatMap(words)
    case 'split':
      return stream.flatMap((text) => text.split(' '))
    case 'lower-case':
      return stream.map(lowerCase)
    case 'prefix':
      return stream.map(prefix(2))
    case 'trim':
      return stream.map((text) => text.trim())
    case 'contains':
      return stream.filter(contains('a'))
    case 'longer-than':
      return stream.filter(longerThan(1))
    case 'not-empty':
      return stream.filter((text) => text !== '')
    case 'twice':
      return stream.flatMap((text) => [text, text])
    case 'union-words':
      return stream.union(stream.flatMap(words))
    case 'union-itself':
      return stream.union(stream.filter(contains('b')), stream)
    default:
      return windowed(stream, step)
  }
}

function pairsOf(stream: EventStream<string>, form: PairForm): Pairs {
  switch (form) {
    case 'ones':
      return stream.map(withOne<unknown>)
    case 'lengths':
      return stream.map((text): [unknown, number] => [text.length, text.length])
    case 'by-first':
      return stream
        .keyBy((text) => text.slice(0, 1))
        .map(([key, text]): [unknown, number] => [[key], text.length])
    case 'two-forms':
      return stream.map(withOne<unknown>).union(stream.map(prefix(1)).map(withOne<unknown>))
  }
}

/** `place`: that of the step in the recipe, for names. */
function withPairs(stream: Pairs, step: PairStep, place: number): Pairs {
  switch (step) {
    case 'reduce-sum':
      return stream.reduceByKey(sum)
    case 'reduce-largest':
      return stream.reduceByKey(largest)
    case 'odd-values':
      return stream.filter(([, value]) => value % 2 === 1)
    case 'swap':
      return stream.map(([key, value]): [unknown, number] => [value, JSON.stringify(key).length])
    case 'running-changes':
      return present(stream.runningReduce(sum))
    case 'rank-changes':
      return stream
        .runningReduce(sum)
        .topK(2)
        .changes()
        .map(([rank, row]): [unknown, number] => [row?.[0], rank])
    case 'union-reduced':
      return stream.union(stream.reduceByKey(sum))
    case 'distinct':
      return stream.distinct()
    case 'grouped':
      return stream.groupByKey().map(([key, values]): [unknown, number] => [key, mixed(values)])
    case 'cogrouped':
      return stream
        .cogroup(stream.filter(([, value]) => value % 2 === 1))
        .map(([key, [all, odd]]): [unknown, number] => [key, mixed([...all, -1, ...odd])])
    case 'joined':
      // One side has one record a key: a join of both as they are could have millions.
      return stream
        .join(stream.reduceByKey(largest))
        .map(([key, [value, most]]): [unknown, number] => [key, mixed([value, most])])
    case 'tracked':
      return present(stream.track(begun, continued, ms(stream, 2), { expired: quieted }))
    case 'table-joined':
      // One event a key and period, for the same reason.
      return stream
        .runningReduce(largest)
        .join(stream.reduceByKey(smallest))
        .map(([key, [most, least]]): [unknown, number] => [key, mixed([most, least])])
    case 'static-joined':
      return stream
        .join(staticSums().static(`kinds-${place}`))
        .map(([key, [value, known]]): [unknown, number] => [key, mixed([value, known])])
    case 'by-event-time':
      return inEventTime(stream)
    default:
      if ('window' in step) return windowed(stream, step.window)
      return present(reduced(stream, step.changesOf, step.inverse ? 'inverse' : 'sum'))
  }
}

function ended(stream: Pairs, end: End): Pairs | TableStream<unknown, number> {
  if (end === 'pairs') return stream
  if (end === 'reduce-sum') return stream.reduceByKey(sum)
  if (end === 'running-sum') return stream.runningReduce(sum)
  if (end === 'running-smallest') return stream.runningReduce(smallest)
  if ('reduced' in end) return reduced(stream, end.reduced, end.how)
  const { length, slide } = end.counted
  const counts = stream.countByWindow(ms(stream, length), { slide: ms(stream, slide) })
  return counts as TableStream<unknown, number>
}

function tailed(end: Pairs | TableStream<unknown, number>, tail: Tail): Stream {
  if (!('topK' in end) || tail === 'none') return end
  return tail === 'changes' ? end.changes() : end.topK(tail.top)
}

function reduced(stream: Pairs, span: Span, how: 'sum' | 'inverse' | 'largest') {
  const slide = ms(stream, span.slide)
  const options = how === 'inverse' ? { slide, inverse: difference } : { slide }
  return stream.reduceByWindow(ms(stream, span.length), how === 'largest' ? largest : sum, options)
}

/** Some are before their time, and some are late. */
function inEventTime(stream: Pairs): Pairs {
  const { period } = stream
  const { windows } = stream.reduceByEventTime(ms(stream, 3), sum, {
    time: ([, value]) => (Math.abs(value) % 12) * period,
    lateness: ms(stream, 1),
    slide: ms(stream, 2),
  })
  return windows.map(([[end, key], value]): [unknown, number] => [
    key,
    mixed([end / period, value]),
  ])
}

/** The changes of a table as pairs; a row that left has the value −1. */
function present(table: TableStream<unknown, number>): Pairs {
  return table.changes().map(([key, value]): [unknown, number] => [key, value ?? -1])
}

/** Tells values from others, and their order. */
const mixed = (values: readonly number[]): number =>
  values.reduce((mix, value) => (31 * mix + value) % 65_521, 7)

/** Of words, of their lengths and of their first letters: each form of pairs finds some of its keys. */
const staticSums = () =>
  readStatic<string>('input:kinds')
    .flatMap((line) => line.split(' '))
    .flatMap((word): [unknown, number][] => [
      [word, 1],
      [word.length, word.length],
      [[word.slice(0, 1)], word.length],
    ])
    .reduceByKey(sum)

const begun = (_key: unknown, value: number): number | null => (value % 5 === 4 ? null : value)

/** Tells the order of values. */
const continued = (_key: unknown, state: number, value: number): number | null => {
  const next = (3 * state + value) % 1_009
  return next % 7 === 3 ? null : next
}

const quieted = (_key: unknown, state: number): number | null => (state > 9 ? state % 10 : null)

const largest = (a: number, b: number): number => Math.max(a, b)
const smallest = (a: number, b: number): number => Math.min(a, b)
