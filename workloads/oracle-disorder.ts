/**
 * When each record of the input happened, from the published rules, written a second time (`README.md`; the first is
 * `engines/core/input`): record i of a partition is due at floor(i · 10^9 / rate) of its stretch, and happened at most a bound
 * before.
 */
import type { InputDisorder } from '../engines/core/run-config.ts'
import type { Nanos } from '../engines/core/units.ts'
import type { OracleInput } from './oracle.ts'

/** One reader of the input: moves through the records of each partition in time, with when they happened. */
export class StampedCursor {
  readonly #input: OracleInput
  readonly #records: number
  /** By partition: the records that are left, with the instants at which they are due. */
  readonly #dues: Generator<Nanos, undefined>[]
  /** By partition: the next of them, and its number. */
  readonly #due: (Nanos | undefined)[]
  readonly #index: number[]
  /** By partition: the pool's record with which it begins. */
  readonly #starts: number[]

  constructor(input: OracleInput) {
    const { pool, partitions, arrivals } = input
    this.#input = input
    this.#records = pool.offsets.length - 1
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    this.#dues = all.map((partition) => duesOf(input, partition))
    this.#due = this.#dues.map((dues) => dues.next().value)
    this.#index = all.map(() => 0)
    let arrived = 0
    this.#starts = all.map((partition) => {
      if (arrivals === undefined) return Math.floor((partition * this.#records) / partitions)
      const start = arrived
      arrived += arrivals[partition]!.length
      return start
    })
  }

  /** Visits what became due in a partition since the last call for it, before `instant`: its record in the pool, and when it happened. */
  advance(
    partition: number,
    instant: Nanos,
    visit: (record: number, eventTime: Nanos) => void,
  ): void {
    const { disorder, duration } = this.#input.input
    const before = Math.min(instant, duration)
    let due = this.#due[partition]
    while (due !== undefined && due < before) {
      const index = this.#index[partition]!
      const lateness = disorder === undefined ? 0 : latenessOf(disorder, partition, index)
      visit((this.#starts[partition]! + index) % this.#records, due - lateness)
      this.#index[partition] = index + 1
      due = this.#dues[partition]!.next().value
      this.#due[partition] = due
    }
  }
}

/** The due instants of a partition, in order: as they arrived, or at the rates of what leaves windows, the history, and the run. */
function* duesOf(of: OracleInput, partition: number): Generator<Nanos, undefined> {
  const { partitions, input, arrivals } = of
  if (arrivals !== undefined) {
    yield* arrivals[partition]!
    return
  }
  if (input.once) {
    yield* onceDuesOf(of, partition)
    return
  }
  const { duration: past = 0, rate: pastRate = 0, leaving } = input.history ?? {}
  const { duration: left = 0, rate: leavingRate = 0 } = leaving ?? {}
  const stretches = [
    [0, left, leavingRate],
    [left, past, pastRate],
    [past, input.duration, input.rate],
  ] as const
  for (const [from, to, rate] of stretches) {
    const share = Math.floor(rate / partitions) + (partition < rate % partitions ? 1 : 0)
    if (share === 0) continue
    for (let i = 0; ; i++) {
      const due = from + Number((BigInt(i) * 1_000_000_000n) / BigInt(share))
      if (due >= to) break
      yield due
    }
  }
}

/** Of a bounded input, which has each record once: partition p has those from floor(p · N / P) up to the next one's first. */
function* onceDuesOf(
  { pool, partitions, input }: OracleInput,
  partition: number,
): Generator<Nanos, undefined> {
  const first = (p: number): number => Math.floor((p * (pool.offsets.length - 1)) / partitions)
  const own = first(partition + 1) - first(partition)
  const share = Math.floor(input.rate / partitions) + (partition < input.rate % partitions ? 1 : 0)
  for (let i = 0; i < own; i++) {
    yield input.rate === 0 ? 0 : Number((BigInt(i) * 1_000_000_000n) / BigInt(share))
  }
}

/** How long before it was due a record happened. */
export function latenessOf(
  { bound, share, seed }: InputDisorder,
  partition: number,
  index: number,
): Nanos {
  const first = mix(mix(mix(seed) + partition + 0x9e3779b9) + (index % 2 ** 32) + 0x9e3779b9)
  if (first / 2 ** 32 >= share) return 0
  const second = mix(first + 0x9e3779b9)
  return Number((BigInt(bound) * BigInt(second + 1)) >> 32n)
}

/** Of an unsigned number, of which the low 32 bits count. */
function mix(number: number): number {
  let h = number >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0
  return (h ^ (h >>> 16)) >>> 0
}
