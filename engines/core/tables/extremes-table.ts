/**
 * Tables of 32-bit integers by 32-bit integer keys, that keep the least or the greatest value: of loops, where rows go around
 * as pairs of numbers (`operators/number-form.ts`).
 *
 * A row is the pair (key, value), 8 bytes, as in `number-table.ts`. No row is ever taken out, and values go one way only, so a
 * row has changed whenever it was touched. Layout: `kernels/integer-layout.ts`.
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import { EXTREMES, EXTREMES_HEADER_BYTES, GREATEST, LEAST } from '../kernels/integer-layout.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { DigestSum } from '../output/digest.ts'
import type { Pointer } from '../units.ts'
import { NumberCombiner } from './number-combiner.ts'
import { decodePairs } from './number-table.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { KeyedTable, TableFactory } from './table.ts'

export type Extreme = 'min' | 'max'

interface ExtremesOptions {
  readonly kernels: Kernels
  readonly region: Region
  readonly reduce: Extreme
}

const MARK = 0x31_4d_54_58 // 'XTM1'
const SLOTS_MIN = 16
const SLOTS_MAX = 2 ** 26
/** Up to so many, a table is a matter of a few hundred KiB, and grows by more than twice as much. */
const SLOTS_MANY = 2 ** 14
const VISIT_PAIRS = VISIT_BYTES_MAX / PAIR_BYTES

export function extremesTables(options: ExtremesOptions): TableFactory {
  const { memory } = options.region
  return {
    kind: 'numbers',
    combiner: (partitions) => new NumberCombiner(options, partitions),
    table: () => new ExtremesTable(options),
    load(saved) {
      const { from, rows } = savedRows(MARK, saved)
      const table = new ExtremesTable(options)
      table.restore(from.u8.subarray(rows.pointer, rows.pointer + rows.length))
      return table
    },
    decode: ({ pointer, length }) => decodePairs(memory, pointer, length / PAIR_BYTES),
  }
}

export class ExtremesTable implements KeyedTable {
  readonly #options: ExtremesOptions
  #slots: number
  #at: Pointer

  constructor(options: ExtremesOptions, slots = SLOTS_MIN) {
    this.#options = options
    this.#slots = slots
    this.#at = this.#create(slots)
  }

  get size(): number {
    return this.#get('size')
  }

