import { expect, it } from 'vitest'
import { machineTime, machineTimeOf, stolenShare } from './stolen-time.ts'

const stat = (times: string): string => `cpu  ${times}\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 12\n`

it('is the part of all cores’ time that was stolen between two readings, without counting guests twice', () => {
  const from = machineTimeOf(stat('100 10 20 500 5 1 4 60 70 7'))
  const to = machineTimeOf(stat('150 10 30 530 5 1 4 70 90 9'))
  expect(from).toEqual({ all: 700, stolen: 60 })
  expect(stolenShare(from, to)).toBe(0.1)
})

it('is zero, and not missing, where nothing was stolen', () => {
  const from = { all: 700, stolen: 60 }
  expect(stolenShare(from, { all: 800, stolen: 60 })).toBe(0)
  expect(stolenShare(from, { all: 800, stolen: 59 })).toBe(0)
})

it('is undefined where the kernel does not say, or where no time has passed', () => {
  const known = { all: 700, stolen: 60 }
  expect(machineTimeOf('')).toBeUndefined()
  expect(machineTimeOf(stat('100 10 20 500 5 1 4'))).toBeUndefined()
  expect(machineTimeOf(stat('100 10 20 500 5 1 4 x'))).toBeUndefined()
  expect(machineTimeOf('cpu0 1 1 1 1 1 1 1 1 1 1\n')).toBeUndefined()
  expect(stolenShare(undefined, known)).toBeUndefined()
  expect(stolenShare(known, undefined)).toBeUndefined()
  expect(stolenShare(known, known)).toBeUndefined()
})

it('of this machine is known where its kernel says it, and does not fall', () => {
  const from = machineTime()
  const share = stolenShare(from, machineTime())
  expect(share === undefined || (share >= 0 && share <= 1)).toBe(true)
})
