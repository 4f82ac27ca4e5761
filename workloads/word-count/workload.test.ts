import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import type { GivenParameters } from '../parameters.ts'
import { wordCount } from './workload.ts'

/** One partition, one record a second: `a b`, `b  bb`, an empty line, and again. */
function check(parameters: GivenParameters, rows: readonly (readonly [string, unknown])[][]): void {
  const expected = wordCount.oracle(parameters).expect({
    pool: poolBytesOf(['a b', '\tb  bb ', '']),
    partitions: 1,
    input: { rate: 1, duration: 6e9 },
    ticks: [1e9, 2e9, 3e9, 4e9, 5e9, 6e9],
  })
  expect([...expected]).toEqual(
    rows.map((tick, index) => ({
      output: 0,
      tick: (index + 1) * 1e9,
      digests: [digestOfRows(tick)],
    })),
  )
}

describe('word-count', () => {
  it('puts out the words whose count changed', () => {
    check({}, [
      [
        ['a', 1],
        ['b', 1],
      ],
      [
        ['b', 2],
        ['bb', 1],
      ],
      [],
      [
        ['a', 2],
        ['b', 3],
      ],
      [
        ['b', 4],
        ['bb', 2],
      ],
      [],
    ])
  })

  it.each(['window', 'window-inverse'])('forgets words that left the %s', (mode) => {
    // In the second second `b` comes once and leaves once: its count does not change, and it is not put out.
    check({ mode, length: '1s' }, [
      [
        ['a', 1],
        ['b', 1],
      ],
      [
        ['a', undefined],
        ['bb', 1],
      ],
      [
        ['b', undefined],
        ['bb', undefined],
      ],
      [
        ['a', 1],
        ['b', 1],
      ],
      [
        ['a', undefined],
        ['bb', 1],
      ],
      [
        ['b', undefined],
        ['bb', undefined],
      ],
    ])
  })

  it('counts only long words, and by their first bytes, when asked to', () => {
    check({ longerThan: 1 }, [[], [['bb', 1]], [], [], [['bb', 2]], []])
    check({ prefix: 1 }, [
      [
        ['a', 1],
        ['b', 1],
      ],
      [['b', 3]],
      [],
      [
        ['a', 2],
        ['b', 4],
      ],
      [['b', 6]],
      [],
    ])
  })
})
