/** Where the changed rows of a plain table go: to a digest, to a visitor, or both. */

import type { Bytes, Region } from '../columns/memory.ts'
import { TAG_INTEGER, withCanonical } from '../columns/value-codec.ts'
import { type DigestSum, rowLane, valueLanesAt } from '../output/digest.ts'
import type { PlainKeys } from './plain-keys.ts'
import { RowWriter } from './plain-rows.ts'

const TWO_TO_32 = 2 ** 32

/** `flush` after the last row, `end` whatever happens. */
export class ChangeList {
  readonly #digest: DigestSum | undefined
  readonly #writer: RowWriter | undefined
  /** Sums of row lanes, as 32-bit integers. */
  #lane0 = 0
  #lane1 = 0
  rows = 0

  constructor(
    region: Region,
    digest: DigestSum | undefined,
    visit: ((rows: Bytes) => void) | undefined,
  ) {
    this.#digest = digest
    this.#writer = visit === undefined ? undefined : new RowWriter(region, visit)
  }

  add(keys: PlainKeys, slot: number, value: unknown, contributions: number): void {
    this.rows += 1
    if (this.#digest !== undefined) this.#sum(keys, slot, value)
    this.#writer?.put(keys, slot, value, contributions)
  }

  /** As `DigestSum.addRow`, with the key's lanes at hand. */
  #sum(keys: PlainKeys, slot: number, value: unknown): void {
    let word0: number
    let word1: number
    let tag = TAG_INTEGER
    if (Number.isSafeInteger(value)) {
      word0 = (value as number) | 0
      word1 = Math.floor((value as number) / TWO_TO_32)
    } else {
      ;({ tag, lane0: word0, lane1: word1 } = withCanonical(value, valueLanesAt))
    }
    this.#lane0 = (this.#lane0 + rowLane(keys.lane0(slot), word0, word1, tag)) | 0
    this.#lane1 = (this.#lane1 + rowLane(keys.lane1(slot), word0, word1, tag)) | 0
  }

  flush(): void {
    this.#writer?.flush()
    this.#digest?.add({ rows: this.rows, lane0: this.#lane0, lane1: this.#lane1 })
  }

  end(): void {
    this.#writer?.end()
  }
}
