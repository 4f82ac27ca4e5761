/**
 * Column tables: keys of text or of integers and 64-bit integer values, in the run's memory, worked on by kernels. Values are
 * summed, or, of integer keys, the least or the greatest is kept.
 *
 * Each table is one relocatable block (`column-block.ts`); rows travel in the format of `column-rows.ts`. Values wrap at
 * 64 bits, contributions at 39. All tables of a factory live in one region, and a table may be compared only with tables
 * of the same memory. A visitor must not touch the table that it is called from.
 */
import { crc32 } from 'node:zlib'
import { assert } from '../assert.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { StorageError } from '../errors.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { type ColumnReduce, ROW_BYTES, ROWS_HEADER_BYTES } from '../kernels/table-layout.ts'
import type { DigestSum } from '../output/digest.ts'
import { ColumnBlock, ROWS_VISIT_BYTES } from './column-block.ts'
import { ColumnCombiner } from './column-combiner.ts'
import { type ColumnKeys, decodeColumnRows, markColumnRowsGone } from './column-rows.ts'
import type { KeyedTable, TableFactory } from './table.ts'

const TABLE_CAPACITY_MIN = 16

/** A saved table: magic u32 'SGGT', version u32, checksum u32, pieces u32, bytes u64 of all, then pieces of rows. */
const SAVED_MAGIC = 0x54474753
const SAVED_VERSION = 3
const SAVED_HEADER_BYTES = 24

export class ColumnTable implements KeyedTable {
  readonly #block: ColumnBlock

  constructor(block: ColumnBlock) {
    this.#block = block
  }

  get size(): number {
    return this.#block.get('live')
  }

  get bytes(): number {
    return this.#block.get('bytes')
  }

  fold(rows: Bytes): void {
    this.#block.fold(rows, 1, () => this.#grow())
  }

  unfold(rows: Bytes): void {
    this.#block.fold(rows, -1, () => this.#grow())
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const block = this.#block
    const rows = block.kernels.tableTakeChanges(block.at)
    digest?.add({ rows, lane0: block.get('out0'), lane1: block.get('out1') })
    if (visit && rows > 0) block.visitRows(block.changesAt, 0, rows, visit)
    return rows
  }

