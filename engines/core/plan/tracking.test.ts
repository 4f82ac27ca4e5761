import { expect, test } from 'vitest'
import { seconds } from '../units.ts'
import { trackStep } from './tracking.ts'

interface View {
  readonly pages: readonly string[]
}

/** The session of the lecture: pages of a user, until an exit or too long a silence. */
const session = {
  initialise: (_key: string, page: string): View | null => ({ pages: [page] }),
  update: (_key: string, { pages }: View, page: string): View | null =>
    page === 'exit' ? null : { pages: [...pages, page] },
}

const PERIOD = seconds(1)

/** Steps a key through periods as engines do: each `[end in seconds, events]`; the state and when it is due after each. */
function check(
  functions: Parameters<typeof trackStep>[0],
  periods: readonly (readonly [end: number, arrived: readonly unknown[]])[],
  expected: readonly (readonly [state: unknown, dueAt?: number])[],
): void {
  const step = trackStep(functions, PERIOD)
  let state: unknown
  const found = periods.map(([end, arrived]) => {
    const next = step('key', state, arrived, seconds(end))
    state = next?.state
    return next?.dueAt === undefined ? [state] : [state, next.dueAt / seconds(1)]
  })
  expect(found).toEqual(expected)
}

test('events make and change a state; null ends it, and a later event begins anew', () => {
  const state = (...pages: readonly string[]) => ({ pages })
  check(
    session,
    [
      [1, ['a']],
      [2, ['b', 'c']],
      [3, ['exit']],
      [4, ['d']],
      [5, ['exit', 'e']],
    ],
    [[state('a')], [state('a', 'b', 'c')], [undefined], [state('d')], [state('e')]],
  )
})

test('a timeout counts from the end of the period of the last event', () => {
  check(
    { ...session, timeout: seconds(30) },
    [
      [1, ['a']],
      [7, ['b']],
      // Due now, but something came.
      [37, ['c']],
      [67, []],
    ],
    [
      [{ pages: ['a'] }, 31],
      [{ pages: ['a', 'b'] }, 37],
      [{ pages: ['a', 'b', 'c'] }, 67],
      [undefined],
    ],
  )
})

test('expired gives a key one more period, and is asked again after it', () => {
  const expired = (_key: string, { pages }: View): View | null =>
    pages.at(-1) === 'over' ? null : { pages: [...pages, 'over'] }
  check(
    { ...session, timeout: seconds(3), expired },
    [
      [1, ['a']],
      [4, []],
      [5, []],
      [6, ['b']],
      [9, []],
      // An event keeps what expired.
      [10, ['c']],
    ],
    [
      [{ pages: ['a'] }, 4],
      [{ pages: ['a', 'over'] }, 5],
      [undefined],
      [{ pages: ['b'] }, 9],
      [{ pages: ['b', 'over'] }, 10],
      [{ pages: ['b', 'over', 'c'] }, 13],
    ],
  )
})

test('a key that is not kept from the first has no state', () => {
  check({ ...session, initialise: () => null }, [[1, ['a', 'b']]], [[undefined]])
})
