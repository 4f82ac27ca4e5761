/** Keys of blocks: one for each block that a run may have. And the order of its tasks. */
import { expect, it } from 'vitest'
import {
  BATCHES_MAX,
  blockKey,
  blockOfKey,
  PARTITIONS_MAX,
  RDDS_MAX,
  STAGES_MAX,
  TURNS,
  taskOrder,
} from './rdd.ts'

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

it('puts the last tasks of the largest run in order: by batch, by stage, in turn', () => {
  const [batch, stage] = [BATCHES_MAX - 1, STAGES_MAX - 1]
  const orders = [
    taskOrder(batch - 1, stage, TURNS - 1),
    taskOrder(batch, 0, TURNS - 1),
    taskOrder(batch, stage, TURNS),
    taskOrder(batch, stage, TURNS - 1),
  ]
  expect(orders.toSorted((one, other) => one - other)).toEqual(orders)
  expect(new Set(orders).size).toBe(orders.length)
  expect(orders.at(-1)).toBe(Number.MAX_SAFE_INTEGER)
})
