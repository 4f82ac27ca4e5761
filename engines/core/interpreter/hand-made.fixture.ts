/** Plans written as data, records with instants in seconds, rows written by hand: for this folder's tests. */
import { expect } from 'vitest'
import type { PlanNode } from '../plan/plan.ts'
import { seconds } from '../units.ts'
import { interpret } from './interpret.ts'
import type { Statics } from './statics.ts'

type Unnumbered<N = PlanNode> = N extends PlanNode ? Omit<N, 'id'> : never

export type TimedRecord = readonly [at: number, record: unknown]

/** Rows by the end of their tick in seconds, in any order; ticks with none as well. */
export type ExpectedRows = Readonly<Record<string, readonly (readonly unknown[])[]>>

interface HandMade {
  readonly ticks?: readonly number[]
  readonly statics?: Statics
  /** Where the input ends, if it does. */
  readonly endsAt?: number
}

/**
 * Interprets a plan: the source, whose interval is a second and whose id is 0, then `nodes`, numbered from 1, then an
 * output of the last of them.
 */
export function check(
  nodes: readonly Unnumbered[],
  records: readonly TimedRecord[],
  expected: ExpectedRows,
  options: HandMade = {},
): void {
  const { ticks = [1, 2, 3, 4, 5], statics, endsAt } = options
  const source = { kind: 'source', url: 'file:records', interval: seconds(1) } as const
  const output = { kind: 'collect', input: nodes.length, name: 'rows' } as const
  const numbered = [source, ...nodes, output].map((node, id) => ({ id, ...node }) as PlanNode)
  const due = records.map(([at, value]) => ({ dueAt: seconds(at), value }))
  const end = endsAt === undefined ? undefined : seconds(endsAt)
  const found = interpret({ nodes: numbered }, due, ticks.map(seconds), statics, end)
  const byTick = found.map(({ tick, rows }) => [String(tick / seconds(1)), rows] as const)
  expect(sortedRows(Object.fromEntries(byTick))).toEqual(sortedRows(expected))
}

/** The ends of `count` seconds, and of what they are cut into. */
export function cut(count: number, parts: number): number[] {
  return Array.from({ length: count * parts }, (_, index) => (index + 1) / parts)
}

function sortedRows(rows: ExpectedRows): ExpectedRows {
  const ticks = Object.entries(rows).map(([tick, found]) => [tick, found.toSorted(byText)] as const)
  return Object.fromEntries(ticks)
}

function byText(a: unknown, b: unknown): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
  return x < y ? -1 : Number(x > y)
}
