import { describe, expect, it } from 'vitest'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { NodeKeys } from '../oracle-graphs.ts'
import { plan } from './workload.ts'

const SECOND = 1e9

describe('the barrier', () => {
  it('sends each token around, in each interval that has a record', () => {
    const records = [0, 0.5, 2].map((second) => ({ dueAt: second * SECOND, value: 'x' }))
    const ticks = [1, 2, 3].map((second) => second * SECOND)
    const parameters = { rounds: 7, tokens: 3 }
    const tokens = new Map([
      [0, 7],
      [1, 7],
      [2, 7],
    ])
    const shown = interpret(planOf(plan(parameters)), records, ticks)
    expect(shown.map(({ rows }) => rows.length)).toEqual([3, 0, 3])
    expect(shown.map(({ rows }) => new Map(rows))).toEqual([tokens, new Map(), tokens])
  })

  // The bench has no more of them: each worker is to have a part in a round.
  it('has its first two tokens in either of two partitions', () => {
    const keys = new NodeKeys(2)
    expect(keys.of(0).partition).not.toBe(keys.of(1).partition)
  })
})
