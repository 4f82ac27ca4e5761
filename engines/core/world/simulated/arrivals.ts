/** What has come for a simulated process since its last step: frames, what the world has done for it, and its own messages. */
import type { RunMemory } from '../../columns/memory.ts'
import { FRAME_HEADER_BYTES } from '../frame.ts'
import type { Inbound } from '../world.ts'
import type { FrameCost } from './frame-cost.ts'
import type { SimulatedLinks } from './links.ts'
import type { Lives } from './lives.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface Arrivals {
  readonly clock: VirtualClock
  readonly frameCost: FrameCost
  readonly memory: RunMemory
  readonly links: SimulatedLinks
  readonly lives: Lives
}

/** Hands all of it on, in this order. */
export function handOn(
  life: SimulatedProcess,
  { clock, frameCost, memory, links, lives }: Arrivals,
): void {
  const session = life.session!
  const machine = life.machine!
  const deliver = (inbound: Inbound): void => machine.receive(inbound)
  const { frames, inbounds } = life
  life.frames = []
  life.inbounds = []
  for (const frame of frames) {
    clock.charge(frameCost.of(frame, frame.length - FRAME_HEADER_BYTES))
    const pointer = life.region.allocate(frame.length)
    memory.u8.set(frame, pointer)
    const taken = session.accept(pointer, deliver)
    life.region.free(pointer, frame.length)
    if (taken) links.read(frame)
    else if (links.lossless) lives.keep(life.process, frame)
  }
  for (const inbound of inbounds) deliver(inbound)
  session.deliverLocal(deliver)
}