  changesFrom(
    previous: KeyedTable | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number {
    const here = this.#block
    assert(
      previous === undefined || previous instanceof ColumnTable,
      'a column table is compared with a table of another kind',
    )
    const there = previous === undefined ? undefined : previous.#block
    let rows = visitDifference(here, there, 0, digest, visit)
    if (there) rows += visitDifference(there, here, 1, digest, visit)
    return rows
  }

  visitRows(visit: (rows: Bytes) => void): void {
    this.#block.visitRows(0, 0, this.#block.get('entries'), visit)
  }

  clone(): ColumnTable {
    return new ColumnTable(this.#block.clone())
  }

  save(): Uint8Array {
    const { memory } = this.#block.region
    const rowsBytes = this.size * ROW_BYTES + this.#block.get('heapUsed')
    // Room for all rows, of which every piece but the last takes more than half a visit, so that nothing is copied twice.
    let room = new Uint8Array(
      SAVED_HEADER_BYTES +
        rowsBytes +
        (Math.ceil((2 * rowsBytes) / ROWS_VISIT_BYTES) + 1) * ROWS_HEADER_BYTES,
    )
    let pieces = 0
    let at = SAVED_HEADER_BYTES
    this.visitRows((rows) => {
      if (at + rows.length > room.length) room = enlarged(room, at + rows.length)
      room.set(memory.bytes(rows.pointer, rows.length), at)
      pieces += 1
      at += rows.length
    })
    const saved = room.subarray(0, at)
    const header = new DataView(saved.buffer)
    header.setUint32(0, SAVED_MAGIC, true)
    header.setUint32(4, SAVED_VERSION, true)
    header.setUint32(12, pieces, true)
    header.setBigUint64(16, BigInt(at), true)
    header.setUint32(8, checksum(saved), true)
    return saved
  }

  top(k: number, visit: (rows: Bytes) => void): void {
    const block = this.#block
    const most = Math.min(k, this.size)
    if (most <= 0) return
    block.withList(most, (list) => {
      const count = block.kernels.tableTop(block.at, most, list)
      block.visitRows(list, 0, count, visit)
    })
  }

  release(): void {
    this.#block.release()
  }

  #grow(): void {
    this.#block.grow(false, this.#block.get('live') + this.#block.get('changes'))
  }

  /** Adds saved rows; what they leave behind is unmarked. */
  restore(saved: Uint8Array): void {
    const { region, kernels } = this.#block
    const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
    for (let at = SAVED_HEADER_BYTES; at < saved.length; ) {
      const length = Number(view.getBigUint64(at + 8, true))
      const pointer = region.allocate(length)
      try {
        region.memory.u8.set(saved.subarray(at, at + length), pointer)
        this.fold({ pointer, length })
      } finally {
        region.free(pointer, length)
      }
      at += length
    }
    kernels.tableTakeChanges(this.#block.at)
  }
}

/** For keys that are so long that pieces hold few of them. */
function enlarged(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length * 2)
  larger.set(bytes)
  return larger
}

/** Visits the rows of `block` that `other` lacks (with `gone`, as rows that left) or has with another value. */
function visitDifference(
  block: ColumnBlock,
  other: ColumnBlock | undefined,
  gone: 0 | 1,
  digest: DigestSum | undefined,
  visit: ((rows: Bytes) => void) | undefined,
): number {
  return block.withList(block.get('entries'), (list) => {
    const { kernels, region } = block
    const rows = kernels.tableDiff(block.at, other?.at ?? 0, gone, list)
    digest?.add({ rows, lane0: block.get('out0'), lane1: block.get('out1') })
    if (!visit || rows === 0) return rows
    block.visitRows(list, 0, rows, (piece) => {
      if (gone) markColumnRowsGone(region.memory, piece)
      visit(piece)
    })
    return rows
  })
}

/** Over all bytes but the header's first twelve. */
function checksum(saved: Uint8Array): number {
  return crc32(saved.subarray(12))
}

function refuse(saved: Uint8Array, found: string): never {
  throw new StorageError({
    asked: `to load a column table of ${saved.length} bytes`,
    found,
    rule: 'a table is loaded from just what it saved',
    remedy: 'Use an older checkpoint, or compute the partition again',
  })
}

function checkSaved(saved: Uint8Array): void {
  if (saved.length < SAVED_HEADER_BYTES) refuse(saved, 'less than a header')
  const view = new DataView(saved.buffer, saved.byteOffset, saved.byteLength)
  if (view.getUint32(0, true) !== SAVED_MAGIC) refuse(saved, 'bytes of another kind')
  const version = view.getUint32(4, true)
  if (version !== SAVED_VERSION) refuse(saved, `version ${version}`)
  const whole = view.getBigUint64(16, true)
  if (whole !== BigInt(saved.length)) refuse(saved, `${whole} bytes when it was saved`)
  if (view.getUint32(8, true) !== checksum(saved)) refuse(saved, 'a checksum that differs')
}

export interface ColumnKind {
  readonly keys: ColumnKeys
  /** Of text a sum. */
  readonly reduce: ColumnReduce
}

export const TEXT_SUMS: ColumnKind = { keys: 'text', reduce: 'sum' }

/** Column tables in a region. Errors: `CapacityError` when the region or a table is full. */
export function columnTables(
  kernels: Kernels,
  region: Region,
  { keys, reduce }: ColumnKind = TEXT_SUMS,
): TableFactory {
  assert(kernels.memory === region.memory, `kernels and region ${region.name} on two memories`)
  const table = (): ColumnTable =>
    new ColumnTable(
      new ColumnBlock(kernels, region, {
        capacity: TABLE_CAPACITY_MIN,
        heapCapacity: 0,
        partitions: 0,
        reduce,
      }),
    )
  return {
    kind: 'columns',
    combiner: (partitions) => new ColumnCombiner({ kernels, region, reduce }, partitions),
    table,
    load(saved) {
      checkSaved(saved)
      const loaded = table()
      loaded.restore(saved)
      return loaded
    },
    decode: (rows) =>
      decodeColumnRows(region.memory, rows, keys).map(
        ({ key, value, contributions }) => [key, contributions === 0n ? undefined : value] as const,
      ),
  }
}
