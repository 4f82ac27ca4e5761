/** Files on the simulated disk: whole or not there, never replaced, and refused by name. */
import { expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { DISK, Disk, type DiskFaults } from './disk.ts'

const diskWith = (faults: DiskFaults) => new Disk({ ...DISK, faults }, seededRandom(1))
const file = (name: string, ...bytes: number[]) => ({ name, bytes: Uint8Array.from(bytes), at: 7 })

test('a name has the bytes that it got first', () => {
  const disk = diskWith({})
  expect(disk.publish(file('a', 1, 2))).toEqual({ outcome: 'done' })
  expect(disk.publish(file('a', 1, 2))).toEqual({ outcome: 'done' })
  expect(disk.publish(file('a', 1, 3))).toEqual({ outcome: 'contradicted' })
  expect(disk.publish(file('a', 1))).toEqual({ outcome: 'contradicted' })
  expect(disk.files).toEqual([file('a', 1, 2)])
  expect(disk.list('')).toEqual([])
})

test('a full disk takes what fits, and what it has already', () => {
  const disk = diskWith({ filesBytesMax: 3 })
  expect(disk.publish(file('a', 1, 2)).outcome).toBe('done')
  expect(disk.publish(file('b', 1, 2)).outcome).toBe('failed')
  expect(disk.publish(file('a', 1, 2)).outcome).toBe('done')
  expect(disk.publish(file('c', 1)).outcome).toBe('done')
})

test('nobody sees what broke off', () => {
  const disk = diskWith({ torn: 1 })
  expect(disk.publish(file('a', 1, 2))).toMatchObject({ outcome: 'failed' })
  expect(disk.files).toEqual([])
})

test('some files take long', () => {
  const disk = diskWith({ slow: { share: 0.5, factor: 10 } })
  const delays = new Set(Array.from({ length: 40 }, () => disk.fileDelay(0)))
  expect([...delays].sort((a, b) => a - b)).toEqual([DISK.latency, 10 * DISK.latency])
  expect(disk.delay(0)).toBe(DISK.latency)
})
