/** Keys of blocks: one for each block that a run may have. */
import { expect, it } from 'vitest'
import { BATCHES_MAX, blockKey, blockOfKey, PARTITIONS_MAX, RDDS_MAX } from './rdd.ts'

const HOUR_OF_MILLISECONDS = 3_600_000

it('tells the last blocks of the largest run from each other', () => {
  for (const batch of [1, 2 ** 21, HOUR_OF_MILLISECONDS, BATCHES_MAX - 1]) {
    for (const rdd of [0, 1, RDDS_MAX - 1]) {
      for (const partition of [0, 1, PARTITIONS_MAX - 1]) {
        const block = { rdd, batch, partition }
        expect(blockOfKey(blockKey(rdd, batch, partition))).toEqual(block)
      }
    }
  }
})
