import { describe, test } from 'vitest'
import { seconds } from '../units.ts'
import { check, cut, type TimedRecord } from './hand-made.fixture.ts'

/** Views of a session; an exit ends it. */
const initialise = (_key: unknown, event: string) => (event === 'exit' ? null : 1)
const update = (_key: unknown, views: number, event: string) =>
  event === 'exit' ? null : views + 1

const sessions = { kind: 'track', input: 0, initialise, update } as const
const timedOut = { ...sessions, timeout: seconds(2) } as const

const view = (at: number, key: string): TimedRecord => [at, [key, 'view']]
const exit = (at: number, key: string): TimedRecord => [at, [key, 'exit']]

describe('states', () => {
  test('the first event makes one, later ones change it, null drops it', () => {
    const records = [view(0, 'u'), view(0.5, 'u'), view(0.6, 'v'), exit(1, 'v'), exit(1.5, 'w')]
    const expected = {
      1: [
        ['u', 2],
        ['v', 1],
      ],
      2: [['v', undefined]],
      3: [['u', 3]],
      4: [['v', 1]],
    }
    for (const parts of [1, 2, 10]) {
      check([sessions], [...records, view(2, 'u'), view(3.5, 'v')], expected, {
        ticks: cut(4, parts),
      })
    }
  })

  test('a state that is what it was is not shown', () => {
    const largest = {
      kind: 'track',
      input: 0,
      initialise: (_key: unknown, event: number) => [event],
      update: (_key: unknown, [state]: [number], event: number) => [Math.max(state, event)],
    } as const
    const records: readonly TimedRecord[] = [
      [0, ['a', 3]],
      [1, ['a', 2]],
      [2, ['a', 5]],
    ]
    check([largest], records, { 1: [['a', [3]]], 2: [], 3: [['a', [5]]], 4: [], 5: [] })
  })

  test('a key that was dropped begins anew, in the same period too', () => {
    // In canonical order, exits are before views.
    const records = [view(0, 'u'), view(0.5, 'u'), view(1, 'u'), exit(1.5, 'u'), exit(2.5, 'u')]
    check([sessions], records, {
      1: [['u', 2]],
      2: [['u', 1]],
      3: [['u', undefined]],
      4: [],
      5: [],
    })
  })
})

describe('the order of events in a period', () => {
  const texts = {
    kind: 'track',
    input: 0,
    initialise: (_key: unknown, [, text]: [number, string]) => text,
    update: (_key: unknown, state: string, [, text]: [number, string]) => state + text,
  } as const
  const records: readonly TimedRecord[] = [
    [0, ['k', [2, 'b']]],
    [0.1, ['k', [256, 'c']]],
    [0.2, ['k', [1, 'a']]],
    [0.3, ['k', [2, 'B']]],
    // An earlier time in a later period: what is done is done.
    [1, ['k', [0, 'd']]],
  ]

  test('is that of the canonical encoding', () => {
    const expected = { 1: [['k', 'caBb']], 2: [['k', 'caBbd']] }
    for (const parts of [1, 10]) check([texts], records, expected, { ticks: cut(2, parts) })
  })

  test('is that of the time, if there is one, ties by the encoding', () => {
    const timed = { ...texts, time: ([time]: [number, string]) => time } as const
    const expected = { 1: [['k', 'aBbc']], 2: [['k', 'aBbcd']] }
    for (const parts of [1, 10]) check([timed], records, expected, { ticks: cut(2, parts) })
  })
})

describe('a timeout', () => {
  test('is counted from the end of the period of the last event', () => {
    const records = [view(0, 'u'), view(0.9, 'v'), view(1, 'v')]
    const expected = {
      1: [
        ['u', 1],
        ['v', 1],
      ],
      2: [['v', 2]],
      3: [['u', undefined]],
      4: [['v', undefined]],
      5: [],
    }
    for (const parts of [1, 4]) check([timedOut], records, expected, { ticks: cut(5, parts) })
  })

  test('a key with an event in the period at whose end it is due lives', () => {
    check([timedOut], [view(0, 'u'), view(2.9, 'u')], {
      1: [['u', 1]],
      2: [],
      3: [['u', 2]],
      4: [],
      5: [['u', undefined]],
    })
  })

  test('a key that left is not due again, one that came back is', () => {
    const records = [view(0, 'u'), exit(1, 'u'), view(2, 'u')]
    check(
      [timedOut],
      records,
      {
        1: [['u', 1]],
        2: [['u', undefined]],
        3: [['u', 1]],
        4: [],
        5: [['u', undefined]],
        6: [],
      },
      { ticks: cut(6, 1) },
    )
  })
})

describe('expired', () => {
  /** A state that is negative was given by it. */
  const closing = {
    ...timedOut,
    expired: (key: string, views: number) => (key === 'forgotten' || views < 0 ? null : -views),
  } as const

  test('gives a state for one more period, and is asked again', () => {
    const records = [view(0, 'u'), view(0.5, 'u'), view(0.5, 'forgotten')]
    check([closing], records, {
      1: [
        ['u', 2],
        ['forgotten', 1],
      ],
      2: [],
      3: [
        ['u', -2],
        ['forgotten', undefined],
      ],
      4: [['u', undefined]],
      5: [],
    })
  })

  test('as long as it gives one, the key stays', () => {
    const counting = { ...timedOut, expired: (_key: string, views: number) => views + 10 } as const
    check([counting], [view(0, 'u')], {
      1: [['u', 1]],
      2: [],
      3: [['u', 11]],
      4: [['u', 21]],
      5: [['u', 31]],
    })
  })

  test('an event in that period goes on from its state, with a timeout as ever', () => {
    const records = [view(0, 'u'), view(0.5, 'u'), view(3.5, 'u')]
    check(
      [closing],
      records,
      {
        1: [['u', 2]],
        2: [],
        3: [['u', -2]],
        4: [['u', -1]],
        5: [],
        6: [['u', undefined]],
      },
      { ticks: cut(6, 1) },
    )
  })
})
