/**
 * An input log that has each record of its pool once: a bounded input (`InputConfig.once`).
 *
 * Partition p of P has the pool's records [floor(p · N / P), floor((p + 1) · N / P)), in order. At a rate they are due as those
 * of a looping log are; at the rate 0 all of them are due at 0: the input is one period, however long that is.
 */
import { assert } from '../assert.ts'
import type { InputConfig } from '../run-config.ts'
import type { Nanos, PartitionId } from '../units.ts'
import { countBefore, dueInstant, firstRecordOf, rateOf } from './due-instants.ts'
import type { InputLog, Pool, PoolRange } from './input-log.ts'

/** Costs of `dueBefore`, `dueOf` and `eventTimeOf`: O(1). The configuration is one of `boundedConfig`: every record is due before its end. */
export function createOnceLog(
  { partitions, input }: { readonly partitions: number; readonly input: InputConfig },
  pool: Pool,
): InputLog {
  const { duration } = input
  const firsts = Array.from({ length: partitions + 1 }, (_, partition) =>
    firstRecordOf(partition, partitions, pool.records),
  )
  const countOf = (partition: PartitionId): number => firsts[partition + 1]! - firsts[partition]!
  const rates = firsts.slice(1).map((_, partition) => rateOf(partition, partitions, input.rate))
  const dueOf = (partition: PartitionId, index: number): Nanos =>
    input.rate === 0 ? 0 : dueInstant(index, rates[partition]!)
  for (let partition = 0; partition < partitions; partition++) {
    const last = countOf(partition) - 1
    assert(
      last < 0 || dueOf(partition, last) < duration,
      () => `record ${last} of partition ${partition} is due after the input's end`,
    )
  }
  const log: InputLog = {
    partitions,
    frontier: () => Number.POSITIVE_INFINITY,
    dueBefore(partition: PartitionId, instant: Nanos): number {
      if (instant <= 0) return 0
      const all = countOf(partition)
      if (input.rate === 0 || instant >= duration) return all
      return Math.min(all, countBefore(instant, rates[partition]!))
    },
    dueOf(partition: PartitionId, index: number): Nanos {
      assert(
        index >= 0 && index < countOf(partition),
        () => `record ${index} of partition ${partition}: it has ${countOf(partition)}`,
      )
      return dueOf(partition, index)
    },
    eventTimeOf: (partition, index) => log.dueOf(partition, index),
    locate(
      partition: PartitionId,
      from: number,
      to: number,
      visit: (range: PoolRange) => void,
    ): void {
      if (to > from) visit({ pool, first: firsts[partition]! + from, count: to - from })
    },
    release: () => {},
  }
  return log
}
