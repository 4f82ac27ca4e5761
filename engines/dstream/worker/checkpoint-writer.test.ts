/** The writer of checkpoints where storage refuses: tried again, and not for ever. */
import { expect, it } from 'vitest'
import { StorageError } from '../../core/errors.ts'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import type { FileSaved } from '../scheduler/report.ts'
import { CheckpointWriter } from './checkpoint-writer.ts'

function setUp() {
  let requests = 0
  const saved: FileSaved[] = []
  const world = {
    process: 0,
    incarnation: 1,
    count: () => {},
    storage: { write: () => ++requests },
  } as unknown as World
  const store = {
    pin: () => true,
    unpin: () => {},
    table: () => ({ save: () => new Uint8Array(8) }),
  } as unknown as BlockStore
  const writer = new CheckpointWriter(world, store, {
    plan: '0123456789abcdef',
    generation: () => 1,
    saved: (file) => saved.push(file),
  })
  writer.save(4, 2, [{ rdd: 0, made: 4 }])
  /** Encodes and writes what there is; storage answers. */
  const answer = (outcome: string): void => {
    while (writer.step()) {}
    expect(writer.completed(requests, outcome, 'ENOSPC')).toBe(true)
  }
  return { writer, saved, answer }
}

it('encodes and writes a file again that was refused', () => {
  const { saved, answer } = setUp()
  answer('failed')
  answer('failed')
  expect(saved).toEqual([])
  answer('done')
  expect(saved).toMatchObject([{ batch: 4, partition: 2 }])
})

it('ends by name when storage refuses a file for the third time', () => {
  const { saved, answer } = setUp()
  answer('failed')
  answer('failed')
  expect(() => answer('failed')).toThrow(StorageError)
  expect(saved).toEqual([])
})
