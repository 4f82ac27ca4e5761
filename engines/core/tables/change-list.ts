/** Where the changed rows of a plain table go: to a digest, to a visitor, or both. */
import type { Bytes, Region } from '../columns/memory.ts'
import type { DigestSum } from '../output/digest.ts'
import { addToDigest, type PlainKey } from './plain-key.ts'
import { RowWriter } from './plain-rows.ts'

/** `flush` after the last row, `end` whatever happens. */
export class ChangeList {
  readonly #digest: DigestSum | undefined
  readonly #writer: RowWriter | undefined
  rows = 0

  constructor(
    region: Region,
    digest: DigestSum | undefined,
    visit: ((rows: Bytes) => void) | undefined,
  ) {
    this.#digest = digest
    this.#writer = visit === undefined ? undefined : new RowWriter(region, visit)
  }

  add(key: PlainKey, value: unknown, contributions: number): void {
    this.rows += 1
    if (this.#digest !== undefined) addToDigest(this.#digest, key, value)
    this.#writer?.put(key, value, contributions)
  }

  flush(): void {
    this.#writer?.flush()
  }

  end(): void {
    this.#writer?.end()
  }
}
