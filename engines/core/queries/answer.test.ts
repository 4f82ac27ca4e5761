import { expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { type AnswerPart, Answers } from './answer.ts'
import type { Query } from './query.ts'

const TICK = milliseconds(100)

const query: Query = { of: 'counts', want: 'rows', at: TICK }

const part = (tick: number, partition: number, more: Partial<AnswerPart> = {}): AnswerPart => ({
  query: 0,
  turn: 0,
  tick,
  versions: 1,
  partition,
  partitions: 2,
  count: 1,
  rows: [[`${partition} at ${tick}`, 1]],
  at: tick + partition,
  ...more,
})

it('is whole when all partitions have said what they have, at one tick', () => {
  const answers = new Answers([query])
  expect(answers.missing(TICK)).toBe(0)
  expect(answers.missing(TICK + 1)).toBe(1)
  answers.add(part(TICK, 1))
  answers.add(part(2 * TICK, 0))
  expect(answers.all).toEqual([])
  answers.add(part(2 * TICK, 1))
  const rows = [
    [`0 at ${2 * TICK}`, 1],
    [`1 at ${2 * TICK}`, 1],
  ]
  const whole = {
    query: 0,
    askedAt: TICK,
    answeredAt: 2 * TICK + 1,
    tick: 2 * TICK,
    count: 2,
    rows,
  }
  expect(answers.all).toEqual([whole])
  expect(answers.missing(TICK + 1)).toBe(0)
  // What comes of it later is no other answer.
  answers.add(part(TICK, 0))
  expect(answers.all).toHaveLength(1)
})

it('of a slice has each version once', () => {
  const slice = { from: TICK, to: 2 * TICK }
  const seen: number[] = []
  const answers = new Answers([{ ...query, slice }], ({ tick }) => seen.push(tick))
  for (const again of [1, 2]) {
    for (const tick of [2 * TICK, TICK]) {
      expect(answers.missing(TICK + 1)).toBe(again === 1 ? 1 : 0)
      for (const partition of [0, 1]) answers.add(part(tick, partition, { versions: 2 }))
    }
  }
  expect(seen).toEqual([2 * TICK, TICK])
})

it('of a top has the greatest rows of all partitions, ties by keys', () => {
  const answers = new Answers([{ ...query, want: { top: 3 } }])
  const rows = (...values: readonly (readonly [string, number])[]) => ({ rows: values, count: 9 })
  answers.add(part(TICK, 0, rows(['b', 5], ['a', 2])))
  answers.add(part(TICK, 1, rows(['a', 5], ['c', 7])))
  expect(answers.all[0]).toMatchObject({
    count: 18,
    rows: [
      ['c', 7],
      ['a', 5],
      ['b', 5],
    ],
  })
})

it('is counted for each time of asking', () => {
  const answers = new Answers([{ ...query, every: TICK }])
  expect(answers.missing(4 * TICK)).toBe(3)
  answers.add(part(TICK, 0, { turn: 1, partitions: 1 }))
  expect(answers.all[0]?.askedAt).toBe(2 * TICK)
  expect(answers.missing(4 * TICK)).toBe(2)
})
