/** Naive definitions of the words that gather by key: what comes out of a period, from all that ever came in. */
import type { PlanNode } from '../plan/plan.ts'
import { canonical, inOrder, type Row, reduced, type State } from './naive-values.fixture.ts'

type Records = readonly unknown[]

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

/** The first of each records or values that are the same. */
function unique(values: Records): Records {
  const names = values.map(canonical)
  return values.filter((_, index) => names.indexOf(names[index]!) === index)
}

const keysOf = (records: Records): Records =>
  unique((records as readonly Row[]).map(([key]) => key))

const valuesOf = (records: Records, of: unknown): Records =>
  (records as readonly Row[]).filter(([key]) => same(key, of)).map(([, value]) => value)

export function groupsOf(records: Records): Records {
  return keysOf(records).map((key) => [key, valuesOf(records, key).toSorted(inOrder)])
}

export function cogroupOf(left: Records, right: Records): Records {
  return keysOf([...left, ...right]).map((key) => [
    key,
    [valuesOf(left, key).toSorted(inOrder), valuesOf(right, key).toSorted(inOrder)],
  ])
}

export function joinOf(left: Records, right: Records): Records {
  return (left as readonly Row[]).flatMap(([key, value]) =>
    valuesOf(right, key).map((other) => [key, [value, other]]),
  )
}

/** What came that is not among what came earlier. */
export function newOf(earlier: Records, came: Records): Records {
  const old = new Set(earlier.map(canonical))
  return unique(came).filter((record) => !old.has(canonical(record)))
}

/** Pairs of all records so far with the rows as they are, without those that were there before. */
export function tableJoinOf(
  [before, now]: readonly [State, State],
  earlier: Records,
  came: Records,
): Records {
  const rowOf = (state: State, key: unknown): Row | undefined => state.get(canonical(key))
  const pairs = (records: Records, isIn: (key: unknown) => boolean): Records =>
    (records as readonly Row[])
      .filter(([key]) => rowOf(now, key) !== undefined && isIn(key))
      .map(([key, value]) => [key, [rowOf(now, key)![1], value]])
  const changed = (key: unknown): boolean => {
    const old = rowOf(before, key)
    return old === undefined || !same(old[1], rowOf(now, key)![1])
  }
  return [...pairs(earlier, changed), ...pairs(came, () => true)]
}

type EventWindowNode = Extract<PlanNode, { kind: 'eventWindow' }>

/** What came in each tick so far, and the end of the period that is told of. */
interface Arrivals {
  readonly pieces: readonly (readonly [at: number, records: Records])[]
  readonly end: number
}

export function eventWindowOf(
  { length, slide, lateness, merge, time }: EventWindowNode,
  period: number,
  { pieces, end }: Arrivals,
): Records {
  const upTo = (instant: number): number => Math.ceil(instant / period) * period
  /** Of every record and window that it is in: when it was gathered, when the window closes. */
  const all = pieces.flatMap(([at, records]) =>
    (records as readonly Row[]).flatMap((record) => {
      const windows: number[] = []
      const last = time(record) + length
      for (let edge = Math.floor(last / slide) * slide; edge > time(record); edge -= slide) {
        windows.push(edge)
      }
      return windows.map((edge) => ({
        gathered: upTo(at),
        closes: upTo(edge + lateness),
        row: [[edge, record[0]], record[1]] as Row,
      }))
    }),
  )
  const inTime = all.filter(({ gathered, closes }) => closes === end && gathered <= end)
  const late = all.filter(({ gathered, closes }) => gathered === end && closes < end)
  const windows = [
    ...reduced(
      inTime.map(({ row }) => row),
      merge,
    ).values(),
  ]
  const counts = [
    ...reduced(
      late.map(({ row: [place] }) => [place, 1]),
      (a, b) => a + b,
    ).values(),
  ]
  return [
    ...windows.map(([place, value]) => ['window', ...(place as Row), value]),
    ...counts.map(([place, count]) => ['late', (place as Row)[1], count]),
  ]
}

type TrackNode = Extract<PlanNode, { kind: 'track' }>

/** A key's state, and the end of the period until which it lives if no event comes. */
export type TrackedState = ReadonlyMap<string, { row: Row; until: number }>

export function trackedOf(
  node: TrackNode,
  before: TrackedState,
  { came, end, period }: { readonly came: Records; readonly end: number; readonly period: number },
): TrackedState {
  const after = new Map(before)
  const { timeout = Number.POSITIVE_INFINITY } = node
  const time = node.time ?? ((_event: unknown) => 0)
  const inTheirOrder = (a: unknown, b: unknown): number => time(a) - time(b) || inOrder(a, b)
  for (const key of keysOf(came)) {
    const name = canonical(key)
    const last = valuesOf(came, key)
      .toSorted(inTheirOrder)
      .reduce(
        (state: unknown, event) =>
          state === null ? node.initialise(key, event) : node.update(key, state, event),
        before.get(name)?.row[1] ?? null,
      )
    if (last === null) after.delete(name)
    else after.set(name, { row: [key, last], until: end + timeout })
  }
  const silent = [...before].filter(([, { row }]) => !keysOf(came).some((key) => same(key, row[0])))
  for (const [name, { row, until }] of silent) {
    if (until > end) continue
    const state = node.expired?.(row[0], row[1]) ?? null
    if (state === null) after.delete(name)
    else after.set(name, { row: [row[0], state], until: end + period })
  }
  return after
}
