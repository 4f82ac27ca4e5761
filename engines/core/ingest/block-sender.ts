/**
 * Sends blocks that are held here to another worker, each partition in order, as fast as that takes them in.
 *
 * Used for copies (for ever, as blocks arrive) and for refills (once, ended by a block without records).
 */
import type { Nanos, PartitionId, Pointer, ProcessId } from '../units.ts'
import type { World } from '../world/world.ts'
import { blockRoom, emptyBlock, fillsSlot, WINDOW_BYTES } from './block.ts'
import type { Holding } from './holding.ts'

const RETRY_NS: Nanos = 1_000_000

interface Line {
  readonly holding: Holding
  readonly partition: PartitionId
  readonly once: boolean
  /** The next record to be sent. */
  next: number
  ended: boolean
}

export class BlockSender {
  #world: World
  #channel: number
  #to: ProcessId = -1
  #generation = 0
  #lines: Line[] = []
  #turn = 0
  /** Room of what was sent, and of what the other says that it has taken in. */
  #sent = 0
  #taken = 0
  /** Where blocks may land at the other. */
  #slots: Pointer[] = []

  constructor(world: World, channel: number) {
    this.#world = world
    this.#channel = channel
  }

  /** Begins anew. `to` is -1 when there is nobody to send to. */
  reset(to: ProcessId | -1, generation: number): void {
    this.#to = to
    this.#generation = generation
    this.#lines = []
    this.#sent = 0
    this.#taken = 0
    this.#slots = []
  }

  /** Sends a partition from a record on, and what follows whenever it arrives. */
  add(holding: Holding, partition: PartitionId, next: number): void {
    this.#lines.push({ holding, partition, once: false, next, ended: false })
  }

  /** Sends what there is of a partition from a record on, and then that there is no more. */
  addOnce(holding: Holding, partition: PartitionId, next: number): void {
    this.#lines.push({ holding, partition, once: true, next, ended: false })
  }

  get slots(): Pointer[] {
    return this.#slots
  }

  taken(room: number): void {
    if (room > this.#taken) this.#taken = room
  }

  /** Sends as much as may be in flight. Returns when it wants to be called again: soon, if links are what holds it back. */
  step(now: Nanos): Nanos {
    if (this.#to < 0) return Number.POSITIVE_INFINITY
    let idle = 0
    while (idle < this.#lines.length) {
      if (this.#world.transport.congested()) return now + RETRY_NS
      const line = this.#lines[this.#turn % this.#lines.length]!
      // Refills are not confirmed; the link's own limit bounds them.
      if (!line.once && this.#sent - this.#taken >= WINDOW_BYTES) break
      this.#turn += 1
      if (this.#sendNext(line)) idle = 0
      else idle += 1
    }
    return Number.POSITIVE_INFINITY
  }

  #sendNext(line: Line): boolean {
    const { holding, once } = line
    if (line.next < holding.first) line.next = holding.first
    const block = holding.find(line.next)
    if (block !== undefined) {
      const { memory } = this.#world.region
      this.#send(memory.bytes(block.pointer, block.length))
      this.#sent += blockRoom(block.length)
      line.next = block.first + block.records
      return true
    }
    if (!once || line.ended) return false
    line.ended = true
    const { end: first, known } = holding
    this.#send(emptyBlock({ partition: line.partition, first, known }))
    return true
  }

  #send(payload: Uint8Array): void {
    const landing = fillsSlot(payload.length) ? this.#slots.pop() : undefined
    this.#world.transport.send({
      to: this.#to,
      class: 'data',
      channel: this.#channel,
      generation: this.#generation,
      payload,
      ...(landing === undefined ? {} : { landing }),
    })
  }
}
