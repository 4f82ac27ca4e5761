/**
 * Dataflows with an `evolve`, cut from plans in which a reduce stands for it, and what they must commit: for tests of engines,
 * beside any word of the language that is made of it.
 */
import { expect } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { dueRecords } from '../conformance/truth.ts'
import { poolBytesOf } from '../input/pool.ts'
import { type Digest, DigestSum, digestOfRows } from '../output/digest.ts'
import type { Dataflow, DataflowOperator, Step } from '../plan/dataflow.ts'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { sum, words } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import type { RunConfig } from '../run-config.ts'
import type { RunRecord, Trial } from '../system.ts'
import { milliseconds, seconds, type TickEnd } from '../units.ts'

/** The states; the records; the records, counted by key behind another exchange; the states' ranks. */
export const EVOLVED = ['table', 'records', 'counted', 'ranks'] as const
export type Evolved = (typeof EVOLVED)[number]

const PERIOD = milliseconds(500)

/** Sixty words or so, each in some periods and not in others, and of several lengths. */
const word = (n: number): string => `${'x'.repeat((n % 61) % 5)}${n % 61}`

const LINES = Array.from({ length: 97 }, (_, n) =>
  [word(n * 17), word(n * 29), word(n * 17)].join(' '),
)

interface Session {
  readonly count: number
  readonly first: number
  readonly quiet: boolean
}

/** A session is over when nothing comes for one or two periods, and another one; or when much comes at once. */
const session: Step = (key, state, arrived, end) => {
  const before = state as Session | undefined
  if (arrived.length === 0) {
    if (before === undefined || before.quiet) return { state: undefined, out: [[key, 'over']] }
    return { state: { ...before, quiet: true }, dueAt: end + PERIOD, out: [[key, 'quiet']] }
  }
  if (arrived.length > 3) return { state: undefined, out: [[key, arrived]] }
  const [first] = arrived as readonly number[]
  const next: Session = {
    count: (before?.count ?? 0) + arrived.length,
    first: first!,
    quiet: false,
  }
  const patience = String(key).length % 3
  return {
    state: next,
    out: [[key, next.count]],
    ...(patience > 0 && { dueAt: end + patience * PERIOD }),
  }
}

const silent: Step = (...args) => {
  const next = session(...args)
  return next && { ...next, out: [] }
}

/** The greatest first: not the order of bytes. */
const order = (item: number): number => -item

const gather = (a: number[], b: number[]): number[] => {
  a.push(...b)
  return a
}

const keyed = () =>
  readStream<string>('log', '500ms').flatMap((line) =>
    words(line).map((word): [string, number[]] => [word, [line.length]]),
  )

const PLANS = {
  table: () => planOf(keyed().runningReduce(gather)),
  records: () => planOf(keyed().reduceByKey(gather)),
  counted: () =>
    planOf(
      keyed()
        .reduceByKey(gather)
        .map(([key]): [string, number] => [key, 1])
        .runningReduce(sum),
    ),
  ranks: () => planOf(keyed().runningReduce(gather).topK(3)),
}

export function evolvedDataflow(what: Evolved): Dataflow {
  const cut = buildDataflow(PLANS[what]())
  const givesTable = what === 'table' || what === 'ranks'
  return {
    ...cut,
    operators: cut.operators.map((operator): DataflowOperator => {
      if (operator.kind === 'source') return operator
      // The first one behind the source: what is behind that stays.
      if (operator.id > 1) return { ...operator, period: PERIOD }
      const gives = givesTable ? 'table' : 'records'
      const step = givesTable ? silent : session
      return { ...operator, period: PERIOD, kind: 'evolve', gather, step, order, gives }
    }),
    outputs: cut.outputs.map((output) => ({ ...output, period: PERIOD })),
  }
}

/** Few records, so that sessions end. */
export function evolvedTrial(config: RunConfig, faults: Trial['faults'] = []): Trial {
  const slow = { ...config, input: { ...config.input, rate: 20, duration: seconds(6) } }
  return { config: slow, pool: poolBytesOf(LINES), faults, deadline: seconds(26) }
}

