import { expect, test } from 'vitest'
import { seconds } from '../units.ts'
import { eventWindowStep, windowsOf } from './event-time.ts'
import { sum } from './functions.ts'

const PERIOD = seconds(1)

/** The ends of the windows that a time lies in, in seconds. */
function ends(at: number, length: number, slide: number): unknown[] {
  const time = () => seconds(at)
  const items = windowsOf({ length: seconds(length), slide: seconds(slide), time })(['k', 7])
  for (const [, values] of items) expect(values).toEqual([7])
  return items.map(([[end]]: [[number]]) => end / seconds(1))
}

test.each([
  // A window has its beginning, and not its end.
  [0, 2, 2, [2]],
  [1.999, 2, 2, [2]],
  [2, 2, 2, [4]],
  [2.5, 3, 1, [3, 4, 5]],
  [3, 3, 1, [4, 5, 6]],
  [2.5, 3, 2, [4]],
  [1.5, 3, 2, [2, 4]],
  [-0.5, 1, 1, [0]],
] as const)('the windows of %d s, of %d s each %d s, end at %j', (at, length, slide, expected) => {
  expect(ends(at, length, slide)).toEqual(expected)
})

test('a time is a whole number; what is no pair is left to who combines pairs', () => {
  const windows = windowsOf({ length: 2, slide: 2, time: ([, at]) => at })
  expect(() => windows(['k', 1.5])).toThrow('the time 1.5 is no whole number of nanoseconds')
  expect(() => windows(['k', undefined])).toThrow('the time undefined is no')
  expect(windows('text')).toEqual(['text'])
})

/** Steps the window of key k that ends at 2 s through periods: each `[end in seconds, values]`. */
function check(
  lateness: number,
  periods: readonly (readonly [end: number, arrived: readonly unknown[]])[],
  expected: readonly unknown[],
): void {
  const step = eventWindowStep({ lateness: seconds(lateness), merge: sum }, PERIOD)
  let state: unknown
  const found = periods.map(([end, arrived]) => {
    const next = step([seconds(2), 'k'], state, arrived, seconds(end))
    state = next?.state
    return next?.out ?? (next?.dueAt === undefined ? undefined : next.dueAt / seconds(1))
  })
  expect(found).toEqual(expected)
}

const window = (total: number) => [['window', seconds(2), 'k', total]]
const late = (count: number) => [['late', 'k', count]]

test('a window is emitted once, when its slack is over; what comes then is counted', () => {
  const periods = [
    [1, [1, 2]],
    [2, [3]],
    [3, [4]],
    [4, [5, 6]],
    [7, [8]],
  ] as const
  check(1, periods, [3, 3, window(10), late(2), late(1)])
  check(0, periods, [2, window(6), late(1), late(2), late(1)])
  // The first end of a period that is as far behind.
  check(0.5, periods, [3, 3, window(10), late(2), late(1)])
})

test('where the input ends a window is put out before its time; what is late stays late', () => {
  const atEnd = eventWindowStep({ lateness: seconds(5), merge: sum, isLast: true }, PERIOD)
  const open = [seconds(2), 'k']
  expect(atEnd(open, [4], [1, 2], seconds(3))).toEqual({ state: undefined, out: window(7) })
  expect(atEnd(open, [4], [], seconds(3))).toEqual({ state: undefined, out: window(4) })
  expect(atEnd(open, undefined, [1, 2], seconds(8))).toEqual({
    state: undefined,
    out: late(2),
    late: 2,
  })
})

test('late records are told as many as they are', () => {
  const step = eventWindowStep({ lateness: 0, merge: sum }, PERIOD)
  expect(step([seconds(2), 'k'], undefined, [5, 6, 7], seconds(3))?.late).toBe(3)
  expect(step([seconds(2), 'k'], undefined, [5, 6, 7], seconds(2))?.late).toBeUndefined()
})

test('a window that nothing comes for any more is due', () => {
  check(
    2,
    [
      [1, [1]],
      [4, []],
    ],
    [4, window(1)],
  )
})
