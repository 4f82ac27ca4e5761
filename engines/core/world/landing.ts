/**
 * Messages that lie where their receiver wants them (`Outgoing.landing`): what travels on the link, and what arrives.
 *
 * The frame's payload is the pointer and the length. Where memory is shared, the sender has put the bytes there; elsewhere
 * they follow, and are put there on arrival.
 */
import type { Bytes, RunMemory } from '../columns/memory.ts'
import type { Pointer } from '../units.ts'
import type { RawLink } from './frame.ts'
import type { Outgoing } from './world.ts'

const LANDED_BYTES = 8

/** The payload to be sent. `place` only for a receiver that lives: one that is over has no region. */
export function landingPayload(
  { payload, tail }: Outgoing,
  landing: Pointer,
  place: RawLink['place'],
): Uint8Array {
  const length = payload.length + (tail?.length ?? 0)
  const bytes = Buffer.allocUnsafe(LANDED_BYTES + (place ? 0 : length))
  bytes.writeUInt32LE(landing, 0)
  bytes.writeUInt32LE(length, 4)
  if (place) {
    place(payload, landing)
    if (tail) place(tail, landing + payload.length)
  } else {
    bytes.set(payload, LANDED_BYTES)
    if (tail) bytes.set(tail, LANDED_BYTES + payload.length)
  }
  return bytes
}

/** Where the message lies whose frame's payload is this. Costs a copy where memory is not shared. */
export function landed(memory: RunMemory, { pointer, length }: Bytes): Bytes {
  const landing = memory.u32[pointer >>> 2]!
  if (length > LANDED_BYTES) {
    memory.u8.copyWithin(landing, pointer + LANDED_BYTES, pointer + length)
  }
  return { pointer: landing, length: memory.u32[(pointer >>> 2) + 1]! }
}
