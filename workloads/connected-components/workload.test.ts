import { describe, expect, it } from 'vitest'
import { poolBytesOf, poolOfPairs } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { edgeIn } from './edge-lines.ts'
import { UnionFind } from './union-find.ts'
import { connectedComponents, plan } from './workload.ts'

const SECOND = 1e9

/** Two a second. */
const EDGES = [
  ['5 6', '8 9'],
  // One that is there, and one that leads back.
  ['6 5', '7 7'],
  // The chain of both, and from there to the least.
  ['9 5', '# a remark'],
  ['9 2', '7 0'],
  ['1 0', '2 1'],
]
const SHOWN = [
  { 5: 5, 6: 5, 8: 8, 9: 8 },
  { 7: 7 },
  { 8: 5, 9: 5 },
  { 2: 2, 5: 2, 6: 2, 8: 2, 9: 2, 0: 0, 7: 0 },
  { 1: 0, 2: 0, 5: 0, 6: 0, 8: 0, 9: 0 },
]

describe('connected components', () => {
  const ticks = EDGES.map((_, second) => (second + 1) * SECOND)
  const records = EDGES.flatMap((edges, second) =>
    edges.map((value, half) => ({ dueAt: (second + half / 2) * SECOND, value })),
  )

  it('are put out where they changed', () => {
    const shown = interpret(planOf(plan({})), records, ticks)
    expect(shown.map(({ rows }) => Object.fromEntries(rows))).toEqual(SHOWN)
    expect(shown.map(({ rows }) => rows.length)).toEqual(
      SHOWN.map((rows) => Object.keys(rows).length),
    )
  })

  it('are what the oracle says', () => {
    const shown = interpret(planOf(plan({})), records, ticks)
    const expected = connectedComponents.oracle().expect({
      pool: poolBytesOf(EDGES.flat()),
      partitions: 1,
      input: { rate: 2, duration: EDGES.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      shown.map(({ rows }) => [digestOfRows(rows)]),
    )
  })

  it('are what the oracle says of pairs', () => {
    const pairs = EDGES.flat().flatMap((line) => edgeIn(line))
    const input = { rate: 2, duration: 5 * SECOND }
    const due = pairs.map((value, at) => ({ dueAt: (at * SECOND) / 2, value }))
    const shown = interpret(planOf(plan({ format: 'u32x2' })), due, ticks)
    const pool = poolOfPairs(pairs.flat())
    const first = 4
    const expected = connectedComponents
      .oracle({ format: 'u32x2' })
      .expect({ pool, partitions: 1, input, ticks })
    // One edge less than lines: from then on the pool begins again.
    expect([...expected].slice(0, first).map(({ digests }) => digests)).toEqual(
      shown.slice(0, first).map(({ rows }) => [digestOfRows(rows)]),
    )
  })

  it('are not known of what is no edge', () => {
    const expected = connectedComponents.oracle().expect({
      pool: poolBytesOf(['3 4', '5']),
      partitions: 1,
      input: { rate: 2, duration: SECOND },
      ticks: [SECOND],
    })
    expect(() => [...expected]).toThrow('no edge: 5')
  })
})

describe('an edge', () => {
  it('is two numbers, and what stands behind them', () => {
    expect(['17 4', '17\t4', '0  12 0.5'].map(edgeIn)).toEqual([[[17, 4]], [[17, 4]], [[0, 12]]])
    expect(edgeIn('# Nodes: 5 Edges: 7')).toEqual([])
  })

  it.each(['', '17', '17 x', 'x 4', ' 17 4', '-1 4', '1.5 2', '17 4x', '9007199254740992 1'])(
    '%j is none',
    (line) => {
      expect(() => edgeIn(line)).toThrow(`no edge: ${line}`)
    },
  )
})

describe('sets that are united', () => {
  it('tell each change once, of either side', () => {
    const sets = new UnionFind()
    sets.unite(5, 6)
    sets.unite(6, 7)
    expect(new Map(sets.changes())).toEqual(
      new Map([
        [5, 5],
        [6, 5],
        [7, 5],
      ]),
    )
    // The larger side falls.
    sets.unite(7, 1)
    expect([...sets.changes()].length).toBe(4)
    expect([sets.leastOf(5), sets.leastOf(1), sets.leastOf(99)]).toEqual([1, 1, 99])
    sets.unite(5, 1)
    expect([...sets.changes()]).toEqual([])
  })
})
