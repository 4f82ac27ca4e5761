/**
 * A pool of records: as bytes outside a run, and placed in a run's memory.
 *
 * A text record is any bytes but a line feed, which ends it. Nothing is decoded: bytes that are not UTF-8 stay what they are.
 * Whoever builds a run's memory (the threads world once for all processes, a simulated world once) places the pool in it;
 * engines only read it.
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { RunMemory } from '../columns/memory.ts'
import { encodeText } from '../columns/value-codec.ts'
import { InputError } from '../errors.ts'
import type { PoolBytes } from '../system.ts'
import type { Pointer } from '../units.ts'
import type { Pool } from './input-log.ts'

/** Bytes after the records that may be read but mean nothing, so that a kernel can load whole vectors. */
export const POOL_PADDING_BYTES = 64

const LINE_FEED = 0x0a
export const POOL_BYTES_MAX = 0xffff_ffff

/**
 * The pool of the given records, each of which gets its line feed. Text is encoded as in `columns/value-codec.ts`.
 *
 * Errors: `InputError` for a record with a line feed in it, and for more than 4 GiB.
 */
export function poolBytesOf(records: Iterable<Uint8Array | string>): PoolBytes {
  const parts: Uint8Array[] = []
  let length = 0
  for (const record of records) {
    const part = typeof record === 'string' ? encodeText(record) : record
    if (part.includes(LINE_FEED)) {
      throw new InputError({
        asked: `record ${parts.length} of a pool`,
        found: `a line feed at byte ${part.indexOf(LINE_FEED)}`,
        rule: 'a line feed ends a record and cannot be in it',
        remedy: 'Cut the record there',
      })
    }
    parts.push(part)
    length += part.length + 1
  }
  if (length > POOL_BYTES_MAX) {
    throw new InputError({
      asked: 'a pool of records',
      found: `${length} bytes`,
      rule: `offsets are 32 bits, so a pool has at most ${POOL_BYTES_MAX} bytes`,
      remedy: 'Give fewer records: a log reads its pool in a loop',
    })
  }
  const bytes = new Uint8Array(length)
  const offsets = new Uint32Array(parts.length + 1)
  let at = 0
  for (let record = 0; record < parts.length; record++) {
    const part = parts[record]!
    bytes.set(part, at)
    at += part.length
    bytes[at] = LINE_FEED
    at += 1
    offsets[record + 1] = at
  }
  return { bytes, offsets }
}

/**
 * The pool of the given pairs of unsigned 32-bit integers, one after another: what the format `u32x2` reads.
 *
 * Errors: `InputError` for half a pair, and for a number that is no such integer: bytes would hold another one, 4294967295 for -1.
 */
export function poolOfPairs(numbers: ArrayLike<number>): PoolBytes {
  if (numbers.length % 2 !== 0) {
    throw new InputError({
      asked: 'a pool of pairs of integers',
      found: `${numbers.length} integers`,
      rule: 'a record is two of them',
      remedy: 'Give an even number',
    })
  }
  const bytes = new Uint8Array(numbers.length * 4)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at]!
    if (number >>> 0 !== number) throw notHeld(number, at)
    view.setUint32(at * 4, number, true)
  }
  const offsets = Uint32Array.from({ length: numbers.length / 2 + 1 }, (_, i) => i * PAIR_BYTES)
  return { bytes, offsets, pairs: true }
}

function notHeld(number: number, at: number): InputError {
  return new InputError({
    asked: `record ${at >>> 1} of a pool of pairs of integers`,
    found: `the number ${number}`,
    rule: 'a pair is of two unsigned 32-bit integers, from 0 to 4294967295',
    remedy: 'Give such records as lines of JSON, whose numbers are any',
  })
}

/** Bytes of the longest record, without its line feed; 0 where there is none. */
export function longestRecord({ offsets }: PoolBytes): number {
  let most = 1
  for (let record = 1; record < offsets.length; record++) {
    most = Math.max(most, offsets[record]! - offsets[record - 1]!)
  }
  return most - 1
}

/** Bytes of memory that `writePool` needs: a multiple of 64. */
export function poolFootprint(pool: PoolBytes): number {
  return offsetsPlace(pool) + roundUp(pool.offsets.length * 4)
}

/**
 * Copies a pool into a run's memory at a pointer that is a multiple of 16: bytes, padding (zeros), offsets.
 *
 * The caller owns `poolFootprint(pool)` bytes there and keeps them as long as the run lasts. Costs one copy.
 */
export function writePool(memory: RunMemory, pointer: Pointer, pool: PoolBytes): Pool {
  const footprint = poolFootprint(pool)
  assert(pointer % 16 === 0, `a pool at ${pointer}`)
  assert(
    pointer + footprint <= memory.byteLength,
    `a pool ends at ${pointer + footprint} of ${memory.byteLength} bytes`,
  )
  const offsets = pointer + offsetsPlace(pool)
  memory.u8.set(pool.bytes, pointer)
  memory.u8.fill(0, pointer + pool.bytes.length, offsets)
  memory.u32.set(pool.offsets, offsets / 4)
  return { bytes: pointer, offsets, records: pool.offsets.length - 1 }
}

/** A pool in a run's memory, copied out: for tests, and for showing a record in an error. */
export function readPool(memory: RunMemory, pool: Pool): PoolBytes {
  const offsets = memory.u32.slice(pool.offsets / 4, pool.offsets / 4 + pool.records + 1)
  return { bytes: memory.u8.slice(pool.bytes, pool.bytes + offsets[pool.records]!), offsets }
}

function offsetsPlace(pool: PoolBytes): number {
  return roundUp(pool.bytes.length + POOL_PADDING_BYTES)
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 64) * 64
}
