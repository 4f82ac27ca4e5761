/**
 * Which records of the pool are due between two instants: the schedule of `engines/core/input`, implemented a second time.
 *
 * A partition has its share of the rate (the first ones one more), record i of it is due at floor(i · 10^9 / rate) ns, and
 * it reads the pool in a loop from record floor(partition · records / partitions) on. In BigInt, straight from the rule.
 *
 * Input that arrived has its instants with it (`OracleInput.arrivals`): then nothing is looped over.
 */
import type { Nanos } from '../engines/core/units.ts'
import type { OracleInput } from './oracle.ts'

/** Records `[from, to)` of the pool, without a wrap, after or before whole passes over it. */
export interface PoolSpan {
  readonly passes: number
  readonly spans: readonly (readonly [from: number, to: number])[]
}

/** One reader of the input: moves through it in time, all partitions together. */
export class DueCursor {
  readonly #input: OracleInput
  readonly #records: number
  readonly #position: number[]
  /** Of input that arrived: the pool's record with which each partition begins. */
  readonly #starts: number[] = []

  constructor(input: OracleInput) {
    this.#input = input
    this.#records = input.pool.offsets.length - 1
    this.#position = Array.from({ length: input.partitions }, () => 0)
    let start = 0
    for (const { length } of input.arrivals ?? []) {
      this.#starts.push(start)
      start += length
    }
  }

  /** What became due in a partition since the last call for it, before `instant`. */
  advance(partition: number, instant: Nanos): PoolSpan {
    const { partitions, arrivals } = this.#input
    if (arrivals !== undefined) return this.#arrived(arrivals[partition]!, partition, instant)
    const records = this.#records
    const from = this.#position[partition]!
    const to = dueCount(this.#input, partition, instant)
    this.#position[partition] = to
    const passes = Math.floor((to - from) / records)
    const start = Math.floor((partition * records) / partitions)
    const first = (start + from) % records
    const last = first + (to - from - passes * records)
    if (last === first) return { passes, spans: [] }
    if (last <= records) return { passes, spans: [[first, last]] }
    return {
      passes,
      spans: [
        [first, records],
        [0, last - records],
      ],
    }
  }

  #arrived(dueAt: Float64Array, partition: number, instant: Nanos): PoolSpan {
    const before = Math.min(instant, this.#input.input.duration)
    const from = this.#position[partition]!
    let to = from
    while (to < dueAt.length && dueAt[to]! < before) to += 1
    this.#position[partition] = to
    const start = this.#starts[partition]!
    return { passes: 0, spans: from === to ? [] : [[start + from, start + to]] }
  }
}

/** By record of the pool, whether it is due at all; undefined where a quarter of them is, or more. */
export function dueRecords(input: OracleInput): Uint8Array | undefined {
  const records = input.pool.offsets.length - 1
  const cursor = new DueCursor(input)
  const due = new Uint8Array(records)
  let count = 0
  for (let partition = 0; partition < input.partitions; partition++) {
    const { passes, spans } = cursor.advance(partition, input.input.duration)
    count += passes * records
    for (const [from, to] of spans) {
      due.fill(1, from, to)
      count += to - from
    }
  }
  return count < records / 4 ? due : undefined
}

/** `#{i : due(i) < min(instant, duration)}`: of what leaves windows, of the rest of the history, and of what came since. */
function dueCount(of: OracleInput, partition: number, instant: Nanos): number {
  const { partitions, input } = of
  if (input.once) return onceCount(of, partition, instant)
  const before = Math.min(Math.max(instant, 0), input.duration)
  const { duration: past = 0, rate: pastRate = 0, leaving } = input.history ?? {}
  const { duration: left = 0, rate: leavingRate = 0 } = leaving ?? {}
  const due = (rate: number, length: number): number => {
    const share = Math.floor(rate / partitions) + (partition < rate % partitions ? 1 : 0)
    return Number((BigInt(length) * BigInt(share) + 999_999_999n) / 1_000_000_000n)
  }
  return (
    due(leavingRate, Math.min(before, left)) +
    due(pastRate, Math.max(Math.min(before, past) - left, 0)) +
    due(input.rate, Math.max(before - past, 0))
  )
}

/**
 * Of a bounded input, which has each record once: partition p has those from floor(p · N / P) up to the next one’s first, due by
 * its share of the rate, or all at 0 where that is 0.
 */
function onceCount(
  { pool, partitions, input }: OracleInput,
  partition: number,
  instant: Nanos,
): number {
  const records = BigInt(pool.offsets.length - 1)
  const first = (p: number): bigint => (BigInt(p) * records) / BigInt(partitions)
  const own = first(partition + 1) - first(partition)
  if (instant <= 0) return 0
  if (input.rate === 0) return Number(own)
  const share = Math.floor(input.rate / partitions) + (partition < input.rate % partitions ? 1 : 0)
  const due = (BigInt(share) * BigInt(instant) + 999_999_999n) / 1_000_000_000n
  return Number(due < own ? due : own)
}
