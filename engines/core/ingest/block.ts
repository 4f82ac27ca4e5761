/**
 * A block: consecutive records of one partition as they travel and as they are kept (D-Streams §4, "input blocks").
 *
 * The message is the block: a receiver keeps its bytes as they came, and sends the same bytes to the second worker. Nothing
 * is done per record: text and offsets are ranges of the client's pool, and offsets keep the pool's origin (`base`), which
 * is taken off when the block is read. A block ends at the latest with its tick. Its identity is (partition, first record).
 *
 *    0 u32 partition    8 f64 index of the first record      24 u32 skew            28 u32 base: offset of the first record
 *    4 u32 records     16 f64 known: every record of the partition due before it is in this block or an earlier one
 *   32 u32 × (records + 1) offsets, padded to 8, `skew` bytes, then the text: each record followed by a line feed
 *
 * The skew gives the text the alignment that it has in the pool. Between shared memories Node copies words only where both
 * sides are aligned alike, and bytes otherwise: 13 GB/s against 1.8 (measured).
 *
 * A block without records only moves `known`, and `first` says where the next one will begin.
 */
import type { Bytes, Region, RunMemory } from '../columns/memory.ts'
import type { Pool } from '../input/input-log.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Nanos, PartitionId, Pointer } from '../units.ts'

/** The transport's channels of the ingest; engines use small numbers. Class data. */
export const PUSH_CHANNEL = 0xff00
export const COPY_CHANNEL = 0xff01
export const REFILL_CHANNEL = 0xff02
/** Class control, all that follow: lists of 64-bit floats (`receiver.ts`). */
export const GRANT_CHANNEL = 0xff03
export const CONFIRM_CHANNEL = 0xff04
export const RELEASE_CHANNEL = 0xff05
export const HOLDINGS_CHANNEL = 0xff06
export const FETCH_CHANNEL = 0xff07
export const FRONTIER_CHANNEL = 0xff08

export const BLOCK_HEADER_BYTES = 32
/** Kernels read whole vectors beyond the text. */
const PADDING_BYTES = 64
/** A block with its padding fills a size class of a region; one that holds a single long record may be larger. */
export const SLOT_BYTES = 128 * 1024
export const BLOCK_BYTES_MAX = SLOT_BYTES - PADDING_BYTES
/** A block of less would waste too much of a slot. */
export const LANDING_BYTES_MIN = SLOT_BYTES / 2

/**
 * Room in flight from the client to a receiver, and from a receiver to the second worker; and the link for what does not
 * land. Enough that each thread has work while another has the core (1.25 MiB: 22 % slower), and little enough for a cache.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024
export const PUSHED_RING_BYTES = 2 * 1024 * 1024
/** New room, or what was taken in, is worth a message when it is this much. */
export const WORTH_BYTES = WINDOW_BYTES / 4

export interface Block {
  readonly partition: PartitionId
  /** Index of its first record in the partition. */
  readonly first: number
  readonly records: number
  readonly known: Nanos
  /** Where the message lies, and how long it is. */
  readonly pointer: Pointer
  readonly length: number
  readonly pool: Pool
}

/** Whether a block is worth a slot, and fits. */
export function fillsSlot(length: number): boolean {
  return length >= LANDING_BYTES_MIN && length <= BLOCK_BYTES_MAX
}

/** Room that a block of a length is given, and what it counts against a receiver's limit. */
export function blockRoom(length: number): number {
  return length + PADDING_BYTES
}

/** Bytes of a block before its skew and text. */
export function textOffset(records: number): number {
  return BLOCK_HEADER_BYTES + (((records + 1) * 4 + 7) & ~7)
}

/** Reads a block where it lies. `payload.pointer` is a multiple of 8. */
export function readBlock(memory: RunMemory, { pointer, length }: Bytes): Block {
  const { u32, f64 } = memory
  const word = pointer >>> 2
  const records = u32[word + 1]!
  return {
    partition: u32[word]!,
    first: f64[(pointer + 8) >>> 3]!,
    records,
    known: f64[(pointer + 16) >>> 3]!,
    pointer,
    length,
    pool: {
      // Below zero where the client's pool began further up: only ever used in a sum with an offset.
      bytes: pointer + textOffset(records) + u32[word + 6]! - u32[word + 7]!,
      offsets: pointer + BLOCK_HEADER_BYTES,
      records,
    },
  }
}

/** A block without records. */
export function emptyBlock({ partition, first, known }: BlockHead): Uint8Array {
  const bytes = new Uint8Array(textOffset(0))
  new Uint32Array(bytes.buffer)[0] = partition
  new Float64Array(bytes.buffer).set([first, known], 1)
  return bytes
}

export type BlockHead = Pick<Block, 'partition' | 'first' | 'known'>

/** A block before it is sent: what comes before the text, and the text where it lies in the pool. */
export interface NewBlock {
  readonly payload: Uint8Array
  readonly tail: Uint8Array
  readonly length: number
}

/** Makes blocks out of ranges of a pool; what comes before the text is in a buffer of the region that is used again. */
export class BlockWriter {
  #region: Region
  #copy: Kernels['copyBytes']
  #buffer: Pointer
  #size = 8192

  constructor(region: Region, copy: Kernels['copyBytes']) {
    this.#region = region
    this.#copy = copy
    this.#buffer = region.allocate(this.#size)
  }

  /** How many of the pool's records `[first, first + most)` fit into one block; at least one. Costs O(log most). */
  fit(pool: Pool, first: number, most: number): number {
    const { u32 } = this.#region.memory
    const at = (pool.offsets >>> 2) + first
    const bytes = (count: number): number => textOffset(count) + 7 + u32[at + count]! - u32[at]!
    if (bytes(most) <= BLOCK_BYTES_MAX) return most
    let low = 1
    let high = most
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (bytes(middle) <= BLOCK_BYTES_MAX) low = middle
      else high = middle
    }
    return low
  }

  /** A block; its payload is valid until the next call. Costs a copy of the offsets. */
  write(
    pool: Pool,
    range: { readonly first: number; readonly count: number },
    head: BlockHead,
  ): NewBlock {
    const { memory } = this.#region
    const { u32, f64 } = memory
    const { first, count } = range
    const at = (pool.offsets >>> 2) + first
    const base = count === 0 ? 0 : u32[at]!
    const text = count === 0 ? 0 : u32[at + count]! - base
    const skew = (pool.bytes + base) & 7
    const start = textOffset(count) + skew
    this.#reserve(start)
    const buffer = this.#buffer
    const word = buffer >>> 2
    u32[word] = head.partition
    u32[word + 1] = count
    f64[(buffer + 8) >>> 3] = head.first
    f64[(buffer + 16) >>> 3] = head.known
    u32[word + 6] = skew
    u32[word + 7] = base
    if (count > 0) this.#copy(buffer + BLOCK_HEADER_BYTES, at * 4, (count + 1) * 4)
    const payload = memory.bytes(buffer, start)
    return { payload, tail: memory.bytes(pool.bytes + base, text), length: start + text }
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#size) return
    this.#region.free(this.#buffer, this.#size)
    this.#size = bytes
    this.#buffer = this.#region.allocate(bytes)
  }
}
