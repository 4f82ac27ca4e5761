/**
 * The block of a column table: its memory, its growth and the way rows come out of it.
 *
 * A block is relocatable, so a copy is a memory copy and growth is a bigger block. Layout: `kernels/table-layout.ts`.
 * One owner; nothing here is safe to call from a visitor of the same block.
 */
import { assert } from '../assert.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import {
  type ColumnReduce,
  ENTRIES_MAX,
  ENTRY,
  ENTRY_BYTES,
  FIELD,
  HEADER_BYTES,
  NOTE_BYTES,
  REDUCE,
  TABLE_MAGIC,
  type TableShape,
  tableParts,
} from '../kernels/table-layout.ts'
import type { Pointer } from '../units.ts'
import { countColumnRows } from './column-rows.ts'

/** Bytes of rows handed to a visitor at once, unless one row alone takes more. */
export const ROWS_VISIT_BYTES = 65_536

export class ColumnBlock {
  readonly kernels: Kernels
  readonly region: Region
  #at: Pointer
  readonly #u32: Uint32Array
  readonly #reduce: ColumnReduce

  constructor(kernels: Kernels, region: Region, shape: TableShape) {
    this.kernels = kernels
    this.region = region
    this.#u32 = region.memory.u32
    this.#reduce = shape.reduce
    this.#at = this.#create(shape)
  }

  get at(): Pointer {
    assert(this.#at !== 0, 'a released table is used')
    return this.#at
  }

  /** Where the change list lies. */
  get changesAt(): Pointer {
    return this.at + this.get('changesAt')
  }

  get(field: keyof typeof FIELD): number {
    return this.#u32[(this.at >>> 2) + FIELD[field]]!
  }

  /** Folds rows (sign 1) or takes them out (−1), growing as needed. */
  fold(rows: Bytes, sign: 1 | -1, grow: () => void): void {
    const count = countColumnRows(this.region.memory, rows)
    let from = this.kernels.tableFold(this.at, rows.pointer, 0, sign)
    while (from < count) {
      grow()
      from = this.kernels.tableFold(this.at, rows.pointer, from, sign)
    }
  }

  /**
   * Makes room for the key that just had none. Entries that mean nothing any more are left out unless `keep`; if no more
   * than half of them mean something (`alive` at most), the block stays as large as it is.
   */
  grow(keep: boolean, alive: number): void {
    const shape = this.#shape()
    const wanted = this.get('wanted')
    const entries = this.get('entries')
    const thin = !keep && alive <= entries / 2
    if (thin) this.#rebuild(shape, keep)
    const full = this.get('entries') === shape.capacity
    const heapUsed = this.get('heapUsed')
    const heapFull = heapUsed + wanted > shape.heapCapacity
    if (!full && !heapFull) return
    const capacity = full ? shape.capacity * 2 : shape.capacity
    if (capacity > ENTRIES_MAX) {
      throw new CapacityError({
        asked: `a key more in a table of ${entries}`,
        found: `${this.get('live')} keys`,
        rule: `a table of columns has at most ${ENTRIES_MAX} keys`,
        remedy: 'Give the run more partitions, so that each holds fewer keys',
      })
    }
    const heapCapacity = heapFull
      ? Math.max(shape.heapCapacity * 2, heapUsed + wanted)
      : shape.heapCapacity
    this.#rebuild({ ...shape, capacity, heapCapacity }, keep)
  }

  /** A copy of the block in the same region, at the cost of one memory copy of what is used. */
  clone(): ColumnBlock {
    const copy = new ColumnBlock(this.kernels, this.region, this.#shape())
    const { kernels } = this
    const used = this.get('entries')
    const entries = this.get('entriesAt')
    const notes = entries + this.get('capacity') * ENTRY_BYTES
    kernels.copyBytes(copy.at, this.at, entries + used * ENTRY_BYTES)
    kernels.copyBytes(copy.at + notes, this.at + notes, used * NOTE_BYTES)
    const changes = this.get('changesAt')
    kernels.copyBytes(copy.at + changes, this.at + changes, this.get('changes') * 4)
    const heap = this.get('heapAt')
    kernels.copyBytes(copy.at + heap, this.at + heap, this.get('heapUsed'))
    return copy
  }

  /** Forgets all keys, and takes a block of the given shape. */
  reset(shape: TableShape): void {
    this.release()
    this.#at = this.#create(shape)
  }

  release(): void {
    this.region.free(this.at, this.get('bytes'))
    this.#at = 0
  }

  /** Visits the rows of `list[from..to)`, or of the entries `[from, to)` that are there when `list` is 0. */
  visitRows(list: Pointer, from: number, to: number, visit: (rows: Bytes) => void): void {
    const { kernels, region } = this
    let size = ROWS_VISIT_BYTES
    let buffer = region.allocate(size)
    try {
      for (let next = from; next < to; ) {
        next = kernels.tableRows(this.at, list, next, to, buffer, size)
        const count = this.#u32[(buffer >>> 2) + 1]!
        if (count > 0) {
          visit({ pointer: buffer, length: this.#u32[(buffer >>> 2) + 2]! })
        } else if (next < to) {
          // One key alone is longer than the buffer.
          region.free(buffer, size)
          size = this.get('wanted')
          buffer = region.allocate(size)
        }
      }
    } finally {
      region.free(buffer, size)
    }
  }

  /** Lends a list of entry numbers. */
  withList<T>(length: number, use: (list: Pointer) => T): T {
    const list = this.region.allocate(length * 4)
    try {
      return use(list)
    } finally {
      this.region.free(list, length * 4)
    }
  }

  #shape(): TableShape {
    return {
      capacity: this.get('capacity'),
      heapCapacity: this.get('heapCapacity'),
      partitions: this.get('partitions'),
      reduce: this.#reduce,
    }
  }

  #rebuild(shape: TableShape, keep: boolean): void {
    const old = this.at
    const oldBytes = this.get('bytes')
    const target = this.#create(shape)
    this.kernels.tableMove(old, target, keep ? 1 : 0)
    this.#at = target
    this.region.free(old, oldBytes)
  }

  #create(shape: TableShape): Pointer {
    const parts = tableParts(shape)
    const at = this.region.allocate(parts.bytes)
    const header = at >>> 2
    const u32 = this.#u32
    u32.fill(0, header, (at + parts.entriesAt) >>> 2)
    u32[(at + parts.entriesAt - ENTRY_BYTES + ENTRY.meta) >>> 2] = 0xffff_ffff
    u32[header + FIELD.magic] = TABLE_MAGIC
    u32[header + FIELD.bytes] = parts.bytes
    u32[header + FIELD.slots] = parts.slots
    u32[header + FIELD.capacity] = shape.capacity
    u32[header + FIELD.heapCapacity] = parts.heapCapacity
    u32[header + FIELD.partitions] = shape.partitions
    u32[header + FIELD.reduce] = REDUCE[shape.reduce]
    u32[header + FIELD.indexAt] = HEADER_BYTES
    u32[header + FIELD.entriesAt] = parts.entriesAt
    u32[header + FIELD.changesAt] = parts.changesAt
    u32[header + FIELD.heapAt] = parts.heapAt
    return at
  }
}
