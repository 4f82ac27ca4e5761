import { expect, test } from 'vitest'
import { seconds } from '../units.ts'
import { LASTING_KEYS, STATE_KEYS, StateKeys } from './state-keys.ts'

/** What is counted of so many keys at each second from the first on. */
function counted(
  keys: readonly number[],
  operator: { readonly lasting?: true },
  history = 0,
): Record<string, number> {
  const counters: Record<string, number> = {}
  const count = (name: string, by: number): void => {
    counters[name] = (counters[name] ?? 0) + by
  }
  const past = { duration: seconds(history), rate: 1 }
  const input = { duration: seconds(keys.length), ...(history > 0 && { history: past }) }
  const states = new StateKeys({ count }, input)
  for (const [second, each] of keys.entries()) states.held(each, seconds(second + 1), operator)
  return counters
}

const quarters = (...keys: readonly number[]) =>
  Object.fromEntries(LASTING_KEYS.map((counter, at) => [counter, keys[at]]))

test('the most that was held is counted, and zero where nothing was', () => {
  expect(counted([3, 7, 2, 7], {})).toEqual({ [STATE_KEYS]: 7 })
  expect(counted([0, 0], {})).toEqual({ [STATE_KEYS]: 0 })
})

test('what has no timeout is counted by quarters too', () => {
  const lasting = { lasting: true } as const
  expect(counted([1, 2, 9, 4, 5, 6, 7, 3], lasting)).toEqual({
    [STATE_KEYS]: 9,
    ...quarters(2, 9, 6, 7),
  })
  // Of which some may have no end of a period.
  expect(counted([4, 5], lasting)).toEqual({
    [STATE_KEYS]: 5,
    [LASTING_KEYS[1]!]: 4,
    [LASTING_KEYS[3]!]: 5,
  })
})

test('the past is in no quarter', () => {
  const lasting = { lasting: true } as const
  expect(counted([50, 60, 1, 2, 3, 4], lasting, 2)).toEqual({
    [STATE_KEYS]: 60,
    ...quarters(1, 2, 3, 4),
  })
})
