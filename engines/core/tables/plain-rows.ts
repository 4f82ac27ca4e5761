/**
 * The wire format of plain rows: a header, the key's canonical bytes, the value's.
 *
 *   u8 key tag · u8 value tag · u16, u32 contributions (high, low) · u32 key length · u32 value length
 *   u32, u32 digest lanes of the key · key · value
 *
 * Little endian, no padding. Zero contributions mean that the key left; the value is then `undefined`.
 */

import type { Bytes, Region } from '../columns/memory.ts'
import {
  decodeCanonical,
  type Encoded,
  encodeCanonical,
  TAG_INTEGER,
} from '../columns/value-codec.ts'
import type { Pointer } from '../units.ts'
import { PlainKey } from './plain-key.ts'

const HEADER_BYTES = 24
const TWO_TO_32 = 2 ** 32

/** How many bytes a visit has at most, unless a single row is larger. */
export const VISIT_BYTES_MAX = 65_536

/** Where rows lie: the run's memory, or a saved table. */
export interface RowBytes {
  readonly u8: Uint8Array
  readonly view: DataView
}

/** A key with its digest lanes; a bag's records, which nobody looks up, have zeros. */
export interface RowKey extends Encoded {
  readonly lane0: number
  readonly lane1: number
}

/**
 * Writes rows into a block of the region and hands them on when it is full.
 *
 * The block is taken at the first row and given back by `end`: one writer an operation, so that a visitor may write
 * rows of its own. Errors: `CapacityError` when the region is full.
 */
export class RowWriter {
  readonly #region: Region
  readonly #visit: (rows: Bytes) => void
  #block: Pointer = 0
  #length = 0

  constructor(region: Region, visit: (rows: Bytes) => void) {
    this.#region = region
    this.#visit = visit
  }

  put(key: RowKey, value: unknown, contributions: number): void {
    const integer = typeof value === 'number' && Number.isSafeInteger(value)
    const encoded = integer ? undefined : encodeCanonical(value)
    const valueLength = encoded === undefined ? 8 : encoded.body.length
    const length = HEADER_BYTES + key.body.length + valueLength
    if (length > VISIT_BYTES_MAX) {
      this.#putAlone(key, encoded!, value, contributions, length)
      return
    }
    if (this.#length + length > VISIT_BYTES_MAX) this.flush()
    if (this.#block === 0) this.#block = this.#region.allocate(VISIT_BYTES_MAX)
    this.#write(this.#block + this.#length, key, encoded, value, contributions)
    this.#length += length
  }

  flush(): void {
    if (this.#length === 0) return
    const length = this.#length
    this.#length = 0
    this.#visit({ pointer: this.#block, length })
  }

  /** Gives the block back. Call it whatever happens. */
  end(): void {
    if (this.#block !== 0) this.#region.free(this.#block, VISIT_BYTES_MAX)
    this.#block = 0
  }

  #putAlone(
    key: RowKey,
    encoded: Encoded | undefined,
    value: unknown,
    contributions: number,
    length: number,
  ): void {
    this.flush()
    const block = this.#region.allocate(length)
    try {
      this.#write(block, key, encoded, value, contributions)
      this.#visit({ pointer: block, length })
    } finally {
      this.#region.free(block, length)
    }
  }

  #write(
    at: Pointer,
    key: RowKey,
    encoded: Encoded | undefined,
    value: unknown,
    contributions: number,
  ): void {
    const { u8, view } = this.#region.memory
    const { body } = key
    u8[at] = key.tag
    u8[at + 1] = encoded === undefined ? TAG_INTEGER : encoded.tag
    view.setUint16(at + 2, contributions / TWO_TO_32, true)
    view.setUint32(at + 4, contributions, true)
    view.setUint32(at + 8, body.length, true)
    view.setUint32(at + 12, encoded === undefined ? 8 : encoded.body.length, true)
    view.setUint32(at + 16, key.lane0, true)
    view.setUint32(at + 20, key.lane1, true)
    let to = at + HEADER_BYTES
    // A loop beats `set` on keys as short as words.
    if (body.length <= 32) for (let i = 0; i < body.length; i++) u8[to + i] = body[i]!
    else u8.set(body, to)
    to += body.length
    if (encoded !== undefined) u8.set(encoded.body, to)
    else {
      view.setUint32(to, value as number, true)
      view.setInt32(to + 4, Math.floor((value as number) / TWO_TO_32), true)
    }
  }
}

/** Reads rows one after the other. `next` moves to the first row at first. */
export class RowCursor {
  readonly #from: RowBytes
  readonly #end: number
  #at: Pointer
  #next: number
  #keyLength = 0
  #valueLength = 0

  constructor(from: RowBytes, rows: Bytes) {
    this.#from = from
    this.#at = rows.pointer
    this.#next = rows.pointer
    this.#end = rows.pointer + rows.length
  }

  next(): boolean {
    if (this.#next >= this.#end) return false
    this.#at = this.#next
    this.#keyLength = this.#from.view.getUint32(this.#at + 8, true)
    this.#valueLength = this.#from.view.getUint32(this.#at + 12, true)
    this.#next += HEADER_BYTES + this.#keyLength + this.#valueLength
    return true
  }

  /** Where the row begins: before the first `next`, where the first one will. */
  get at(): Pointer {
    return this.#at
  }

  /** Where the row ends. */
  get end(): Pointer {
    return this.#next
  }

  get contributions(): number {
    const { view } = this.#from
    return view.getUint16(this.#at + 2, true) * TWO_TO_32 + view.getUint32(this.#at + 4, true)
  }

  get lane0(): number {
    return this.#from.view.getUint32(this.#at + 16, true)
  }

  keyEquals(key: Encoded): boolean {
    const { u8 } = this.#from
    const { body } = key
    const length = this.#keyLength
    if (body.length !== length || key.tag !== u8[this.#at]) return false
    const from = this.#at + HEADER_BYTES
    for (let i = 0; i < length; i++) if (u8[from + i] !== body[i]) return false
    return true
  }

  /** A copy of the key. */
  key(): PlainKey {
    const { u8, view } = this.#from
    const from = this.#at + HEADER_BYTES
    const body = new Uint8Array(this.#keyLength)
    for (let i = 0; i < body.length; i++) body[i] = u8[from + i]!
    const lane1 = view.getUint32(this.#at + 20, true)
    return new PlainKey(u8[this.#at]!, body, this.lane0, lane1)
  }

  value(): unknown {
    const { u8, view } = this.#from
    const tag = u8[this.#at + 1]!
    const from = this.#at + HEADER_BYTES + this.#keyLength
    if (tag === TAG_INTEGER) {
      return view.getInt32(from + 4, true) * TWO_TO_32 + view.getUint32(from, true)
    }
    return decodeCanonical({ tag, body: u8.subarray(from, from + this.#valueLength) })
  }
}

/** Rows as plain pairs. */
export function decodeRows(
  from: RowBytes,
  rows: Bytes,
): readonly (readonly [key: unknown, value: unknown])[] {
  const pairs: [unknown, unknown][] = []
  const cursor = new RowCursor(from, rows)
  while (cursor.next()) pairs.push([decodeCanonical(cursor.key()), cursor.value()])
  return pairs
}
