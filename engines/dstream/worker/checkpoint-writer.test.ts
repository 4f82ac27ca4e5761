/** The writer of checkpoints where storage refuses: tried again, and not for ever. */
import { expect, it } from 'vitest'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import type { FileEnded } from '../scheduler/report.ts'
import { CheckpointWriter } from './checkpoint-writer.ts'

function setUp() {
  let requests = 0
  const ended: FileEnded[] = []
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
    ended: (file) => ended.push(file),
  })
  writer.save(4, 2, [{ rdd: 0, made: 4 }])
  /** Encodes and writes what there is; storage answers. */
  const answer = (outcome: string): void => {
    while (writer.step()) {}
    expect(writer.completed(requests, outcome, 'ENOSPC')).toBe(true)
  }
  return { writer, ended, answer }
}

it('encodes and writes a file again that was refused', () => {
  const { ended, answer } = setUp()
  answer('failed')
  answer('failed')
  expect(ended).toEqual([])
  answer('done')
  expect(ended).toMatchObject([{ batch: 4, partition: 2 }])
})

it('says of a file that storage refuses for the third time why it is not there, and goes on', () => {
  const { ended, answer, writer } = setUp()
  answer('failed')
  answer('failed')
  expect(ended).toEqual([])
  answer('failed')
  expect(ended).toEqual([{ batch: 4, partition: 2, bytes: 0, refusal: 'ENOSPC' }])
  expect(writer.step()).toBe(false)
})
