/**
 * Bags: the "tables" of a `window` and of an `exchange`, which keep records as they are, in order, whatever their keys.
 *
 * A record travels as the key of a row, with the value `undefined`. `fold` appends and `visitRows` replays. `decode` gives
 * [record, 1]; a chain behind a window wants `bagRecords`.
 */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import { decodeCanonical } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import type { PartitionId } from '../units.ts'
import { KeylessTable } from './keyless-table.ts'
import { PlainExchanger } from './plain-exchanger.ts'
import type { WordBytes } from './plain-keys.ts'
import { RowCursor, RowWriter, VISIT_BYTES_MAX } from './plain-rows.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { Combiner, KeyedTable, RowsVisitor, TableFactory } from './table.ts'

export interface BagOptions {
  readonly memory: RunMemory
  /** Where rows are written for a visit; nothing stays in it. */
  readonly region: Region
  readonly errors: OperatorErrors
}

export interface BagFactory extends TableFactory {
  /** A combiner whose records stay in one partition, where they come from. `decode` makes records of other batches. */
  gatherer(partition: PartitionId, decode: (batch: Batch) => readonly unknown[]): Combiner
  /** A combiner whose records go to the partitions of their keys. */
  exchanger(partitions: number, decode: (batch: Batch) => readonly unknown[]): Combiner
}

const MARK = 0x33_47_41_42 // 'BAG3'

/** Records at which a gatherer asks to be drained. */
const RECORDS_MAX = 65_536

/** Tables that keep rows in order. */
export function bagTables(options: BagOptions): BagFactory {
  const gatherer: BagFactory['gatherer'] = (partition, decode) =>
    new Gatherer(options, partition, decode)
  return {
    kind: 'plain',
    gatherer,
    exchanger: (partitions, decode) => new PlainExchanger({ ...options, partitions, decode }),
    combiner: () =>
      gatherer(0, (batch) => {
        assert(batch.kind === 'values', `a bag takes plain values, not ${batch.kind}`)
        return batch.values
      }),
    table: () => new Bag(options),
    load: (saved) => {
      const { from, rows } = savedRows(MARK, saved)
      return Bag.of(options, from, rows)
    },
    decode: (rows) => bagRecords(options.memory, rows).map((record) => [record, 1] as const),
  }
}

/** The records of a bag's rows. */
export function bagRecords(from: WordBytes, rows: Bytes): readonly unknown[] {
  const records: unknown[] = []
  const cursor = new RowCursor(from, rows)
  while (cursor.next()) records.push(decodeCanonical(cursor.key()))
  return records
}

class Gatherer implements Combiner {
  readonly #options: BagOptions
  readonly #partition: PartitionId
  readonly #decode: (batch: Batch) => readonly unknown[]
  #records: unknown[] = []

  constructor(
    options: BagOptions,
    partition: PartitionId,
    decode: (batch: Batch) => readonly unknown[],
  ) {
    this.#options = options
    this.#partition = partition
    this.#decode = decode
  }

  get size(): number {
    return this.#records.length
  }

  get full(): boolean {
    return this.#records.length >= RECORDS_MAX
  }

  add(batch: Batch): void {
    const records = this.#decode(batch)
    for (let i = 0; i < records.length; i++) this.#records.push(records[i])
  }

  drain(visit: RowsVisitor): void {
    const { region, errors } = this.#options
    const writer = new RowWriter(region, (rows) => visit(this.#partition, rows))
    try {
      for (const record of this.#records) writer.putRecord(record)
      writer.flush()
    } catch (cause) {
      throw errors.encoding(cause)
    } finally {
      writer.end()
    }
    this.release()
  }

  release(): void {
    this.#records = []
  }
}

class Bag extends KeylessTable {
  readonly #options: BagOptions
  /** Rows as they came, each at most what a visit may have, unless a single row is larger. Never changed. */
  #chunks: Uint8Array[] = []
  #size = 0
  #bytes = 0

  constructor(options: BagOptions) {
    super()
    this.#options = options
  }

  static of(options: BagOptions, from: WordBytes, rows: Bytes): Bag {
    const bag = new Bag(options)
    bag.#append(from, rows)
    return bag
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#bytes
  }

  fold(rows: Bytes): void {
    this.#append(this.#options.memory, rows)
  }

  #append(from: WordBytes, rows: Bytes): void {
    if (rows.length === 0) return
    const cursor = new RowCursor(from, rows)
    let start = cursor.at
    let end = start
    while (cursor.next()) {
      if (cursor.end - start > VISIT_BYTES_MAX && end > start) {
        this.#chunks.push(from.u8.slice(start, end))
        start = end
      }
      end = cursor.end
      this.#size += 1
    }
    this.#chunks.push(from.u8.slice(start, end))
    this.#bytes += rows.length
  }

  visitRows(visit: (rows: Bytes) => void): void {
    const { memory, region } = this.#options
    for (const chunk of this.#chunks) {
      const pointer = region.allocate(chunk.length)
      try {
        memory.u8.set(chunk, pointer)
        visit({ pointer, length: chunk.length })
      } finally {
        region.free(pointer, chunk.length)
      }
    }
  }

  clone(): KeyedTable {
    const copy = new Bag(this.#options)
    copy.#chunks = this.#chunks.slice()
    copy.#size = this.#size
    copy.#bytes = this.#bytes
    return copy
  }

  save(): Uint8Array {
    return saveRows(MARK, this.#options.memory, (visit) => this.visitRows(visit))
  }

  release(): void {
    this.#chunks = []
    this.#size = 0
    this.#bytes = 0
  }
}
