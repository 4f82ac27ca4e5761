/**
 * A table's block as plain code sees it: fields by name, the private hash, finding and inserting entries.
 *
 * Used by `plain-table-kernels.ts` only; 64-bit arithmetic is done with bigints, so this is for truth, not for speed.
 */
import type { RunMemory } from '../columns/memory.ts'
import { type Lanes, textKeyLanes } from '../output/digest.ts'
import type { Pointer } from '../units.ts'
import {
  ENTRY,
  ENTRY_BYTES,
  FIELD,
  heapBytes,
  INLINE_KEY_BYTES,
  INTEGER_KEY_BYTES,
  LENGTH_BITS,
  NOTE,
  NOTE_BYTES,
  REDUCE,
} from './table-layout.ts'

export interface TableKey {
  readonly k0: bigint
  /** Of a long key: nothing, since its place differs from table to table. */
  readonly k1: bigint
  readonly length: number
  readonly hash: number
  /** Where its bytes lie now. */
  readonly bytes: Pointer
}

const FACTOR0 = 0x9e3779b97f4a7c15n
const FACTOR1 = 0xc2b2ae3d27d4eb4fn

function low64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function rotate(value: bigint, bits: bigint): bigint {
  return low64(value << bits) | (value >> (64n - bits))
}

function hashOf(k0: bigint, k1: bigint): number {
  return Number(low64((k0 ^ rotate(low64(k1 * FACTOR1), 32n)) * FACTOR0) >> 32n)
}

export class PlainTableBlock {
  readonly at: Pointer
  readonly #u8: Uint8Array
  readonly #u32: Uint32Array
  readonly #view: DataView

  constructor(memory: RunMemory, at: Pointer) {
    this.at = at
    this.#u8 = memory.u8
    this.#u32 = memory.u32
    this.#view = memory.view
  }

  get(field: keyof typeof FIELD): number {
    return this.#u32[(this.at >>> 2) + FIELD[field]]!
  }

  set(field: keyof typeof FIELD, value: number): void {
    this.#u32[(this.at >>> 2) + FIELD[field]] = value
  }

  entry(number: number): Pointer {
    return this.at + this.get('entriesAt') + number * ENTRY_BYTES
  }

  change(place: number): number {
    return this.#u32[(this.at + this.get('changesAt')) / 4 + place]!
  }

  setChange(place: number, number: number): void {
    this.#u32[(this.at + this.get('changesAt')) / 4 + place] = number
  }

  value(entry: Pointer): bigint {
    return this.#view.getBigInt64(entry + ENTRY.value, true)
  }

  contributions(entry: Pointer): bigint {
    return this.#view.getBigInt64(entry + ENTRY.meta, true) >> BigInt(LENGTH_BITS)
  }

  length(entry: Pointer): number {
    return this.#view.getUint32(entry + ENTRY.meta, true) & (2 ** LENGTH_BITS - 1)
  }

  note(entry: Pointer): Pointer {
    return entry + this.get('capacity') * ENTRY_BYTES
  }

  /** A combiner's entry has something in it; a table's was changed since its changes were taken. */
  touched(entry: Pointer): boolean {
    if (this.get('partitions') > 0) return this.contributions(entry) !== 0n
    return this.#view.getUint32(this.note(entry) + NOTE.mark, true) !== 0
  }

  setSums(entry: Pointer, value: bigint, contributions: bigint): void {
    const meta = (contributions << BigInt(LENGTH_BITS)) | BigInt(this.length(entry))
    this.#view.setBigInt64(entry + ENTRY.value, value, true)
    this.#view.setBigInt64(entry + ENTRY.meta, meta, true)
  }

