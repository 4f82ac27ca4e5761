/**
 * A pool whose keys are numbers: what the folds of `oracle-folds.ts` count with.
 *
 * Every record has some keys (its words, its page). Each distinct key gets a number once for the whole pool, and counting
 * a span of the pool is then adding up numbers, or, for a long span, the difference of two rows of cumulative counts
 * (*marks*) and a short walk to them. So a tick costs what its keys are, not what its records are.
 */
import type { PoolBytes } from '../engines/core/system.ts'
import { type Binary, keyLanes, TEXT } from './oracle-digest.ts'
import type { PoolSpan } from './oracle-ranges.ts'

/** Bytes that the marks of one pool may take. */
const MARK_BYTES_MAX = 64_000_000

/** Keys of a record, from its bytes (`recordsOf`). */
export type KeysOf = (record: Binary) => readonly Binary[]

/** Splits at bytes 9..13 and 32, and at no other: `\s` would cut UTF-8 characters that hold a byte 0xA0. */
export function wordsOf(record: Binary): readonly Binary[] {
  return record.split(/[\t-\r ]+/).filter((word) => word !== '')
}

/** Records of a pool as binary text. One of a pair of integers is all its 8 bytes; others end before their line feed. */
export function* recordsOf(pool: PoolBytes): Generator<Binary> {
  const textOf = textsOf(pool)
  for (let record = 0; record + 1 < pool.offsets.length; record++) yield textOf(record)
}

function textsOf({ bytes, offsets, pairs }: PoolBytes): (record: number) => Binary {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const behind = pairs ? 0 : 1
  return (record) => buffer.toString('latin1', offsets[record]!, offsets[record + 1]! - behind)
}

export interface KeyedPoolOptions {
  readonly tag?: number
  readonly due?: Uint8Array | undefined
}

const NO_KEYS: readonly Binary[] = []

export class KeyedPool {
  /** Distinct keys, in order of first appearance. */
  readonly names: readonly Binary[]
  readonly lane0: Int32Array
  readonly lane1: Int32Array
  /** Key numbers of all records, one after another. Those of record r: `ids[starts[r]..starts[r + 1])`. */
  readonly #ids: Int32Array
  readonly #starts: Uint32Array
  /** Row m: how often each key is in the records `[0, m · stride)`; the last row is the whole pool's. */
  readonly #marks: Int32Array
  readonly #stride: number
  readonly #markCount: number

  /** `tag`: whether keys are text or the bodies of integers. `due`: by record, whether it is ever counted; others have no keys. */
  constructor(pool: PoolBytes, keysOf: KeysOf, { tag = TEXT, due }: KeyedPoolOptions = {}) {
    const numbers = new Map<Binary, number>()
    const records = pool.offsets.length - 1
    const starts = new Uint32Array(records + 1)
    let ids = new Int32Array(1 << 16)
    let used = 0
    const textOf = textsOf(pool)
    for (let record = 0; record < records; record++) {
      for (const key of due?.[record] === 0 ? NO_KEYS : keysOf(textOf(record))) {
        let number = numbers.get(key)
        if (number === undefined) {
          number = numbers.size
          numbers.set(key, number)
        }
        if (used === ids.length) {
          const larger = new Int32Array(used * 2)
          larger.set(ids)
          ids = larger
        }
        ids[used] = number
        used += 1
      }
      starts[record + 1] = used
    }
    this.names = [...numbers.keys()]
    const lanes = this.names.map((body) => keyLanes({ tag, body }))
    this.lane0 = Int32Array.from(lanes, ({ lane0 }) => lane0)
    this.lane1 = Int32Array.from(lanes, ({ lane1 }) => lane1)
    this.#ids = ids.subarray(0, used)
    this.#starts = starts

    // A mark each half as many keys as there are distinct ones: then walking to a mark costs less than reading it.
    const size = Math.max(1, this.names.length)
    const idsApart = Math.max(size / 2, (used * size * 4) / MARK_BYTES_MAX, 1)
    const idsPerRecord = Math.max(used / Math.max(records, 1), 1e-9)
    this.#stride = Math.max(1, Math.min(records, Math.round(idsApart / idsPerRecord)))
    this.#markCount = Math.ceil(records / this.#stride) + 1
    this.#marks = this.#countMarks(records)
  }

  get size(): number {
    return this.names.length
  }

