/**
 * The folds that oracles are made of: a running count, a windowed count, and the ranking of a windowed count.
 *
 * Each goes through time once, adding up what became due and, for windows, taking out what left by a second cursor. So a
 * window is not kept, whatever its length. Rows are value-based: a key is put out iff its value differs from the one
 * that was put out before, and a key with a count of zero has left.
 */
import type { Nanos, TickEnd } from '../engines/core/units.ts'
import { multiplesOf, type Oracle, type OracleInput } from './oracle.ts'
import {
  DigestSums,
  INTEGER,
  integerBody,
  keyLanes,
  listBody,
  partitionOfLane,
  TEXT,
} from './oracle-digest.ts'
import { KeyCounts, KeyedPool, type KeysOf } from './oracle-keys.ts'
import { DueCursor, dueRecords } from './oracle-ranges.ts'

/** One output: for each key its count since the start, in every tick in which it changed. */
export function runningCountOracle(keysOf: KeysOf): Oracle {
  const pools = poolsBy(keysOf)
  return {
    *expect(input) {
      const pool = pools(input)
      const partitionOf = partitionsOf(pool, input.partitions)
      const counts = new KeyCounts(pool.size)
      const totals = new Float64Array(pool.size)
      const sums = new DigestSums(input.partitions)
      const arriving = new DueCursor(input)
      for (const tick of input.ticks) {
        countDue({ pool, cursor: arriving, counts, sign: 1, partitions: input.partitions, tick })
        counts.drain((id, change) => {
          const total = totals[id]! + change
          totals[id] = total
          sums.addInteger(partitionOf[id]!, pool.lane0[id]!, pool.lane1[id]!, total)
        })
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

export interface WindowLengths {
  readonly length: Nanos
  readonly slide: Nanos
}

/** One output: at each end of a slide, for each key its count over the last `length`. Keys are text, or as `tag` says. */
export function windowCountOracle(keysOf: KeysOf, lengths: WindowLengths, tag = TEXT): Oracle {
  const pools = poolsBy(keysOf, tag)
  return {
    *expect(input) {
      const pool = pools(input)
      const partitionOf = partitionsOf(pool, input.partitions)
      const sums = new DigestSums(input.partitions)
      for (const { tick, counts, totals } of slides(pool, input, lengths)) {
        counts.drain((id, change) => {
          const total = totals[id]! + change
          totals[id] = total
          const partition = partitionOf[id]!
          if (total === 0) sums.addGone(partition, pool.lane0[id]!, pool.lane1[id]!)
          else sums.addInteger(partition, pool.lane0[id]!, pool.lane1[id]!, total)
        })
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

/** One output on partition 0: at each end of a slide, rank (from 1) → [key, count] of the k greatest window counts. */
export function windowTopOracle(keysOf: KeysOf, lengths: WindowLengths, k: number): Oracle {
  const pools = poolsBy(keysOf)
  return {
    *expect(input) {
      const pool = pools(input)
      const sums = new DigestSums(1)
      let shown: readonly Ranked[] = []
      for (const { tick, counts, totals } of slides(pool, input, lengths)) {
        counts.drain((id, change) => {
          totals[id]! += change
        })
        const ranked = greatest(pool, totals, k)
        for (let place = 0; place < Math.max(ranked.length, shown.length); place++) {
          const now = ranked[place]
          const before = shown[place]
          if (now?.id === before?.id && now?.count === before?.count) continue
          const key = keyLanes({ tag: INTEGER, body: integerBody(place + 1) })
          if (now === undefined) sums.addGone(0, key.lane0, key.lane1)
          else sums.addRow(0, key, { tag: 7, body: pairBody(pool, now) })
        }
        shown = ranked
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

/** Nanoseconds of a duration like `'500ms'` (ns, us, ms, s, m, h). */
export function nanosOf(duration: string): Nanos {
  const amount = Number.parseFloat(duration)
  const unit = duration.replace(/^[\d.]+/, '')
  const sizes = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }
  const nanos = Math.round(amount * (sizes[unit as keyof typeof sizes] ?? Number.NaN))
  if (nanos > 0) return nanos
  throw new RangeError(`a duration of '${duration}'`)
}

interface Ranked {
  readonly id: number
  readonly count: number
}

function pairBody(pool: KeyedPool, { id, count }: Ranked): string {
  return listBody([
    { tag: TEXT, body: pool.names[id]! },
    { tag: INTEGER, body: integerBody(count) },
  ])
}

/** The k greatest counts above zero; of equal counts the one with the smaller key bytes first. */
function greatest(pool: KeyedPool, totals: Float64Array, k: number): readonly Ranked[] {
  const ranked: Ranked[] = []
  for (let id = 0; id < totals.length; id++) {
    const count = totals[id]!
    if (count === 0 || (ranked.length === k && count < ranked[k - 1]!.count)) continue
    let place = ranked.length
    while (place > 0 && isBefore(pool, { id, count }, ranked[place - 1]!)) place -= 1
    ranked.splice(place, 0, { id, count })
    if (ranked.length > k) ranked.pop()
  }
  return ranked
}

function isBefore(pool: KeyedPool, a: Ranked, b: Ranked): boolean {
  return a.count !== b.count ? a.count > b.count : pool.names[a.id]! < pool.names[b.id]!
}

/** Ends of slides, with what came and left in `counts`, and the totals before that. */
function* slides(
  pool: KeyedPool,
  input: OracleInput,
  { length, slide }: WindowLengths,
): Generator<{ tick: TickEnd; counts: KeyCounts; totals: Float64Array }> {
  const counts = new KeyCounts(pool.size)
  const totals = new Float64Array(pool.size)
  const arriving = new DueCursor(input)
  const leaving = new DueCursor(input)
  const { partitions } = input
  for (const tick of multiplesOf(slide, input.input.duration)) {
    countDue({ pool, cursor: arriving, counts, sign: 1, partitions, tick })
    if (tick > length) {
      countDue({ pool, cursor: leaving, counts, sign: -1, partitions, tick: tick - length })
    }
    yield { tick, counts, totals }
  }
}

/** Adds, or takes out, what became due in all partitions before an instant. */
export function countDue(step: {
  pool: KeyedPool
  cursor: DueCursor
  counts: KeyCounts
  sign: 1 | -1
  partitions: number
  tick: Nanos
}): void {
  for (let partition = 0; partition < step.partitions; partition++) {
    step.pool.count(step.cursor.advance(partition, step.tick), step.sign, step.counts)
  }
}

/** A key of the pool, by number, and how often it came. */
export interface Came {
  readonly id: number
  readonly times: number
}

/** At each end of a period, the keys that came in it. */
export function* keysDue(
  pool: KeyedPool,
  input: OracleInput,
  period: Nanos,
): Generator<{ readonly tick: TickEnd; readonly came: readonly Came[] }> {
  const counts = new KeyCounts(pool.size)
  const cursor = new DueCursor(input)
  for (const tick of multiplesOf(period, input.input.duration)) {
    countDue({ pool, cursor, counts, sign: 1, partitions: input.partitions, tick })
    yield { tick, came: drained(counts) }
  }
}

/** All changes of counts; then they are zero again. */
export function drained(counts: KeyCounts): readonly Came[] {
  const came: Came[] = []
  counts.drain((id, times) => came.push({ id, times }))
  return came
}

function partitionsOf(pool: KeyedPool, partitions: number): Int32Array {
  return pool.lane0.map((lane) => partitionOfLane(lane, partitions))
}

/** The keyed form of a pool, made once for each pool; or of what a short run reads of it, each time. */
export function poolsBy(keysOf: KeysOf, tag = TEXT): (input: OracleInput) => KeyedPool {
  const pools = new WeakMap<object, KeyedPool>()
  return (input) => {
    const { pool } = input
    let keyed = pools.get(pool)
    if (keyed === undefined) {
      const due = dueRecords(input)
      keyed = new KeyedPool(pool, keysOf, { tag, due })
      if (due !== undefined) return keyed
      pools.set(pool, keyed)
    }
    return keyed
  }
}