type Row = readonly [key: unknown, value: unknown]

/** Fails unless each period's commits are the naive ones, and those that were made again are the same. */
export function expectEvolved(what: Evolved, trial: Trial, record: RunRecord): void {
  if (record.error) throw record.error
  expect(record.outcome).toBe('completed')
  const firsts = new Map<string, Digest>()
  const sums = new Map<TickEnd, DigestSum>()
  for (const { partition, tick, rows, lane0, lane1 } of record.commits) {
    const digest = { rows, lane0, lane1 }
    const place = `${partition}/${tick}`
    const first = firsts.get(place)
    if (first !== undefined) {
      expect(digest, `committed again: ${place}`).toEqual(first)
      continue
    }
    firsts.set(place, digest)
    const sum = sums.get(tick) ?? new DigestSum()
    sum.add(digest)
    sums.set(tick, sum)
  }
  const truth = truthOf(what, trial)
  expect([...sums.keys()].sort((a, b) => a - b)).toEqual([...truth.keys()])
  for (const [tick, rows] of truth) {
    expect(sums.get(tick)!.take(), `${what} at ${tick}`).toEqual(digestOfRows(rows))
  }
}

function truthOf(what: Evolved, trial: Trial): Map<TickEnd, readonly Row[]> {
  const records = dueRecords(trial)
  const states = new Map<string, { state: unknown; dueAt: TickEnd }>()
  const counts = new Map<string, number>()
  const truth = new Map<TickEnd, readonly Row[]>()
  let shown = new Map<unknown, unknown>()
  let over = 0
  for (let end = PERIOD; end <= trial.config.input.duration; end += PERIOD) {
    const came = new Map<string, number[]>()
    for (const { dueAt, value } of records) {
      if (dueAt < end - PERIOD || dueAt >= end) continue
      const line = String(value)
      for (const word of words(line)) came.set(word, [...(came.get(word) ?? []), line.length])
    }
    for (const [key, { dueAt }] of states) if (dueAt <= end && !came.has(key)) came.set(key, [])
    const out: Row[] = []
    for (const [key, items] of came) {
      const next = session(
        key,
        states.get(key)?.state,
        items.toSorted((a, b) => b - a),
        end,
      )
      out.push(...((next?.out ?? []) as Row[]))
      if (next?.state === undefined) states.delete(key)
      else states.set(key, { state: next.state, dueAt: next.dueAt ?? Number.POSITIVE_INFINITY })
    }
    over += out.filter(([, value]) => value === 'over').length
    for (const [key] of out) counts.set(String(key), (counts.get(String(key)) ?? 0) + 1)
    const table = tableOf(what, states, counts)
    truth.set(end, what === 'records' ? out : changes(table, shown))
    shown = table
  }
  // Else nothing of it was tried.
  expect(over).toBeGreaterThan(5)
  return truth
}

function tableOf(
  what: Evolved,
  states: ReadonlyMap<string, { readonly state: unknown }>,
  counts: ReadonlyMap<string, number>,
): Map<unknown, unknown> {
  if (what === 'counted') return new Map(counts)
  const rows = [...states].map(([key, { state }]): Row => [key, state])
  if (what !== 'ranks') return new Map(rows)
  rows.sort(([a, stateA], [b, stateB]) => {
    if (hex(stateA) !== hex(stateB)) return hex(stateA) < hex(stateB) ? 1 : -1
    return hex(a) < hex(b) ? -1 : 1
  })
  return new Map(rows.slice(0, 3).map((row, at) => [at + 1, row]))
}

const hex = (value: unknown): string => Buffer.from(encodeCanonical(value).body).toString('hex')

function changes(
  now: ReadonlyMap<unknown, unknown>,
  before: ReadonlyMap<unknown, unknown>,
): readonly Row[] {
  const rows: Row[] = []
  for (const [key, value] of now) {
    if (!before.has(key) || hex(before.get(key)) !== hex(value)) rows.push([key, value])
  }
  for (const key of before.keys()) if (!now.has(key)) rows.push([key, undefined])
  return rows
}
