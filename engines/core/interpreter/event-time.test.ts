import { test } from 'vitest'
import { seconds } from '../units.ts'
import { check, cut, type TimedRecord } from './hand-made.fixture.ts'

/** Values are event times, in seconds; a window keeps the largest. */
function windows(length: number, slide: number, lateness: number) {
  return {
    kind: 'eventWindow',
    input: 0,
    length: seconds(length),
    slide: seconds(slide),
    lateness: seconds(lateness),
    merge: (a: number, b: number) => Math.max(a, b),
    time: ([, value]: [string, number]) => seconds(value),
  } as const
}

const window = (end: number, key: string, value: number) => [
  ['window', seconds(end), key, value],
  1,
]
const late = (key: string, count: number) => [['late', key, count], 1]

test('a window is put out when its slack is over; what comes then is late', () => {
  const records: readonly TimedRecord[] = [
    [0.1, ['a', 0.1]],
    [1.5, ['a', 1.5]],
    [1.6, ['b', 1.6]],
    // Out of order, within the slack.
    [2.5, ['a', 1.9]],
    [2.6, ['a', 2.6]],
    [3.2, ['a', 0.5]],
    [3.3, ['b', 1]],
    [3.4, ['a', 0.7]],
  ]
  const expected = {
    1: [],
    2: [],
    3: [window(2, 'a', 1.9), window(2, 'b', 1.6)],
    4: [late('a', 2), late('b', 1)],
    5: [window(4, 'a', 2.6)],
  }
  for (const parts of [1, 2, 10]) {
    check([windows(2, 2, 1)], records, expected, { ticks: cut(5, parts) })
  }
})

test('without a slack, all is late that comes behind the end of its window', () => {
  const records: readonly TimedRecord[] = [
    [0.5, ['a', 0.5]],
    [1.9, ['a', 1]],
    [2, ['a', 1.9]],
    [2.1, ['a', 2]],
  ]
  check([windows(2, 2, 0)], records, {
    1: [],
    2: [window(2, 'a', 1)],
    3: [late('a', 1)],
    4: [window(4, 'a', 2)],
    5: [],
  })
})

test('a slack that is no multiple of the period lasts to the end of one', () => {
  const records: readonly TimedRecord[] = [
    [0, ['a', 0]],
    [2.4, ['a', 1]],
    [3, ['a', 1.5]],
  ]
  check([windows(2, 2, 0.5)], records, {
    1: [],
    2: [],
    3: [window(2, 'a', 1)],
    4: [late('a', 1)],
    5: [],
  })
})

test('a record is in every window that slides over it, and late for each that was closed', () => {
  const records: readonly TimedRecord[] = [
    [0.5, ['a', 0.5]],
    // Late for the window that ends at 1, in time for that which ends at 2.
    [1.2, ['a', 0.8]],
    [2.1, ['a', 0.2]],
  ]
  check([windows(2, 1, 0)], records, {
    1: [window(1, 'a', 0.5)],
    2: [window(2, 'a', 0.8), late('a', 1)],
    3: [late('a', 1), late('a', 1)],
    4: [],
    5: [],
  })
})

test('a window holds the times from its beginning on, up to its end', () => {
  const records: readonly TimedRecord[] = [
    [0, ['a', 1]],
    [0, ['b', 0.999]],
    // From the future: waits.
    [0, ['c', 3.5]],
  ]
  check([windows(1, 1, 0)], records, {
    1: [window(1, 'b', 0.999)],
    2: [window(2, 'a', 1)],
    3: [],
    4: [window(4, 'c', 3.5)],
    5: [],
  })
})

test('where the input ends, all windows are put out that are open', () => {
  const records: readonly TimedRecord[] = [
    [0.5, ['a', 0.5]],
    [3.1, ['a', 3.1]],
    // From the future.
    [3.2, ['b', 9.5]],
    // Late, in the last period as before.
    [4.3, ['a', 0.2]],
    [4.4, ['b', 3.4]],
  ]
  const expected = {
    1: [],
    2: [],
    3: [window(2, 'a', 0.5)],
    4: [],
    5: [window(4, 'a', 3.1), window(4, 'b', 3.4), window(10, 'b', 9.5), late('a', 1)],
  }
  check([windows(2, 2, 1)], records, expected, { endsAt: 5 })
  check([windows(2, 2, 1)], records, { ...expected, 5: expected[5].filter(isDue) })
  check([windows(2, 2, 1)], records, { ...expected, 5: expected[5].filter(isDue) }, { endsAt: 6 })
})

/** Whether a row is put out though nothing ends. */
const isDue = ([row]: readonly unknown[]): boolean => (row as readonly unknown[])[1] !== seconds(10)

test('periods are those of the stream', () => {
  const held = { kind: 'window', input: 0, length: seconds(2), slide: seconds(2) } as const
  const records: readonly TimedRecord[] = [
    [0.5, ['a', 0.5]],
    [2.5, ['a', 0.7]],
  ]
  check([held, { ...windows(1, 1, 0), input: 1 }], records, {
    2: [window(1, 'a', 0.5)],
    4: [late('a', 1)],
  })
})
