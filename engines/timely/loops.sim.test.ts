/** Loops that end by name, and what their errors say; in the simulated world. */
import { describe, expect, it } from 'vitest'
import { CapacityError, UserFunctionError } from '../core/errors.ts'
import { sum } from '../core/plan/functions.ts'
import { type EventStream, planOf, readStream, type Stream } from '../core/plan/stream.ts'
import { milliseconds } from '../core/units.ts'
import { configOf, run } from './trial.fixture.ts'

type Pair = [number, number]

const pairs = (): EventStream<Pair> =>
  readStream<string>('log', '500ms').map((line): Pair => [line.length, 1])

/** Never ends: each round passes on what came. */
const endless = (rounds?: number): Stream =>
  pairs().iterate(
    (looping) => {
      const next = looping.reduceByKey(sum)
      return { next, result: next.filter(() => false) }
    },
    rounds === undefined ? {} : { rounds },
  )

const errorOf = (stream: Stream, regionBytes?: number): Error | undefined => {
  const config = configOf({ workers: 1, input: { rate: 20, duration: milliseconds(500) } })
  return run(planOf(stream), config, [], regionBytes === undefined ? {} : { regionBytes }).error
}

describe('a loop', () => {
  it('that has no end is refused, with the tick', () => {
    const error = errorOf(endless())
    expect(error).toBeInstanceOf(UserFunctionError)
    expect(error?.message).toBe(
      'iterate (node 5): round 10000 in the tick that ends at 500ms. A loop ends when a round puts nothing out. Bound it with rounds, or stop passing on what has not changed.',
    )
  })

  it('that is bounded needs no end', () => {
    expect(errorOf(endless(200))).toBeUndefined()
  })

  it('that grows beyond memory says so', () => {
    const growing = pairs().iterate((looping) => {
      const next = looping.reduceByKey(sum).flatMap(([n, count]): Pair[] => [
        [2 * n, count],
        [2 * n + 1, count],
      ])
      return { next, result: next.filter(() => false) }
    })
    expect(errorOf(growing, 2 * 1024 * 1024)).toBeInstanceOf(CapacityError)
  })

  it('whose function throws says in which round', () => {
    const throwing = pairs().iterate((looping) => {
      const next = looping.reduceByKey(sum).map(([n, left]): Pair => {
        if (n === 1) throw new Error('no')
        return [1 + (n % 2) * (n - 1), left]
      })
      return { next, result: next }
    })
    // Lengths come in round 0. Even ones are 1 in round 1.
    expect(errorOf(throwing)?.message).toMatch(
      /^map \(node 4\) of the record \[1,\d+\] in round 1 of the tick that ends at 500ms: its function threw Error: no/,
    )
  })
})
