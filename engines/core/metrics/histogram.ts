/**
 * A log-linear histogram of whole numbers, after HdrHistogram: 2^7 cells an octave, so a quantile is at most 1/128 too high.
 *
 *   value 0..255          its own cell
 *   value 2^e..2^(e+1)−1  128 cells of 2^(e−7) values each, e = 8..52
 *
 * It covers every safe integer: nothing is clamped or dropped. It lives in one Float64Array, which may lie in a memory that
 * others read, and percentiles of several come from merging them, never from averaging (METHOD, rule 7).
 */
import { assert } from '../assert.ts'

const CELLS_PER_OCTAVE = 128
const OCTAVES_SPLIT_FROM = 7
const CELLS = (53 - OCTAVES_SPLIT_FROM) * CELLS_PER_OCTAVE + CELLS_PER_OCTAVE

/** Slots of an array: count, maximum, then cells. */
const COUNT = 0
const MAX = 1
const FIRST_CELL = 2

/** Length of the array that a histogram lives in. */
export const HISTOGRAM_SLOTS = FIRST_CELL + CELLS

export class Histogram {
  /** Zeros are an empty histogram. May be copied and sent as it is. */
  readonly slots: Float64Array

  /** On the given memory, which keeps what it holds; without one, a new and empty histogram. */
  constructor(slots: Float64Array = new Float64Array(HISTOGRAM_SLOTS)) {
    assert(
      slots.length === HISTOGRAM_SLOTS,
      `a histogram on ${slots.length} slots: it has ${HISTOGRAM_SLOTS}`,
    )
    this.slots = slots
  }

  get count(): number {
    return this.slots[COUNT]!
  }

  /** The greatest value, exact. `undefined` when empty. */
  get max(): number | undefined {
    return this.count === 0 ? undefined : this.slots[MAX]!
  }

  /** Adds a value `times` times. Values are whole and not negative: a negative latency is a failed run, not a sample. */
  add(value: number, times = 1): void {
    assert(Number.isSafeInteger(value) && value >= 0, () => `a histogram was given ${value}`)
    if (times === 0) return
    const { slots } = this
    slots[COUNT]! += times
    if (value > slots[MAX]!) slots[MAX] = value
    slots[FIRST_CELL + cellOf(value)]! += times
  }

  merge(other: Histogram): void {
    const { slots } = this
    const max = Math.max(slots[MAX]!, other.slots[MAX]!)
    for (let slot = 0; slot < HISTOGRAM_SLOTS; slot++) slots[slot]! += other.slots[slot]!
    slots[MAX] = max
  }

  /**
   * The smallest cell at or below which lie `share` of the values, as that cell's greatest value, but not above `max`.
   * So it is never too low. `undefined` when empty. Costs a walk over the cells.
   */
  quantile(share: number): number | undefined {
    assert(share >= 0 && share <= 1, `the quantile ${share}: from 0 to 1`)
    if (this.count === 0) return undefined
    const wanted = Math.max(1, Math.ceil(share * this.count))
    let seen = 0
    for (let cell = 0; cell < CELLS; cell++) {
      seen += this.slots[FIRST_CELL + cell]!
      if (seen >= wanted) return Math.min(cellEnd(cell) - 1, this.slots[MAX]!)
    }
    return this.slots[MAX]!
  }

  /** Visits the cells that have values, ascending: `[from, to)` and how many. For distributions in figures. */
  forEachCell(visit: (from: number, to: number, count: number) => void): void {
    for (let cell = 0; cell < CELLS; cell++) {
      const count = this.slots[FIRST_CELL + cell]!
      if (count > 0) visit(cellStart(cell), cellEnd(cell), count)
    }
  }
}

export function cellOf(value: number): number {
  if (value < 2 * CELLS_PER_OCTAVE) return value
  const octave = octaveOf(value)
  const shift = octave - OCTAVES_SPLIT_FROM
  return shift * CELLS_PER_OCTAVE + Math.floor(value / 2 ** shift)
}

/** Least value of a cell. */
export function cellStart(cell: number): number {
  if (cell < 2 * CELLS_PER_OCTAVE) return cell
  const shift = Math.floor(cell / CELLS_PER_OCTAVE) - 1
  return (cell - shift * CELLS_PER_OCTAVE) * 2 ** shift
}

/** The first value beyond a cell. */
export function cellEnd(cell: number): number {
  return cellStart(cell + 1)
}

/** `floor(log2(value))`, exact for whole numbers from 1. */
function octaveOf(value: number): number {
  const high = Math.floor(value / 4_294_967_296)
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(value)
}
