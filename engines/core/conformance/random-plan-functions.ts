/** What the steps of random plans (`random-plan.ts`) do to records: pure functions on small whole numbers. */
import {
  contains,
  longerThan,
  lowerCase,
  max,
  min,
  prefix,
  sum,
  whereEquals,
  withOne,
  words,
} from '../plan/functions.ts'
import { readStatic } from '../plan/static-stream.ts'
import type { EventStream, TableStream } from '../plan/stream.ts'
import type { PairChange, PairForm, Reduce, TextChange, Tracking } from './random-plan.ts'

export type Pair = [key: unknown, value: number]
export type Text = EventStream<string>
export type Pairs = EventStream<Pair>
export type Lists = EventStream<[key: unknown, value: unknown]>
export type Table = TableStream<unknown, number>

/** Sums of sums stay whole numbers that a double holds. */
const VALUE_MAX = 65_521

export function changedText(stream: Text, how: TextChange): Text {
  switch (how) {
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
  }
}

export function paired(stream: Text, form: PairForm): Pairs {
  switch (form) {
    case 'ones':
      return stream.map(withOne<unknown>)
    case 'lengths':
      return stream.map((text): Pair => [text.length, text.length])
    case 'by-first':
      return stream
        .keyBy((text) => text.slice(0, 1))
        .map(([key, text]): Pair => [[key], text.length])
  }
}

/** Of pairs whose keys may be anything: it looks at their values. */
const isSeven = whereEquals(1, 7) as unknown as (pair: Pair) => boolean

export function listed(stream: Pairs): Lists {
  return stream.keyBy(([, value]) => value % 3)
}

export function changedPairs(stream: Pairs, how: Exclude<PairChange, 'listed'>): Pairs {
  switch (how) {
    case 'odd-values':
      return stream.filter(([, value]) => value % 2 === 1)
    case 'sevens':
      return stream.filter(isSeven)
    case 'swap':
      return stream.map(([key, value]): Pair => [value, mixed(key) % 7])
    case 'halves':
      return stream.flatMap(([key, value]): Pair[] => {
        const half = Math.floor(value / 2)
        return half === 0 ? [] : [[key, half]]
      })
    case 'few-keys':
      return stream.map(([key, value]): Pair => [mixed(key) % 3, value])
    case 'strange-keys':
      return stream.map(([key, value]): Pair => [strangeOf(key), value])
  }
}

/** Numbers that are no small integers; of NaN there is more than one in memory. */
const STRANGE: readonly number[] = [
  -0,
  0.5,
  Number.NaN,
  -Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MAX_SAFE_INTEGER,
  -(2 ** 53),
  2 ** 40,
]

function strangeOf(key: unknown): number {
  return STRANGE[Math.abs(mixed(key)) % STRANGE.length]!
}

/** Tells nested values from others, and their order. */
export function mixed(value: unknown): number {
  if (typeof value === 'number') return Number.isInteger(value) ? value % VALUE_MAX : 5
  if (typeof value === 'string') return value.length
  if (!Array.isArray(value)) return 3
  return value.reduce((mix: number, each) => (31 * mix + mixed(each)) % VALUE_MAX, 7)
}

/** The changes of a table as pairs; a row that left has the value −1. */
export function present(table: Table): Pairs {
  return table
    .changes()
    .map(([key, value]): Pair => [key, value === undefined ? -1 : value % VALUE_MAX])
}

export const largest = (a: number, b: number): number => Math.max(a, b)
export const smallest = (a: number, b: number): number => Math.min(a, b)

export const REDUCES = { sum, min, max, largest, smallest } as const satisfies Record<
  Reduce,
  (a: number, b: number) => number
>

const begin = (_key: unknown, value: number): number => value % VALUE_MAX
/** Tells the order of events. */
const goOn = (_key: unknown, state: number, value: number): number => (3 * state + value) % 1_009

const beginOrNot = (_key: unknown, value: number): number | null =>
  value % 5 === 4 ? null : value % VALUE_MAX
const goOnOrLeave = (key: unknown, state: number, value: number): number | null => {
  const next = goOn(key, state, value)
  return next % 7 === 3 ? null : next
}

const quieted = (_key: unknown, state: number): number | null => (state > 9 ? state % 10 : null)

export function trackedBy(stream: Pairs, how: Tracking, timeout: string | undefined): Table {
  switch (how) {
    case 'kept':
      return stream.track(begin, goOn, timeout)
    case 'exits':
      return stream.track(beginOrNot, goOnOrLeave, timeout)
    case 'expired':
      return stream.track(beginOrNot, goOnOrLeave, timeout, { expired: quieted })
    case 'by-time':
      return stream.track(begin, goOn, timeout, { time: (value) => -value })
  }
}

/** Of words, of their lengths and of their first letters: each form of pairs finds some of its keys. */
export const staticSums = () =>
  readStatic<string>('input:kinds')
    .flatMap((line) => line.split(' '))
    .flatMap((word): [unknown, number][] => [
      [word, 1],
      [word.length, word.length],
      [[word.slice(0, 1)], word.length],
    ])
    .reduceByKey(sum)
