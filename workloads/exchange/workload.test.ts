import { describe, expect, it } from 'vitest'
import { poolOfPairs } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { digestsOf, poolRecords } from '../naive-oracle.ts'
import { exchange, plan } from './workload.ts'

const SECOND = 1e9
const PARTITIONS = 3

/** More than the oracle's marks are apart, so that it adds marks, walks, and goes round. */
const pool = poolOfPairs(Uint32Array.from({ length: 2 * 2_500 }, (_, at) => (at * at * 7_919) | 0))
const records = poolRecords(pool)

describe('exchange', () => {
  it('puts pairs out as they are', () => {
    const due = [{ dueAt: 0, value: [5, 4_294_967_295] }]
    const shown = interpret(planOf(plan({})), due, [SECOND])
    expect(shown.map(({ rows }) => rows)).toEqual([[[5, 4_294_967_295]]])
  })

  it.each([1, 400, 1_500])('is what the oracle says at %d a second', (share) => {
    const ticks = [SECOND, 2 * SECOND, 5 * SECOND]
    const expected = exchange.oracle().expect({
      pool,
      partitions: PARTITIONS,
      input: { rate: share * PARTITIONS, duration: 5 * SECOND },
      ticks,
    })
    let before = 0
    const wanted = ticks.map((tick) => {
      const rows = []
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const start = Math.floor((partition * records.length) / PARTITIONS)
        for (let i = before; i < (tick / SECOND) * share; i++) {
          rows.push(records[(start + i) % records.length] as [number, number])
        }
      }
      before = (tick / SECOND) * share
      return { output: 0, tick, digests: digestsOf(rows, PARTITIONS) }
    })
    expect([...expected]).toEqual(wanted)
  })
})