  get bytes(): number {
    return partsOf(this.#slots).bytes
  }

  fold({ pointer, length }: Bytes): void {
    const { kernels } = this.#options
    const count = length / PAIR_BYTES
    for (let done = 0; ; ) {
      done += kernels.extremesFold(this.#place, pointer + done * PAIR_BYTES, count - done)
      if (done === count) return
      this.#grow(count - done)
    }
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const { kernels } = this.#options
    const changes = this.#get('changes')
    kernels.extremesOrder(this.#place)
    this.#visit(changes, (from, out) => kernels.extremesTake(this.#place, from, out, VISIT_PAIRS), {
      digest,
      visit,
    })
    return changes
  }

  visitRows(visit: (rows: Bytes) => void): void {
    const { kernels } = this.#options
    const write = (from: number, out: Pointer): number =>
      kernels.extremesRows(this.#place, from, out, VISIT_PAIRS)
    this.#visit(this.size, write, { digest: undefined, visit })
  }

  clone(): KeyedTable {
    const copy = new ExtremesTable(this.#options, this.#slots)
    this.#options.kernels.copyBytes(copy.#place, this.#place, this.bytes)
    return copy
  }

  save(): Uint8Array {
    return saveRows(MARK, this.#options.region.memory, (visit) => this.visitRows(visit))
  }

  /** Takes in saved rows, unmarked. */
  restore(pairs: Uint8Array): void {
    const { region, kernels } = this.#options
    const pointer = region.allocate(pairs.length)
    region.memory.u8.set(pairs, pointer)
    this.fold({ pointer, length: pairs.length })
    let from = 0
    while (this.#get('changes') > 0) {
      from += kernels.extremesTake(this.#place, from, pointer, pairs.length / PAIR_BYTES)
    }
    region.free(pointer, pairs.length)
  }

  release(): void {
    this.#options.region.free(this.#place, this.bytes)
    this.#at = 0
  }

  unfold(): never {
    refuse('unfold')
  }

  changesFrom(): never {
    refuse('changesFrom')
  }

  top(): never {
    refuse('top')
  }

  get #place(): Pointer {
    assert(this.#at !== 0, 'a released table is used')
    return this.#at
  }

  #get(field: keyof typeof EXTREMES): number {
    return this.#options.region.memory.u32[(this.#place >>> 2) + EXTREMES[field]]!
  }

  /** Visits so many pairs as `write` gives them, piece by piece. */
  #visit(
    all: number,
    write: (from: number, out: Pointer) => number,
    to: { digest: DigestSum | undefined; visit: ((rows: Bytes) => void) | undefined },
  ): void {
    if (all === 0) return
    const { region, kernels } = this.#options
    const bytes = Math.min(all * PAIR_BYTES, VISIT_BYTES_MAX)
    const out = region.allocate(bytes + PAIR_BYTES)
    try {
      for (let from = 0; from < all; ) {
        const count = write(from, out)
        from += count
        if (to.digest !== undefined) {
          kernels.digestNumbers(out, count, out + bytes)
          const sums = (out + bytes) >>> 2
          const { u32 } = region.memory
          to.digest.addSums(count, u32[sums]!, u32[sums + 1]!)
        }
        to.visit?.({ pointer: out, length: count * PAIR_BYTES })
      }
    } finally {
      region.free(out, bytes + PAIR_BYTES)
    }
  }

  /** For so many pairs that come, of which any may have a key of its own. Who gets many of them gets more: tables are moved seldom. */
  #grow(pairs: number): void {
    const [before, bytes] = [this.#place, this.bytes]
    let slots = this.#slots * (this.#slots <= SLOTS_MANY ? 4 : 2)
    while (slots / 2 < this.size + pairs) slots *= 2
    if (slots > SLOTS_MAX) slots = SLOTS_MAX
    if (slots === this.#slots) {
      throw new CapacityError({
        asked: `a key more in a table of ${this.size}`,
        found: `${this.#slots} places`,
        rule: `a table of least or greatest integers has at most ${SLOTS_MAX / 2} keys`,
        remedy: 'Give the run more partitions, so that each holds fewer keys',
      })
    }
    const target = this.#create(slots)
    const { kernels, region } = this.#options
    kernels.extremesMove(before, target)
    region.free(before, bytes)
    this.#at = target
    this.#slots = slots
  }

  #create(slots: number): Pointer {
    const { region, reduce, kernels } = this.#options
    const { bytes, orderAt, changesAt, marksAt } = partsOf(slots)
    const at = region.allocate(bytes)
    const { u32 } = region.memory
    const word = at >>> 2
    u32.fill(0, word, word + EXTREMES_HEADER_BYTES / 4)
    u32[word + EXTREMES.slots] = slots
    u32[word + EXTREMES.reduce] = reduce === 'min' ? LEAST : GREATEST
    u32[word + EXTREMES.bits] = Math.log2(slots)
    u32[word + EXTREMES.capacity] = slots / 2
    u32[word + EXTREMES.marksAt] = marksAt
    u32[word + EXTREMES.orderAt] = orderAt
    u32[word + EXTREMES.changesAt] = changesAt
    kernels.extremesBegin(at)
    return at
  }
}

function partsOf(slots: number) {
  const orderAt = EXTREMES_HEADER_BYTES + (slots + 1) * PAIR_BYTES
  const changesAt = orderAt + (slots / 2) * 4
  const marksAt = changesAt + (slots / 2) * 4
  return { orderAt, changesAt, marksAt, bytes: marksAt + slots + 1 }
}

function refuse(what: string): never {
  assert(false, `${what} of a table of a loop: rows are never taken out, compared or ranked`)
}
