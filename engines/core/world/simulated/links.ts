/**
 * The links of a simulated run: what becomes of a frame between the session layers of two processes.
 *
 *   handed over ──cost, room──▶ fault plan ──▶ network ──▶ arrived, once or more often or never
 *
 * Links lose what is sent to the dead, or are like those of threads (`SimulationOptions.lossless`). Where a plan's faults touch
 * links none is lossless, whatever the options say.
 */
import type { RunMemory } from '../../columns/memory.ts'
import { PagedBytes } from '../../columns/paged-bytes.ts'
import type { FaultPlan } from '../../faults/fault.ts'
import type { Pointer, ProcessId } from '../../units.ts'
import { FRAME_HEADER_BYTES, frameBytes, type RawLink } from '../frame.ts'
import { type Fate, UNHARMED } from './faults/link-faults.ts'
import type { FrameCost } from './frame-cost.ts'
import { LinkRoom } from './link-room.ts'
import type { Network } from './network.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulationOptions } from './simulation-options.ts'
import type { VirtualClock } from './virtual-clock.ts'

const NOTHING = new Uint8Array(0)

export interface LinksParts {
  readonly options: Pick<SimulationOptions, 'lossless' | 'linkBytesMax' | 'costs'>
  readonly plan: FaultPlan
  readonly clock: VirtualClock
  readonly network: Network
  readonly frameCost: FrameCost
  readonly memory: RunMemory
  /** What the plan makes of a frame; undefined in a run without faults. */
  fateOf(from: ProcessId, to: ProcessId, frame: Uint8Array): Fate | undefined
  arrived(from: ProcessId, to: ProcessId, frame: Uint8Array): void
}

export class SimulatedLinks {
  /** Whether what is handed over is sure to reach a receiver that lives. */
  readonly lossless: boolean
  #parts: LinksParts
  #room: LinkRoom
  #frames = new PagedBytes()

  constructor(parts: LinksParts) {
    const { options, plan } = parts
    this.#parts = parts
    this.lossless = options.lossless && !plan.some((fault) => 'links' in fault)
    this.#room = new LinkRoom(options.linkBytesMax)
  }

  /** The links of a process to all others. */
  of(life: SimulatedProcess): RawLink {
    const { lossless } = this
    return {
      lossless,
      ...(lossless ? { place: (bytes, pointer) => this.#place(bytes, pointer) } : {}),
      trySend: (to, _class, header, payload, _wake, tail = NOTHING) => {
        const { clock, frameCost } = this.#parts
        const length = payload.length + tail.length
        if (lossless && !this.#room.take(header, frameBytes(length))) {
          life.count('fullLinks', 1)
          return false
        }
        clock.charge(frameCost.of(header, length))
        const frame = this.#frames.take(frameBytes(length))
        frame.set(header)
        frame.set(payload, FRAME_HEADER_BYTES)
        frame.set(tail, FRAME_HEADER_BYTES + payload.length)
        this.#transmit(life.process, to, frame)
        return true
      },
    }
  }

  /** A frame has been read: what room it took is free. */
  read(frame: Uint8Array): void {
    if (this.lossless) this.#room.give(frame)
  }

  #transmit(from: ProcessId, to: ProcessId, frame: Uint8Array): void {
    const { clock, network, frameCost, arrived, fateOf } = this.#parts
    const bytes = frameCost.bytes(frame, frame.length - FRAME_HEADER_BYTES)
    const { copies, delay, overtaken } = fateOf(from, to, frame) ?? UNHARMED
    const at = overtaken + network.arrival(clock.now(), { from, to, bytes, delay })
    for (let copy = 0; copy < copies; copy++) clock.at(at, () => arrived(from, to, frame))
    if (copies === 0) this.read(frame)
  }

  /** Into another process's region, at once: what tells of it comes by the link. */
  #place(bytes: Uint8Array, pointer: Pointer): void {
    const { clock, memory, options } = this.#parts
    clock.charge(Math.round(bytes.length * options.costs.messageByteNs))
    memory.u8.set(bytes, pointer)
  }
}
