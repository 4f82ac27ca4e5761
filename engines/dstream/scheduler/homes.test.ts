/** A partition is at home with its owner, away while a stay lasts, and its tables can be read where they are once it was away. */
import { expect, it } from 'vitest'
import { placePartitions } from '../../core/membership/membership.ts'
import { Partitioner } from '../rdd/partitioner.ts'
import { Homes } from './homes.ts'

const WORKERS = 3
const SLOW = 1
/** Its owner is the slow one. */
const PARTITION = 1

function homesOf(): Homes {
  const partitioner = new Partitioner(6)
  const ids = Array.from({ length: WORKERS }, (_, worker) => worker)
  partitioner.adopt(
    {
      generation: 1,
      term: 1,
      members: ids.map((process) => ({ process, incarnation: 1, state: 'live' })),
      placement: placePartitions(6, ids),
    },
    WORKERS,
  )
  return new Homes(partitioner)
}

it('is with its owner, but for a batch after a copy has won', () => {
  const homes = homesOf()
  const home = (batch: number): number => homes.homeOf(PARTITION, batch)
  expect([4, 5, 6].map(home)).toEqual([SLOW, SLOW, SLOW])
  expect(homes.lastStay(PARTITION)).toBeUndefined()
  homes.move(PARTITION, { batch: 4, from: SLOW, to: 2 })
  expect([5, 6].map(home)).toEqual([2, SLOW])
  expect(homes.homeOf(PARTITION + WORKERS, 5)).toBe(SLOW)
  // The same worker is late again at once, with this one and with another.
  homes.move(PARTITION, { batch: 6, from: SLOW, to: 0 })
  homes.move(PARTITION + WORKERS, { batch: 6, from: SLOW, to: 2 })
  expect([7, 8, 9].map(home)).toEqual([0, 0, SLOW])
  expect(homes.homeOf(PARTITION + WORKERS, 8)).toBe(2)
  expect(homes.lastStay(PARTITION)).toBe(0)
})

it('reads tables of another worker only of partitions that were copied', () => {
  const homes = homesOf()
  const readable = (): boolean[] => [-1, 0, SLOW].map((holder) => homes.canRead(PARTITION, holder))
  expect(readable()).toEqual([false, false, true])
  homes.scatter(PARTITION)
  expect(readable()).toEqual([false, true, true])
  expect(homes.isScattered(PARTITION + WORKERS)).toBe(false)
})

it('begins a generation at home, with tables where they are', () => {
  const homes = homesOf()
  homes.scatter(PARTITION)
  homes.move(PARTITION, { batch: 4, from: SLOW, to: 2 })
  homes.reset()
  expect(homes.homeOf(PARTITION, 5)).toBe(SLOW)
  expect(homes.isScattered(PARTITION)).toBe(true)
})

it('takes a partition for scattered when a worker has a table of it that is not its owner', () => {
  const homes = homesOf()
  homes.found(PARTITION, SLOW)
  homes.found(PARTITION + WORKERS, 2)
  expect([PARTITION, PARTITION + WORKERS].map((each) => homes.isScattered(each))).toEqual([
    false,
    true,
  ])
  expect(homes.scattered).toBe(1)
  expect(homes.homeOf(PARTITION + WORKERS, 5)).toBe(SLOW)
})
