/**
 * Lineage soundness, checked while a run goes on: a partition that is made again from its lineage, and one that is read back
 * from a spill or a checkpoint, has the rows of the one that it replaces (D-Streams §3.3, RDD §4); rows for reduce tasks
 * destination by destination.
 *
 * Their order does not count: a combiner keeps the places of the keys that it has seen, so another worker, with another past,
 * puts out the same rows in another order.
 *
 * Keeps all blocks of a run: for short ones.
 */
import { assert } from '../../core/assert.ts'
import { encodeCanonical } from '../../core/columns/value-codec.ts'
import type { BlockCopy, BlockObserver } from './block-observer.ts'
import { type BlockId, blockKey, nameOfKey, type RddId } from './rdd.ts'

type Decode = Parameters<BlockObserver['seen']>[2]

export class LineageCheck implements BlockObserver {
  readonly #first = new Map<number, BlockCopy>()
  readonly #compared = new Map<RddId, number>()

  /** Blocks that were held against an earlier one of the same name. */
  get compared(): number {
    return [...this.#compared.values()].reduce((total, count) => total + count, 0)
  }

  /** Those of one RDD. */
  comparedOf(rdd: RddId): number {
    return this.#compared.get(rdd) ?? 0
  }

  seen({ rdd, batch, partition }: BlockId, copy: BlockCopy, decode: Decode): void {
    const key = blockKey(rdd, batch, partition)
    const first = this.#first.get(key)
    if (first === undefined) {
      this.#first.set(key, copy)
      return
    }
    this.#compared.set(rdd, this.comparedOf(rdd) + 1)
    const name = nameOfKey(key)
    assert(first.length === copy.length, `block ${name} has another number of destinations`)
    copy.forEach((pieces, to) => {
      const before = first[to]!
      assert(
        sameBytes(before, pieces) || sameRows(decode(before), decode(pieces)),
        () =>
          `block ${name}, made again, has other rows for ${to}: ${decode(pieces)} for ${decode(before)}`,
      )
    })
  }
}

function sameBytes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((piece, at) => Buffer.compare(piece, b[at]!) === 0)
}

function sameRows(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  const [names, others] = [namesOf(a), namesOf(b)]
  return names.every((name, at) => name === others[at])
}

function namesOf(rows: readonly unknown[]): readonly string[] {
  return rows.map((row) => Buffer.from(encodeCanonical(row).body).toString('latin1')).sort()
}
