/** What a process sends to itself is bounded like what it sends to others: held back at half, an error by name when full. */
import { expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import { SessionLayer } from './session-layer.ts'
import { SESSION_LIMITS } from './session-limits.ts'
import type { Outgoing } from './world.ts'

const MEMORY = RunMemory.reserve(8 * PAGE_BYTES)

/** Process 0 by itself, that may have a kilobyte on its way to itself. */
function alone() {
  const region = new Region(MEMORY, { name: 'test', base: PAGE_BYTES, size: 4 * PAGE_BYTES })
  const membership = {
    generation: 1,
    term: 1,
    members: [{ process: 0, incarnation: 1, state: 'live' }],
    placement: [0],
  } as const
  const session = new SessionLayer(
    {
      process: 0,
      incarnation: 1,
      region,
      authority: { generation: () => 1, current: () => membership, propose: () => undefined },
      link: { trySend: () => false },
      now: () => 0,
      count: () => undefined,
    },
    { ...SESSION_LIMITS, localBytesMax: 1_024 },
  )
  const send = (length: number, itsClass: Outgoing['class'] = 'control'): void =>
    session.send({
      to: 0,
      class: itsClass,
      channel: 1,
      generation: 1,
      payload: new Uint8Array(length),
    })
  const deliver = (): number[] => {
    const lengths: number[] = []
    session.deliverLocal((inbound) => {
      if (inbound.kind === 'message') lengths.push(inbound.payload.length)
    })
    return lengths
  }
  return { session, send, deliver, region }
}

it.each(['control', 'data'] as const)(
  '%s: holds back at half, and fails by name when full',
  (of) => {
    const { session, send, deliver } = alone()
    send(500, of)
    expect(session.congested()).toBe(false)
    send(100, of)
    expect(session.congested()).toBe(true)
    expect(() => send(500, of)).toThrow(CapacityError)
    expect(() => send(500, of)).toThrow(/from process 0 to itself/)
    expect(deliver()).toEqual([500, 100])
    expect(session.congested()).toBe(false)
    send(1_000, of)
    expect(deliver()).toEqual([1_000])
  },
)

it('counts empty messages, and gives all memory back', () => {
  const { send, deliver, region } = alone()
  const before = region.used
  expect(() => {
    for (let count = 0; count < 1_000; count++) send(0)
  }).toThrow(CapacityError)
  expect(deliver()).toHaveLength(16)
  expect(region.used).toBe(before)
})
