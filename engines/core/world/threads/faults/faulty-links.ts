/**
 * The links of a process on which frames are delayed, dropped, doubled, reordered, or do not pass at all: what it *sends*, by
 * the fault plan. Below the session layer, which mends what can be.
 *
 *   session ──trySend──▶ draw, for each fault that is on ──▶ dropped
 *                              ├─▶ the receiver's ring
 *                              └─▶ held (`held-frames.ts`) ──when it is due, at a round's end──▶ the receiver's ring
 *
 * It is not `lossless`, in no direction and for the whole run, so the session keeps copies and waits for acknowledgements.
 * Its receivers need not know: each frame says whether it is to be acknowledged (`KIND_MESSAGE`, `KIND_PASSED`). Nor has it
 * a `place`: what would land in the receiver's region travels as bytes and lands when it has arrived, as over a network.
 *
 * Held frames are the sender's memory: they are lost with it, and wait while it stands still.
 */
import type { LinkFault, SplitFault } from '../../../faults/fault.ts'
import type { Nanos, Pointer, ProcessId } from '../../../units.ts'
import { CLASS_CONTROL, CLASS_DATA, type ClassNumber } from '../../frame.ts'
import { type Random, seededRandom } from '../../random.ts'
import type { CopyBytes, Links, ProcessLinks } from '../links.ts'
import type { FaultWords } from './fault-words.ts'
import { HeldFrames } from './held-frames.ts'
import type { PlacedFault } from './placed-fault.ts'

/** What due frames wait for that find no room; what makes some also wakes this process. */
const RETRY_NS = 1_000_000
/** Names these streams of random numbers among those of a run. */
const STREAM = 0xfa017

interface Hazard {
  readonly fault: (LinkFault | SplitFault) & { readonly place: number }
  readonly random: Random
}

/** One link that the plan names. */
interface Line {
  readonly to: ProcessId
  readonly hazards: readonly Hazard[]
  /** By class. */
  readonly held: readonly [HeldFrames, HeldFrames]
}

export interface FaultyLinksContext {
  readonly process: ProcessId
  readonly incarnation: number
  readonly seed: number
  readonly words: FaultWords
  now(): Nanos
}

export class FaultyLinks implements ProcessLinks {
  #links: Links
  #context: FaultyLinksContext
  /** By receiver. */
  #lines: (Line | undefined)[] = []
  #next: Nanos = Number.POSITIVE_INFINITY

  constructor(links: Links, plan: readonly PlacedFault[], context: FaultyLinksContext) {
    this.#links = links
    this.#context = context
    const { process, incarnation, seed } = context
    for (const fault of plan) {
      if (!('links' in fault)) continue
      for (const { from, to } of fault.links) {
        if (from !== process) continue
        const random = seededRandom(seed, STREAM, fault.place, from, to, incarnation)
        const before = this.#lines[to]
        this.#lines[to] = {
          to,
          hazards: [...(before?.hazards ?? []), { fault, random }],
          held: before?.held ?? [new HeldFrames(), new HeldFrames()],
        }
      }
    }
  }

  /** When held frames are due, or Infinity. */
  get next(): Nanos {
    return this.#next
  }

  copyWith(copy: CopyBytes): void {
    this.#links.copyWith(copy)
  }

  trySend(
    to: ProcessId,
    frameClass: ClassNumber,
    header: Uint8Array,
    payload: Uint8Array,
    wake: boolean,
  ): boolean {
    const line = this.#lines[to]
    if (line === undefined) return this.#links.trySend(to, frameClass, header, payload, wake)
    const held = line.held[frameClass]
    if (held.full) return false
    const now = this.#context.now()
    const fate = this.#draw(line, now)
    if (fate === undefined) return true
    const at = fate.overtaken ? now + fate.delay : held.inOrder(now + fate.delay)
    // A frame that finds no room is held as well: its fate is drawn once.
    for (let copy = 0; copy < fate.copies; copy++) {
      const isDirect = at <= now && held.next > now
      if (isDirect && this.#links.trySend(to, frameClass, header, payload, wake)) continue
      held.hold(at, header, payload)
      this.#next = Math.min(this.#next, at)
    }
    return true
  }

  poll(visit: (frame: Pointer) => boolean): void {
    this.#links.poll(visit)
  }

  /** Releases what is due, and wakes who was sent something. */
  wakeReceivers(): void {
    if (this.#next !== Number.POSITIVE_INFINITY) this.#release(this.#context.now())
    this.#links.wakeReceivers()
  }

  ready(): boolean {
    return this.#links.ready()
  }

  /** What becomes of a frame that is sent now; `undefined`: it gets lost. */
  #draw({ hazards }: Line, now: Nanos) {
    const { words } = this.#context
    const fate = { copies: 1, delay: 0, overtaken: false }
    for (const { fault, random } of hazards) {
      if (!words.isOn(fault.place, fault.length, now)) continue
      if (fault.kind !== 'split' && random.unit() >= fault.share) continue
      words.hit(fault.place, now)
      switch (fault.kind) {
        case 'split':
        case 'drop':
          return undefined
        case 'duplicate':
          fate.copies += 1
          break
        case 'reorder':
          fate.overtaken = true
          fate.delay += fault.by
          break
        case 'delay':
          fate.delay += fault.by
      }
    }
    return fate
  }

  #release(now: Nanos): void {
    let next = Number.POSITIVE_INFINITY
    for (const line of this.#lines) {
      if (line === undefined) continue
      for (const frameClass of [CLASS_CONTROL, CLASS_DATA] as const) {
        const held = line.held[frameClass]
        held.release(now, (header, payload) =>
          this.#links.trySend(line.to, frameClass, header, payload, true),
        )
        next = Math.min(next, held.next <= now ? now + RETRY_NS : held.next)
      }
    }
    this.#next = next
  }
}