  /** Adds (`sign` 1) or takes out (−1) what a partition's span has of each key. */
  count({ passes, spans }: PoolSpan, sign: 1 | -1, counts: KeyCounts): void {
    if (passes > 0) counts.addRow(this.#marks, this.#rowOf(this.#markCount - 1), passes * sign)
    for (const [from, to] of spans) this.#countSpan(from, to, sign, counts)
  }

  #countSpan(from: number, to: number, sign: 1 | -1, counts: KeyCounts): void {
    const starts = this.#starts
    const records = starts.length - 1
    const first = Math.round(from / this.#stride)
    // The last mark stands at the end of the pool, which need not be a multiple of the stride.
    const last = to === records ? this.#markCount - 1 : Math.floor(to / this.#stride + 0.5)
    if (last <= first || starts[to]! - starts[from]! < 2 * this.size) {
      counts.addIds(this.#ids, starts[from]!, starts[to]!, sign)
      return
    }
    this.#walk(from, this.#placeOf(first), sign, counts)
    const [plus, minus] = sign === 1 ? [last, first] : [first, last]
    counts.addDifference(this.#marks, this.#rowOf(plus), this.#rowOf(minus))
    this.#walk(this.#placeOf(last), to, sign, counts)
  }

  /** Counts `[from, to)`, or takes out `[to, from)`: a mark may lie on either side. */
  #walk(from: number, to: number, sign: 1 | -1, counts: KeyCounts): void {
    const starts = this.#starts
    if (from <= to) counts.addIds(this.#ids, starts[from]!, starts[to]!, sign)
    else counts.addIds(this.#ids, starts[to]!, starts[from]!, -sign)
  }

  #placeOf(mark: number): number {
    return Math.min(mark * this.#stride, this.#starts.length - 1)
  }

  #rowOf(mark: number): number {
    return mark * this.size
  }

  #countMarks(records: number): Int32Array {
    const marks = new Int32Array(this.#markCount * this.size)
    for (let mark = 1; mark < this.#markCount; mark++) {
      const row = this.#rowOf(mark)
      marks.copyWithin(row, this.#rowOf(mark - 1), row)
      const end = this.#starts[Math.min(mark * this.#stride, records)]!
      for (let at = this.#starts[(mark - 1) * this.#stride]!; at < end; at++) {
        marks[row + this.#ids[at]!]! += 1
      }
    }
    return marks
  }
}

/** Changes of counts, by key number, being added up for one tick. */
export class KeyCounts {
  readonly #change: Float64Array
  /** Keys with a stamp of this round are in `#touched`, or all of them are when `#isDense`. */
  readonly #stamps: Uint32Array
  readonly #touched: Int32Array
  #touchedCount = 0
  /** Starts of rows to be added and taken out, in turn; at most four pairs. */
  readonly #pairs: number[] = []
  #rows: Int32Array = new Int32Array(0)
  #round = 1
  #isDense = false

  constructor(size: number) {
    this.#change = new Float64Array(size)
    this.#stamps = new Uint32Array(size)
    this.#touched = new Int32Array(size)
  }

  addIds(ids: Int32Array, from: number, to: number, by: number): void {
    const change = this.#change
    if (this.#isDense) {
      for (let at = from; at < to; at++) change[ids[at]!]! += by
      return
    }
    const stamps = this.#stamps
    const round = this.#round
    for (let at = from; at < to; at++) {
      const id = ids[at]!
      change[id]! += by
      if (stamps[id] !== round) {
        stamps[id] = round
        this.#touched[this.#touchedCount] = id
        this.#touchedCount += 1
      }
    }
  }

  addRow(rows: Int32Array, row: number, by: number): void {
    this.#isDense = true
    const change = this.#change
    for (let id = 0; id < change.length; id++) change[id]! += rows[row + id]! * by
  }

  /** Adds one row of a matrix and takes out another. They are the same matrix in all calls. */
  addDifference(rows: Int32Array, plus: number, minus: number): void {
    this.#isDense = true
    this.#rows = rows
    this.#pairs.push(plus, minus)
    if (this.#pairs.length === 8) this.#flush()
  }

  /** Four differences in one pass over the keys: half the time of one by one. */
  #flush(): void {
    const rows = this.#rows
    const change = this.#change
    while (this.#pairs.length < 8) this.#pairs.push(0, 0)
    const [a, b, c, d, e, f, g, h] = this.#pairs as [number, number, number, number] & number[]
    for (let id = 0; id < change.length; id++) {
      change[id]! +=
        rows[a + id]! -
        rows[b + id]! +
        (rows[c + id]! - rows[d + id]!) +
        (rows[e! + id]! - rows[f! + id]!) +
        (rows[g! + id]! - rows[h! + id]!)
    }
    this.#pairs.length = 0
  }

  /** Visits every key whose count changed, once, with by how much; then all changes are zero again. */
  drain(visit: (id: number, change: number) => void): void {
    if (this.#pairs.length > 0) this.#flush()
    const change = this.#change
    const isDense = this.#isDense
    const count = isDense ? change.length : this.#touchedCount
    for (let at = 0; at < count; at++) {
      const id = isDense ? at : this.#touched[at]!
      const by = change[id]!
      if (by === 0) continue
      change[id] = 0
      visit(id, by)
    }
    this.#touchedCount = 0
    this.#isDense = false
    this.#round += 1
  }
}
