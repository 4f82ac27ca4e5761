/** An inventory is read as it was written, however many messages it takes; and what a new driver does with tasks that are done. */
import { expect, it } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../../core/columns/memory.ts'
import { MAKE_EMISSION } from '../dstream/dstream.ts'
import { blockKey } from '../rdd/rdd.ts'
import { EarlierTasks } from './earlier-tasks.ts'
import { type Inventory, readInventory, writeInventory } from './inventory.ts'
import { WireReader, WireWriter } from './wire.ts'

function passed(inventory: Inventory): Inventory[] {
  const memory = RunMemory.reserve(2 * PAGE_BYTES)
  const writer = new WireWriter()
  const parts: Inventory[] = []
  writeInventory(writer, inventory, () => {
    const bytes = writer.view()
    expect(bytes.length).toBeLessThan(16 * 1024)
    memory.u8.set(bytes, PAGE_BYTES)
    const payload = { pointer: PAGE_BYTES, length: bytes.length }
    parts.push(readInventory(new WireReader(memory).open(payload)))
  })
  return parts
}

it('says all of it, in parts', () => {
  const inventory: Inventory = {
    checkpoints: [{ batch: 70_000, generation: 9 }],
    blocks: Array.from({ length: 1_100 }, (_, at) => blockKey(at % 7, 70_000 + at, at % 5)),
    finished: Array.from({ length: 600 }, (_, at) => ({
      stage: at % 3,
      partition: at % 5,
      batch: 70_000 + at,
      mask: MAKE_EMISSION,
      feeds: at % 2 === 0,
      dropped: false,
    })),
  }
  const parts = passed(inventory)
  expect(parts).toHaveLength(3)
  expect(parts.flatMap(({ checkpoints }) => checkpoints)).toEqual(inventory.checkpoints)
  expect(parts.flatMap(({ blocks }) => blocks)).toEqual(inventory.blocks)
  expect(parts.flatMap(({ finished }) => finished)).toEqual(inventory.finished)
})

it('says nothing where there is nothing', () => {
  expect(passed({ checkpoints: [], blocks: [], finished: [] })).toEqual([])
  const checkpoints = [{ batch: 10, generation: 1 }]
  expect(passed({ checkpoints, blocks: [], finished: [] })).toHaveLength(1)
})

it('tasks that are done are taken once, by batch and stage', () => {
  const earlier = new EarlierTasks()
  for (const partition of [0, 3, 3]) earlier.add({ batch: 7, stage: 1, partition })
  earlier.add({ batch: 7, stage: 0, partition: 2 })
  earlier.add({ batch: 6, stage: 0, partition: 2 })
  expect(earlier.size).toBe(4)
  earlier.forget(6)
  const taken = earlier.take(7)
  expect(taken.get(0)).toEqual(new Set([2]))
  expect(taken.get(1)).toEqual(new Set([0, 3]))
  expect(taken.get(2)).toBeUndefined()
  expect([earlier.size, earlier.take(7).size]).toEqual([0, 0])
})
