/**
 * The wire format of plain rows, in words of 32 bits: a header, the key's canonical bytes, the value's.
 *
 *   u32, u32 contributions (high, low) · u32 value length · 16 + value tag
 *   u32 key length · 16 + key tag · u32, u32 digest lanes of the key · key · value
 *
 * Little endian; key and value are padded with zeros to 4 bytes, and rows begin at a multiple of 4. Zero contributions
 * mean that the key left; the value is then `undefined`. The first word is below 2^21: rows of columns begin otherwise.
 */
import type { Bytes, Region } from '../columns/memory.ts'
import {
  decodeCanonical,
  type Encoded,
  TAG_INTEGER,
  withCanonical,
} from '../columns/value-codec.ts'
import type { Pointer } from '../units.ts'
import {
  KEY_HEADER_WORDS,
  type PlainKeys,
  partWord,
  type WordBytes,
  wordsOf,
  writeBytes,
} from './plain-keys.ts'

/** Words before the key's. */
const KEY_AT = 3
const TWO_TO_32 = 2 ** 32
const INTEGER_WORD = (8 << 4) | TAG_INTEGER

/** How many bytes a visit has at most, unless a single row is larger. */
export const VISIT_BYTES_MAX = 65_536

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
  /** The block of a row that is longer than a visit. */
  #alone: Pointer = 0
  #aloneLength = 0

  constructor(region: Region, visit: (rows: Bytes) => void) {
    this.#region = region
    this.#visit = visit
  }

  /** A row of a table. */
  put(keys: PlainKeys, slot: number, value: unknown, contributions: number): void {
    if (Number.isSafeInteger(value)) {
      const { i32 } = this.#region.memory
      const at = this.#putKey(keys, slot, { contributions, part: INTEGER_WORD })
      i32[at] = value as number
      i32[at + 1] = Math.floor((value as number) / TWO_TO_32)
      this.#visitAlone()
      return
    }
    withCanonical(value, (tag, bytes, from, to) => {
      const part = partWord(tag, to - from)
      const at = this.#putKey(keys, slot, { contributions, part })
      writeBytes(this.#region.memory, at, bytes, from, to)
      this.#visitAlone()
    })
  }

  /** Writes a row up to its value, and says at which word that goes. */
  #putKey(
    keys: PlainKeys,
    slot: number,
    { contributions, part }: { readonly contributions: number; readonly part: number },
  ): number {
    const keyBytes = keys.bytes(slot)
    const at = this.#room(KEY_AT * 4 + keyBytes + wordsOf(part >>> 4) * 4) >>> 2
    const { i32 } = this.#region.memory
    i32[at] = contributions / TWO_TO_32
    i32[at + 1] = contributions
    i32[at + 2] = part
    keys.copyTo(i32, at + KEY_AT, slot)
    return at + KEY_AT + (keyBytes >>> 2)
  }

  /** A record of a bag, which nobody looks up: the lanes are zero, the value is `undefined`. */
  putRecord(record: unknown): void {
    withCanonical(record, (tag, bytes, from, to) => this.#putBody(tag, bytes, from, to))
  }

  /** The same of one that is encoded. */
  putEncoded({ tag, body }: Encoded): void {
    this.#putBody(tag, body, 0, body.length)
  }

  #putBody(tag: number, bytes: Uint8Array, from: number, to: number): void {
    const part = partWord(tag, to - from)
    const at = this.#room((KEY_AT + KEY_HEADER_WORDS + wordsOf(to - from)) * 4) >>> 2
    const { memory } = this.#region
    memory.i32.fill(0, at, at + KEY_AT + KEY_HEADER_WORDS)
    memory.i32[at + 1] = 1
    memory.i32[at + KEY_AT] = part
    writeBytes(memory, at + KEY_AT + KEY_HEADER_WORDS, bytes, from, to)
    this.#visitAlone()
  }

  flush(): void {
    if (this.#length === 0) return
    const length = this.#length
    this.#length = 0
    this.#visit({ pointer: this.#block, length })
  }

  /** Gives the blocks back. Call it whatever happens. */
  end(): void {
    if (this.#block !== 0) this.#region.free(this.#block, VISIT_BYTES_MAX)
    this.#block = 0
    this.#endAlone()
  }

  #endAlone(): void {
    if (this.#alone !== 0) this.#region.free(this.#alone, this.#aloneLength)
    this.#alone = 0
  }

  /** Where a row of so many bytes goes: one that is longer than a visit has a block of its own. */
  #room(length: number): Pointer {
    if (this.#length + length > VISIT_BYTES_MAX) this.flush()
    if (length > VISIT_BYTES_MAX) {
      this.#alone = this.#region.allocate(length)
      this.#aloneLength = length
      return this.#alone
    }
    if (this.#block === 0) this.#block = this.#region.allocate(VISIT_BYTES_MAX)
    const at = this.#block + this.#length
    this.#length += length
    return at
  }

  /** Hands on the row that was just written, if it has a block of its own. */
  #visitAlone(): void {
    if (this.#alone === 0) return
    this.#visit({ pointer: this.#alone, length: this.#aloneLength })
    this.#endAlone()
  }
}

/** Reads rows one after the other. `next` moves to the first row at first. */
export class RowCursor {
  readonly #from: WordBytes
  readonly words: Int32Array
  readonly #end: number
  /** In words, as all that follows. */
  #at: number
  #next: number

  constructor(from: WordBytes, rows: Bytes) {
    this.#from = from
    this.words = from.i32
    this.#at = rows.pointer >>> 2
    this.#next = this.#at
    this.#end = (rows.pointer + rows.length) >>> 2
  }

  next(): boolean {
    const at = this.#next
    if (at >= this.#end) return false
    const { words } = this
    this.#at = at
    this.#next =
      at +
      KEY_AT +
      KEY_HEADER_WORDS +
      wordsOf(words[at + KEY_AT]! >>> 4) +
      wordsOf(words[at + 2]! >>> 4)
    return true
  }

  /** Where the row begins: before the first `next`, where the first one will. */
  get at(): Pointer {
    return this.#at * 4
  }

  /** Where the row ends. */
  get end(): Pointer {
    return this.#next * 4
  }

  get contributions(): number {
    return this.words[this.#at]! * TWO_TO_32 + (this.words[this.#at + 1]! >>> 0)
  }

  /** Where in `words` the key is, for `PlainKeys`. */
  get keyAt(): number {
    return this.#at + KEY_AT
  }

  /** The key's canonical form, in place. */
  key(): Encoded {
    const part = this.words[this.#at + KEY_AT]!
    const from = (this.#at + KEY_AT + KEY_HEADER_WORDS) * 4
    return { tag: part & 15, body: this.#from.u8.subarray(from, from + (part >>> 4)) }
  }

  /** The key as a plain value. */
  keyValue(): unknown {
    return this.#valueOf(this.words[this.#at + KEY_AT]!, this.#at + KEY_AT + KEY_HEADER_WORDS)
  }

  value(): unknown {
    const part = this.words[this.#at + 2]!
    return this.#valueOf(part, this.#next - wordsOf(part >>> 4))
  }

  /** What lies at a word, with this length and tag. */
  #valueOf(part: number, at: number): unknown {
    if (part === INTEGER_WORD) {
      const low = this.words[at]!
      const high = this.words[at + 1]!
      return high === low >> 31 ? low : high * TWO_TO_32 + (low >>> 0)
    }
    const body = this.#from.u8.subarray(at * 4, at * 4 + (part >>> 4))
    return decodeCanonical({ tag: part & 15, body })
  }
}

/** Rows as plain pairs. */
export function decodeRows(
  from: WordBytes,
  rows: Bytes,
): readonly (readonly [key: unknown, value: unknown])[] {
  const pairs: [unknown, unknown][] = []
  const cursor = new RowCursor(from, rows)
  while (cursor.next()) pairs.push([cursor.keyValue(), cursor.value()])
  return pairs
}
