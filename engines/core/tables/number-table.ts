/**
 * Tables of an `exchange` or a `window` of numbers: pairs of 32-bit integers, in order, in the region.
 *
 * Rows are the pairs themselves, 8 bytes each, without a header: so a buffer of a combiner, a message and a chunk of a table
 * are all what a kernel reads.
 */
import { assert } from '../assert.ts'
import { type Batch, PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { PartitionId, Pointer } from '../units.ts'
import { KeylessTable } from './keyless-table.ts'
import { NumberCombiner } from './number-combiner.ts'
import { VISIT_BYTES_MAX } from './plain-rows.ts'
import { savedRows, saveRows } from './saved-rows.ts'
import type { Combiner, KeyedTable, RowsVisitor, TableFactory } from './table.ts'

export type NumberPair = readonly [first: number, second: number]

const MARK = 0x32_52_49_50 // 'PIR2'
const CHUNK_BYTES_MIN = 1024
/** Pairs at which a gatherer asks to be drained. */
const GATHERED_MAX = 65_536

export interface NumberOptions {
  readonly kernels: Kernels
  readonly region: Region
}

export interface NumberTables extends TableFactory {
  /** A combiner whose pairs stay in one partition, where they come from. */
  gatherer(partition: PartitionId): Combiner
}

export function numberTables(options: NumberOptions): NumberTables {
  const { memory } = options.region
  return {
    kind: 'numbers',
    gatherer: (partition) => new NumberGatherer(options, partition),
    combiner: (partitions) => new NumberCombiner(options, partitions),
    table: () => new NumberTable(options),
    load(saved) {
      const { from, rows } = savedRows(MARK, saved)
      const table = new NumberTable(options)
      table.append(from.u8.subarray(rows.pointer, rows.pointer + rows.length))
      return table
    },
    decode: ({ pointer, length }) => decodePairs(memory, pointer, length / PAIR_BYTES),
  }
}

/** Pairs as plain values. */
export function decodePairs({ u32 }: RunMemory, at: Pointer, count: number): NumberPair[] {
  const pairs: NumberPair[] = []
  const end = (at >>> 2) + 2 * count
  for (let word = at >>> 2; word < end; word += 2) pairs.push([u32[word]!, u32[word + 1]!])
  return pairs
}

interface Chunk {
  readonly pointer: Pointer
  readonly capacity: number
  length: number
}

export class NumberTable extends KeylessTable {
  readonly #options: NumberOptions
  /** Each at most what a visit may have. */
  #chunks: Chunk[] = []
  #length = 0
  #bytes = 0

  constructor(options: NumberOptions) {
    super()
    this.#options = options
  }

  get size(): number {
    return this.#length / PAIR_BYTES
  }

  get bytes(): number {
    return this.#bytes
  }

  fold({ pointer, length }: Bytes): void {
    const { kernels } = this.#options
    for (let done = 0; done < length; ) {
      const { chunk, room } = this.#room(length - done)
      kernels.copyBytes(chunk.pointer + chunk.length, pointer + done, room)
      this.#added(chunk, room)
      done += room
    }
  }

  append(pairs: Uint8Array): void {
    for (let done = 0; done < pairs.length; ) {
      const { chunk, room } = this.#room(pairs.length - done)
      const to = chunk.pointer + chunk.length
      this.#options.region.memory.u8.set(pairs.subarray(done, done + room), to)
      this.#added(chunk, room)
      done += room
    }
  }

  /** A chunk that is not full, and how many of so many bytes it can take. */
  #room(bytes: number): { readonly chunk: Chunk; readonly room: number } {
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || chunk.length === chunk.capacity) {
      const wanted = Math.max(bytes, this.#length, CHUNK_BYTES_MIN)
      const capacity = Math.min(wanted, VISIT_BYTES_MAX)
      chunk = { pointer: this.#options.region.allocate(capacity), capacity, length: 0 }
      this.#chunks.push(chunk)
      this.#bytes += capacity
    }
    return { chunk, room: Math.min(bytes, chunk.capacity - chunk.length) }
  }

  #added(chunk: Chunk, bytes: number): void {
    chunk.length += bytes
    this.#length += bytes
  }

  visitRows(visit: (rows: Bytes) => void): void {
    for (const { pointer, length } of this.#chunks) visit({ pointer, length })
  }

  clone(): KeyedTable {
    const copy = new NumberTable(this.#options)
    this.visitRows((rows) => copy.fold(rows))
    return copy
  }

  save(): Uint8Array {
    return saveRows(MARK, this.#options.region.memory, (visit) => this.visitRows(visit))
  }

  release(): void {
    for (const { pointer, capacity } of this.#chunks) {
      this.#options.region.free(pointer, capacity)
    }
    this.#chunks = []
    this.#length = 0
    this.#bytes = 0
  }
}

class NumberGatherer implements Combiner {
  readonly #table: NumberTable
  readonly #partition: PartitionId

  constructor(options: NumberOptions, partition: PartitionId) {
    this.#table = new NumberTable(options)
    this.#partition = partition
  }

  get size(): number {
    return this.#table.size
  }

  get full(): boolean {
    return this.#table.size >= GATHERED_MAX
  }

  add(batch: Batch): void {
    assert(batch.kind === 'numbers', `a batch of ${batch.kind} reached a window of numbers`)
    this.#table.fold({ pointer: batch.at, length: batch.count * PAIR_BYTES })
  }

  drain(visit: RowsVisitor): void {
    this.#table.visitRows((rows) => visit(this.#partition, rows))
    this.#table.release()
  }

  release(): void {
    this.#table.release()
  }
}
