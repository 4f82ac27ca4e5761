/** What a worker holds while it restores has a capacity, and says so when it is full. */
import { expect, it } from 'vitest'
import { CapacityError } from '../../core/errors.ts'
import { HeldMessages } from './held-messages.ts'

const message = (length: number) => ({ from: 1, channel: 2, bytes: new Uint8Array(length) })

it('holds messages in order up to its capacity, empty ones too', () => {
  const held = new HeldMessages(1_000)
  for (const length of [100, 200, 300]) held.push(message(length))
  expect(() => held.push(message(300))).toThrow(CapacityError)
  expect(held.take().map(({ bytes }) => bytes.length)).toEqual([100, 200, 300])
  expect(() => {
    for (let count = 0; count < 1_000; count++) held.push(message(0))
  }).toThrow(/until the rollback is over/)
})

it('has room again when all were taken', () => {
  const held = new HeldMessages(1_000)
  held.push(message(900))
  held.take()
  held.push(message(900))
  expect(held.take()).toHaveLength(1)
  expect(held.take()).toHaveLength(0)
})
