/** The records of pools as an interpreter is given them: the rules of the input logs, where there are two of them. */
import { decodeText } from '../columns/value-codec.ts'
import type { DueRecord } from '../interpreter/interpret.ts'
import type { PoolBytes, Trial } from '../system.ts'

/** A record of a pool: a text, or a pair of integers. */
export function recordAt({ bytes, offsets, pairs }: PoolBytes, record: number): unknown {
  const from = offsets[record]!
  if (!pairs) return decodeText(bytes.slice(from, offsets[record + 1]! - 1))
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return [view.getUint32(from, true), view.getUint32(from + 4, true)]
}

export function recordsOf(pool: PoolBytes): unknown[] {
  return Array.from({ length: pool.offsets.length - 1 }, (_, record) => recordAt(pool, record))
}

/** The records of a bounded trial: what `input/once-log.ts` does, written from its rule a second time, in BigInt. */
export function onceRecords({ config, pool }: Pick<Trial, 'config' | 'pool'>): DueRecord[] {
  const all = recordsOf(pool)
  const partitions = BigInt(config.partitions)
  const { rate } = config.input
  const records: DueRecord[] = []
  for (let partition = 0n; partition < partitions; partition++) {
    const from = (partition * BigInt(all.length)) / partitions
    const to = ((partition + 1n) * BigInt(all.length)) / partitions
    const share = BigInt(rate) / partitions + (partition < BigInt(rate) % partitions ? 1n : 0n)
    for (let index = from; index < to; index++) {
      const dueAt = rate === 0 ? 0 : Number(((index - from) * 1_000_000_000n) / share)
      records.push({ dueAt, value: all[Number(index)] })
    }
  }
  return records
}

/** Those of all static inputs of a trial, by URL. */
export function staticTexts({
  staticInputs = {},
}: Pick<Trial, 'staticInputs'>): ReadonlyMap<string, readonly unknown[]> {
  return new Map(Object.entries(staticInputs).map(([url, pool]) => [url, recordsOf(pool)]))
}
