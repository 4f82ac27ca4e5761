/**
 * Grouping and joining, made of `map`, `reduceByKey`, `runningReduce` and `evolve`.
 *
 *   groupByKey     [k, v] ─map─▶ [k, [v]] ─reduceByKey(gather)─▶ ─map─▶ [k, [v …]]
 *   cogroup, join  [k, v] ─map─▶ [k, [[v], []]] ─┬─reduceByKey(gatherBoth)─▶ ─map, or flatMap─▶
 *                  [k, w] ─map─▶ [k, [[], [w]]] ─┘
 *   distinct       x ─map─▶ [x, 1] ─runningReduce(keep)─▶ ─map─▶ x
 *   table.join     [k, row] ─stamp─▶ [k, [[T, row]]] ─┬─evolve─▶ [k, [row, event]]
 *                  [k, event] ─map─▶ [k, [[-1, event]]] ─┘
 *   static         [k, v] ─lookup─▶ [k, [v, static value]]
 */
import { UserFunctionError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import { identityOf } from '../tables/plain-values.ts'
import { sortedItems } from '../tables/sorted-items.ts'
import type { TickEnd } from '../units.ts'
import type { CoreId, Rewriting } from './core-plan.ts'
import type { StaticRows, Step } from './dataflow.ts'
import { withKernel } from './functions.ts'
import { type Both, gather, gatherBoth, isPair, keep, listed } from './gathering.ts'
import { JoinedKeys, joining } from './joined-keys.ts'
import type { PlanFunction, PlanNode } from './plan.ts'

export function groupByKey(rewriting: Rewriting, input: CoreId): CoreId {
  const pairs = rewriting.add({ kind: 'map', f: listed }, input)
  const gathered = rewriting.add({ kind: 'reduceByKey', f: gather }, pairs)
  return rewriting.add({ kind: 'map', f: sorted }, gathered)
}

const sorted = ([key, values]: readonly [unknown, readonly unknown[]]) => [key, sortedItems(values)]

export function cogroup(rewriting: Rewriting, left: CoreId, right: CoreId): CoreId {
  return rewriting.add({ kind: 'map', f: bothSorted }, gatheredBoth(rewriting, left, right))
}

const bothSorted = ([key, [left, right]]: readonly [unknown, Both]) => [
  key,
  [sortedItems(left), sortedItems(right)],
]

export function join(rewriting: Rewriting, left: CoreId, right: CoreId): CoreId {
  return rewriting.add({ kind: 'flatMap', f: crossed }, gatheredBoth(rewriting, left, right))
}

/** Each value of the left with each of the right. */
function crossed([key, [left, right]]: readonly [unknown, Both]): unknown[] {
  const pairs: unknown[] = []
  for (const one of left) for (const other of right) pairs.push([key, [one, other]])
  return pairs
}

function gatheredBoth(rewriting: Rewriting, left: CoreId, right: CoreId): CoreId {
  const keys = new JoinedKeys(rewriting)
  const ofLeft = joining(
    tagging((key, value) => [keys.left(key), [[value], []]]),
    keys,
  )
  const ofRight = joining(
    tagging((key, value) => [keys.right(key), [[], [value]]]),
    keys,
  )
  const both = rewriting.add(
    { kind: 'union' },
    rewriting.add({ kind: 'map', f: ofLeft }, left),
    rewriting.add({ kind: 'map', f: ofRight }, right),
  )
  return rewriting.add({ kind: 'reduceByKey', f: gatherBoth }, both)
}

/** A function of pairs. What is no pair is left to who combines pairs, and refuses it. */
function tagging(tag: (key: unknown, value: unknown) => unknown): PlanFunction {
  return (record: unknown): unknown => (isPair(record) ? tag(record[0], record[1]) : record)
}

export function distinct(rewriting: Rewriting, input: CoreId): CoreId {
  const pairs = rewriting.add({ kind: 'map', f: seen }, input)
  const table = rewriting.add({ kind: 'runningReduce', f: keep }, pairs)
  // Its value is never another one, so a row changes once: when it comes.
  return rewriting.add({ kind: 'map', f: first }, table)
}

const seen = (record: unknown) => [record, 1]
const first = ([record]: readonly [unknown, unknown]) => record

export function tableJoin(rewriting: Rewriting, table: CoreId, events: CoreId): CoreId {
  const keys = new JoinedKeys(rewriting)
  const rowOf = withKernel(
    (at: TickEnd, [key, row]: readonly [unknown, unknown]) => [keys.left(key), [[at, row]]],
    { name: 'row-of-join' },
  )
  const eventOf = withKernel(
    tagging((key, event) => [keys.right(key), [[EVENT, event]]]),
    { name: 'event-of-join' },
  )
  const both = rewriting.add(
    { kind: 'union' },
    rewriting.add({ kind: 'stamp', f: joining(rowOf, keys) }, table),
    rewriting.add({ kind: 'map', f: joining(eventOf, keys) }, events),
  )
  const step = { gather, step: joinStep, order: placeOf }
  return rewriting.add({ kind: 'evolve', gives: 'records', ...step }, both)
}

/** In place of the tick of a row: what comes with it is an event. Before all rows. */
const EVENT = -1

type Item = readonly [at: TickEnd | typeof EVENT, value: unknown]

const placeOf = ([at]: Item): number => at

/** The row of a key, undefined while there is none, and all events so far. */
type Joined = readonly [row: unknown, events: readonly unknown[]]

const NOTHING: Joined = [undefined, []]

/** Of several changes of a row in a period the last counts, and none if it is again what it was: a tick is not seen. */
export const joinStep: Step = (key, state, arrived) => {
  const [before, events] = (state as Joined | undefined) ?? NOTHING
  let row = before
  const come: unknown[] = []
  for (const [at, value] of arrived as readonly Item[]) {
    if (at === EVENT) come.push(value)
    else row = value
  }
  const all = come.length === 0 ? events : [...events, ...come]
  if (row === undefined && all.length === 0) return undefined
  const next: Joined = [row, all]
  const changed = row !== before && !Object.is(identityOf(row), identityOf(before))
  return { state: next, out: row === undefined ? [] : pairsOf(key, row, changed ? all : come) }
}

function pairsOf(key: unknown, row: unknown, events: readonly unknown[]): unknown[] {
  return events.map((event) => [key, [row, event]])
}

type StaticJoin = Extract<PlanNode, { kind: 'staticJoin' }>

/** Narrow: every process has all rows. That keys of both sides can never meet is seen where there are enough of both. */
export function staticJoin(rewriting: Rewriting<StaticJoin>, input: CoreId): CoreId {
  const keys = new JoinedKeys(rewriting)
  let known: StaticRows | undefined
  const joined = (rows: StaticRows, record: unknown): unknown[] => {
    if (!isPair(record)) throw noPair(rewriting, record)
    if (rows !== known) {
      known = rows
      for (const key of rows.keys()) keys.right(key)
    }
    const [key, value] = record
    return rows.valuesOf(keys.left(key)).map((row) => [key, [value, row]])
  }
  const f = joining(joined, keys)
  return rewriting.add({ kind: 'lookup', static: rewriting.node.static, f }, input)
}

function noPair({ node, word }: Rewriting, record: unknown): UserFunctionError {
  return new UserFunctionError(
    {
      asked: `${word} (node ${node.id})`,
      found: `the record ${shownRecord(record)}`,
      rule: 'keyed operators take records that are [key, value] pairs',
      remedy: 'Make pairs before it, with map or keyBy',
    },
    { node: node.id, record: shownRecord(record) },
  )
}
