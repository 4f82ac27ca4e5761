import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { pageRank, plan } from './workload.ts'

const SECOND = 1e9
const ONE = 2 ** 30
const BASE = Math.floor((ONE * 3) / 20)
const rankOf = (given: number): number => BASE + given - Math.floor((given * 3) / 20)

/** Four a second. */
const LINKS = [
  // A ring of two that both link to a third, which links nowhere.
  ['1 2', '2 1', '1 3', '2 3'],
  // One that nobody links to; one link twice.
  ['4 5', '4 5', '4 6', '5 4'],
  ['# a', '# second', '# without', '# links'],
]

describe('page-rank', () => {
  const ticks = LINKS.map((_, second) => (second + 1) * SECOND)
  const records = LINKS.flatMap((links, second) =>
    links.map((value, part) => ({ dueAt: (second + part / 4) * SECOND, value })),
  )
  const shownFor = (rounds: number) =>
    interpret(planOf(plan({ rounds })), records, ticks).map(({ rows }) => Object.fromEntries(rows))

  it('gives a page’s rank to its links in equal parts', () => {
    const half = ONE / 2
    const third = Math.floor(ONE / 3)
    expect(shownFor(1)).toEqual([
      { 1: rankOf(half), 2: rankOf(half), 3: rankOf(ONE) },
      { 4: rankOf(ONE), 5: rankOf(2 * third), 6: rankOf(third) },
      {},
    ])
  })

  it('goes on for so many rounds, though a rank has settled', () => {
    let ring = ONE
    for (let round = 0; round < 29; round++) ring = rankOf(Math.floor(ring / 2))
    const [first] = shownFor(30)
    expect(first).toEqual({
      1: rankOf(Math.floor(ring / 2)),
      2: rankOf(Math.floor(ring / 2)),
      3: rankOf(2 * Math.floor(ring / 2)),
    })
  })

  it.each([1, 2, 20])('is what the oracle says, after %d rounds', (rounds) => {
    const shown = interpret(planOf(plan({ rounds })), records, ticks)
    const expected = pageRank.oracle({ rounds }).expect({
      pool: poolBytesOf(LINKS.flat()),
      partitions: 1,
      input: { rate: 4, duration: LINKS.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      shown.map(({ rows }) => [digestOfRows(rows)]),
    )
  })
})