  /** Where the bytes of an entry's key lie. */
  keyBytes(entry: Pointer): Pointer {
    if (this.length(entry) <= INLINE_KEY_BYTES) return entry
    return this.at + this.get('heapAt') + Number(this.#view.getBigUint64(entry + ENTRY.k1, true))
  }

  key(bytes: Pointer, length: number): TableKey {
    if (length > INLINE_KEY_BYTES) {
      let k0 = low64(BigInt(length) * FACTOR1)
      const last = bytes + length - 8
      for (let at = bytes; at < last; at += 8) k0 = this.#mix(k0, at)
      k0 = this.#mix(k0, last)
      return { k0, k1: 0n, length, hash: hashOf(k0, BigInt(length)), bytes }
    }
    let k0 = 0n
    let k1 = 0n
    for (let i = 0; i < length; i++) {
      const byte = BigInt(this.#u8[bytes + i]!)
      if (i < 8) k0 |= byte << BigInt(8 * i)
      else k1 |= byte << BigInt(8 * (i - 8))
    }
    return { k0, k1, length, hash: hashOf(k0, k1), bytes }
  }

  integerKey(number: number): TableKey {
    const k0 = BigInt(number)
    // Its bytes lie nowhere: it is inline.
    return { k0, k1: 0n, length: INTEGER_KEY_BYTES, hash: hashOf(k0, 0n), bytes: 0 }
  }

  #mix(hash: bigint, at: Pointer): bigint {
    return rotate(low64((hash ^ this.#view.getBigUint64(at, true)) * FACTOR0), 29n)
  }

  find(key: TableKey): Pointer | undefined {
    const mask = this.get('slots') - 1
    const index = (this.at + this.get('indexAt')) / 4
    let slot = key.hash >>> Math.clz32(mask)
    for (;;) {
      const word = this.#u32[index + slot]!
      if (word === 0) return undefined
      if (word >>> 24 === (key.hash & 0xff)) {
        const entry = this.entry((word & 0xff_ffff) - 1)
        if (this.#isKeyOf(entry, key)) return entry
      }
      slot = (slot + 1) & mask
    }
  }

  #isKeyOf(entry: Pointer, key: TableKey): boolean {
    if (this.#view.getBigUint64(entry + ENTRY.k0, true) !== key.k0) return false
    if (this.length(entry) !== key.length) return false
    if (key.length <= INLINE_KEY_BYTES) {
      return this.#view.getBigUint64(entry + ENTRY.k1, true) === key.k1
    }
    const bytes = this.keyBytes(entry)
    for (let i = 0; i < key.length; i++) {
      if (this.#u8[bytes + i] !== this.#u8[key.bytes + i]) return false
    }
    return true
  }

  /** Puts an entry's number into the first free slot of its probe sequence. */
  enter(hash: number, number: number): void {
    const mask = this.get('slots') - 1
    const index = (this.at + this.get('indexAt')) / 4
    let slot = hash >>> Math.clz32(mask)
    while (this.#u32[index + slot] !== 0) slot = (slot + 1) & mask
    this.#u32[index + slot] = (number + 1) | (hash << 24)
  }

  /** A new entry without contributions; undefined when there is no room, and `wanted` says how much heap it needs. */
  insert(key: TableKey, lanes?: Lanes): Pointer | undefined {
    const number = this.get('entries')
    const used = this.get('heapUsed')
    const wanted = heapBytes(key.length)
    if (number === this.get('capacity') || used + wanted > this.get('heapCapacity')) {
      this.set('wanted', wanted)
      return undefined
    }
    let k1 = key.k1
    if (wanted > 0) {
      const target = this.at + this.get('heapAt') + used
      this.#u8.fill(0, target + wanted - 8, target + wanted)
      this.#u8.copyWithin(target, key.bytes, key.bytes + key.length)
      this.set('heapUsed', used + wanted)
      k1 = BigInt(used)
    }
    const entry = this.entry(number)
    const end = key.bytes + key.length
    const { lane0, lane1 } = lanes ?? textKeyLanes(this.#u8, key.bytes, end)
    const partitions = this.get('partitions')
    this.#u8.fill(0, entry, entry + ENTRY_BYTES)
    this.#view.setBigUint64(entry + ENTRY.k0, key.k0, true)
    this.#view.setBigUint64(entry + ENTRY.k1, k1, true)
    this.#view.setUint32(entry + ENTRY.meta, key.length, true)
    const note = this.note(entry)
    this.#u8.fill(0, note, note + NOTE_BYTES)
    this.#view.setUint32(note + NOTE.lane0, lane0, true)
    this.#view.setUint32(note + NOTE.lane1, lane1, true)
    this.#view.setUint32(note + NOTE.hash, key.hash, true)
    this.#view.setUint32(note + NOTE.partition, partitions > 1 ? lane0 % partitions : 0, true)
    this.set('entries', number + 1)
    this.enter(key.hash, number)
    return entry
  }

  /** Merges into an entry: lists it if it is touched for the first time, and keeps the number of keys that are there. */
  change64(entry: Pointer, value: bigint, contributions: bigint): void {
    const before = this.contributions(entry)
    const after = before + contributions
    const old = this.value(entry)
    if (!this.touched(entry)) {
      const changes = this.get('changes')
      this.setChange(changes, (entry - this.entry(0)) / ENTRY_BYTES)
      this.set('changes', changes + 1)
      const note = this.note(entry)
      this.#view.setBigInt64(note + NOTE.old, old, true)
      const mark = before > 0n ? 1 : 2
      this.#view.setUint32(note + NOTE.mark, this.get('partitions') > 0 ? 0 : mark, true)
    }
    this.set('live', this.get('live') + Number(after > 0n) - Number(before > 0n))
    this.setSums(entry, after === 0n ? 0n : this.#merged(before, old, value), after)
  }

  #merged(contributions: bigint, old: bigint, value: bigint): bigint {
    const reduce = this.get('reduce')
    if (reduce === REDUCE.sum) return old + value
    const isNew = contributions === 0n || (reduce === REDUCE.min ? value < old : value > old)
    return isNew ? value : old
  }
}
