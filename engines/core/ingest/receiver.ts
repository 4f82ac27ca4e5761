/**
 * The receiver of a worker: takes blocks in for the partitions that are placed here, puts each on a second worker, and only
 * then acknowledges it to the client (D-Streams §4; Spark's receiver).
 *
 *   client ──PUSH──▶ owner ──COPY──▶ second worker          blocks
 *   client ◀──GRANT── owner ◀──CONFIRM── second worker      limit; records below which both have everything
 *                     owner ──RELEASE──▶ second worker      records that nobody will ask for again
 *                     owner ──FRONTIER──▶ driver            all of its partitions are known up to this tick's end
 *
 * The engine reads a block as soon as it is here: should this worker die before the second has it, the client sends the
 * same records again. Room is given back when the engine has released the records *and* both workers had them.
 * A new generation begins anew (`handover.ts`): an owner first gets what it lacks of its partitions, then copies to its
 * second worker what that lacks, and grants again.
 *
 * Overload: a block that has no room is never sent (`allowance.ts`); full blocks land where they stay (`slots.ts`).
 */
import type { ProcessSetup } from '../engine.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { FailureDetector, HEARTBEAT_CHANNEL } from '../membership/failure-detector.ts'
import { liveWorkers, type Membership } from '../membership/membership.ts'
import type { Nanos, PartitionId, ProcessId } from '../units.ts'
import type { Inbound, World } from '../world/world.ts'
import { Allowance } from './allowance.ts'
import {
  type Block,
  blockRoom,
  CONFIRM_CHANNEL,
  COPY_CHANNEL,
  FETCH_CHANNEL,
  FRONTIER_CHANNEL,
  fillsSlot,
  GRANT_CHANNEL,
  HOLDINGS_CHANNEL,
  PUSH_CHANNEL,
  REFILL_CHANNEL,
  RELEASE_CHANNEL,
  readBlock,
} from './block.ts'
import { BlockSender } from './block-sender.ts'
import { Confirmations } from './confirmations.ts'
import { Handover, nextOf } from './handover.ts'
import type { Holding, Stored } from './holding.ts'
import { closeLane, isUnfit, type Lane, loadOf, newLane, openLane } from './lane.ts'
import { lostClient } from './lost-client.ts'
import { NumberList, numbersOf, takeSlots } from './number-list.ts'
import type { Arrivals, Schedule } from './pushed-log.ts'
import { Slots } from './slots.ts'

/** What both workers have is told to the client together with new room, or at the latest so long after it was. */
const GRANT_DELAY: Nanos = 1_000_000
/** The client has work of its own to do between two heartbeats. */
const CLIENT_PATIENCE = 10

export interface ReceiverOptions extends Pick<ProcessSetup, 'config' | 'ticks'> {
  readonly client: ProcessId
  /** Who is told how far all partitions of this worker are known; an engine without a driver has none. */
  readonly driver: ProcessId | undefined
  readonly schedule: Schedule
  readonly copy: Kernels['copyBytes']
}

type Message = Extract<Inbound, { kind: 'message' }>

export class Receiver implements Arrivals {
  #world: World
  #options: ReceiverOptions
  #detector: FailureDetector
  #lanes: Lane[]
  #membership: Membership | undefined
  #workers: readonly ProcessId[] = []
  /** The worker that gets the copies of this one's blocks; -1 when there is no other. */
  #second: ProcessId = -1
  #owned: Lane[] = []
  #handover: Handover
  #copies: BlockSender
  #allowance: Allowance
  #slots: Slots
  #grantDue = false
  /** No acknowledgement is worth a message of its own before. */
  #grantAt: Nanos = 0
  #confirmations = new Confirmations()
  #reported: Nanos = 0
  #list = new NumberList()

  constructor(world: World, options: ReceiverOptions) {
    this.#world = world
    this.#options = options
    const { config, copy } = options
    this.#lanes = Array.from({ length: config.partitions }, (_, partition) =>
      newLane(world.region, copy, partition),
    )
    this.#handover = new Handover(world, this.#lanes, {
      send: (to, channel, payload) => this.#send(to, channel, payload),
      complete: (lane) => this.#open(lane),
    })
    this.#copies = new BlockSender(world, COPY_CHANNEL)
    this.#slots = new Slots(world.region)
    this.#allowance = new Allowance(world.region, {
      ticks: options.ticks,
      // An engine with a driver computes batches.
      wholeTicks: options.driver !== undefined,
    })
    const { heartbeat, timeout } = config.detector
    this.#detector = new FailureDetector(world, { heartbeat, timeout: timeout * CLIENT_PATIENCE })
    this.refresh()
  }

  frontier(partition: PartitionId): Nanos {
    const { state, holding } = this.#lanes[partition]!
    return state === 'open' ? holding.known : 0
  }

  holding(partition: PartitionId): Holding {
    return this.#lanes[partition]!.holding
  }

  read(partition: PartitionId, index: number): void {
    if (this.#lanes[partition]!.holding.read(index)) this.#grantDue = true
  }

  release(partition: PartitionId, index: number): void {
    const lane = this.#lanes[partition]!
    if (lane.state === 'foreign' || index <= lane.released) return
    lane.released = index
    this.#free(lane)
  }

  /** Begins a new generation if there is one. Call before the engine steps. */
  refresh(): void {
    const { authority } = this.#world
    if (authority.generation() !== this.#membership?.generation) this.#adopt(authority.current())
  }

  receive(message: Message): void {
    this.refresh()
    const { from, channel, payload, generation } = message
    if (from === this.#options.client) this.#detector.heard(from, this.#world.now())
    if (channel === HEARTBEAT_CHANNEL) return
    if (generation !== this.#membership?.generation) {
      this.#world.count('staleMessages', 1)
      return
    }
    const { memory } = this.#world.region
    switch (channel) {
      case PUSH_CHANNEL:
        this.#push(message)
        return
      case COPY_CHANNEL:
        this.#copy(message)
        return
      case REFILL_CHANNEL:
        this.#refill(message)
        return
      case CONFIRM_CHANNEL:
        this.#noteConfirmed(numbersOf(memory, payload))
        return
      case RELEASE_CHANNEL:
        this.#release(numbersOf(memory, payload))
        return
      case HOLDINGS_CHANNEL:
        this.#handover.holdings(from, numbersOf(memory, payload))
        return
      case FETCH_CHANNEL:
        this.#handover.fetch(from, numbersOf(memory, payload))
        return
      default:
        throw new Error(`a receiver has no channel ${channel}`)
    }
  }

  /** Sends what there is to send. Call after the engine has stepped. Returns when it wants to be called again. */
  step(): Nanos {
    const now = this.#world.now()
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length > 0) throw lostClient(this.#options.client)
    if (this.#membership === undefined) return next
    const wanted = Math.min(next, this.#copies.step(now), this.#handover.step(now))
    this.#confirm(now)
    this.#announce()
    this.#report()
    return Math.min(wanted, this.#confirmations.at, this.#grant(now))
  }

  #adopt(membership: Membership): void {
    const { process, incarnation } = this.#world
    const { client, config } = this.#options
    const self = membership.members.find((member) => member.process === process)
    // A fenced worker is about to be ended.
    if (self?.state !== 'live' || self.incarnation !== incarnation) return
    this.#membership = membership
    this.#workers = liveWorkers(membership, config.workers)
    this.#second = nextOf(this.#workers, process)
    this.#confirmations.reset()
    this.#copies.reset(this.#second, membership.generation)
    this.#slots.reset()
    this.#detector.adopt(membership, [client], this.#world.now())
    this.#allowance.reset(this.#world.now())
    this.#grantAt = 0
    this.#reported = 0
    for (const lane of this.#lanes) {
      closeLane(lane, membership.placement[lane.partition] === process)
    }
    this.#owned = this.#lanes.filter(({ state }) => state === 'closed')
    const others = this.#workers.filter((worker) => worker !== process)
    this.#handover.begin(membership.generation, others, this.#second)
  }

  #open(lane: Lane): void {
    openLane(lane)
    this.#copies.add(lane.holding, lane.partition, lane.confirmed)
    this.#grantDue = true
  }

  #push({ from, payload }: Message): void {
    const { memory } = this.#world.region
    const block = readBlock(memory, payload)
    const lane = this.#lanes[block.partition]!
    this.#allowance.take(blockRoom(block.length), this.#world.now())
    this.#grantDue = true
    if (lane.state !== 'open') {
      // Not ours in this generation: whoever owns it asks for it again.
      this.#world.count('misdirectedBlocks', 1)
      this.#slots.settle(from, block.pointer, false)
      return
    }
    const before = lane.holding.end
    const stored = this.#store(lane, block, from)
    if (stored === 'stored') {
      this.#world.count('pushedBytes', block.length)
      this.#world.count('pushedRecords', lane.holding.end - Math.max(before, block.first))
      this.#world.charge('message', block.length)
    }
    const end = block.first + block.records
    const repeated = Math.min(end, before) - block.first
    if (repeated > 0) this.#world.count('duplicateRecords', repeated)
  }

  /** Keeps a block where it landed, or copies it from the link. */
  #store({ holding }: Lane, block: Block, from: ProcessId): Stored {
    const landed = this.#slots.has(from, block.pointer)
    const stored = holding.store(block, landed)
    if (landed) {
      this.#slots.settle(from, block.pointer, stored === 'stored')
      this.#world.count('landedBlocks', 1)
    } else if (fillsSlot(block.length)) this.#slots.missed(from)
    return stored
  }

  #copy({ from, payload }: Message): void {
    const block = readBlock(this.#world.region.memory, payload)
    const lane = this.#lanes[block.partition]!
    this.#store(lane, block, from)
    this.#world.count('replicatedBytes', block.length)
    this.#world.charge('message', block.length)
    this.#confirmations.add(lane, blockRoom(block.length), this.#world.now())
  }

  #refill({ payload }: Message): void {
    const block = readBlock(this.#world.region.memory, payload)
    const lane = this.#lanes[block.partition]!
    if (lane.holding.store(block, false) === 'stored')
      this.#world.count('refilledBytes', block.length)
    // The last one has no records: it says where the next begins.
    if (block.records === 0 && lane.state === 'fetching') this.#open(lane)
  }

  #noteConfirmed(numbers: Float64Array): void {
    this.#copies.taken(numbers[0]!)
    for (let at = takeSlots(numbers, this.#copies.slots); at < numbers.length; at += 2) {
      const lane = this.#lanes[numbers[at]!]!
      lane.confirmed = Math.max(lane.confirmed, numbers[at + 1]!)
      this.#free(lane)
    }
    this.#grantDue = true
  }

  #release(numbers: Float64Array): void {
    for (let at = 0; at < numbers.length; at += 2) {
      this.#lanes[numbers[at]!]!.holding.release(numbers[at + 1]!)
    }
  }

  /** Records below are on all workers that they have to be on. */
  #safe({ holding, confirmed }: Lane): number {
    return this.#second < 0 ? holding.end : Math.min(holding.end, confirmed)
  }

  #free(lane: Lane): void {
    if (lane.state !== 'open') return
    if (!lane.holding.release(Math.min(lane.released, this.#safe(lane)))) return
    this.#allowance.released(this.#world.now())
    this.#grantDue = true
  }

  /** Tells the owners what has been taken in of their copies. */
  #confirm(now: Nanos): void {
    const { placement } = this.#membership!
    this.#confirmations.take(
      now,
      (partition) => placement[partition]!,
      (owner, lanes) => {
        this.#list.push(this.#confirmations.copied)
        this.#list.pushSlots(this.#slots.tell(owner))
        for (const { partition, holding } of lanes) {
          this.#list.push(partition)
          this.#list.push(holding.end)
        }
        this.#send(owner, CONFIRM_CHANNEL)
      },
    )
  }

  /** Tells the other holders what has been given back here. */
  #announce(): void {
    if (this.#owned.every(({ holding, announced }) => holding.first === announced)) return
    for (const worker of this.#workers) {
      if (worker === this.#world.process) continue
      for (const { partition, holding, state, announced } of this.#owned) {
        if (state !== 'open' || holding.first <= announced) continue
        if (worker !== this.#second && !this.#handover.holds(worker, partition)) continue
        this.#list.push(partition)
        this.#list.push(holding.first)
      }
      if (this.#list.length > 0) this.#send(worker, RELEASE_CHANNEL)
    }
    for (const lane of this.#owned) lane.announced = lane.holding.first
  }

  /** Tells the client what both have, and how much more there is room for. Returns when it wants to be called again. */
  #grant(now: Nanos): Nanos {
    const never = Number.POSITIVE_INFINITY
    if (!this.#grantDue || this.#owned.length === 0) return never
    if (this.#owned.some(({ state }) => state !== 'open')) return never
    const { driver, schedule, config, ticks } = this.#options
    let finished = true
    let acknowledged = false
    for (const lane of this.#owned) {
      if (lane.holding.known < config.input.duration) finished = false
      if (this.#safe(lane) > lane.acknowledged) acknowledged = true
    }
    const load = loadOf(this.#owned)
    const full = this.#allowance.isFull(load)
    // A full receiver is looked at again although nothing may arrive.
    if (full && !finished) {
      const unfit = driver !== undefined && isUnfit(this.#owned, schedule, ticks)
      this.#allowance.checkStall(now, load, unfit)
    }
    this.#grantDue = full
    const limit = this.#allowance.limit(load)
    if (!this.#allowance.isWorth(limit)) {
      if (!acknowledged) return never
      if (now < this.#grantAt) {
        this.#grantDue = true
        return this.#grantAt
      }
    }
    this.#grantAt = now + GRANT_DELAY
    this.#allowance.granted(limit)
    this.#list.push(limit)
    this.#list.pushSlots(this.#slots.tell(this.#options.client))
    for (const lane of this.#owned) {
      const safe = this.#safe(lane)
      if (safe <= lane.acknowledged) continue
      lane.acknowledged = safe
      this.#list.push(lane.partition)
      this.#list.push(safe)
    }
    this.#send(this.#options.client, GRANT_CHANNEL)
    return never
  }

  /** Tells the driver when all partitions of this worker have passed the end of a tick. */
  #report(): void {
    const { driver, ticks } = this.#options
    if (driver === undefined || this.#owned.length === 0) return
    let known = Number.POSITIVE_INFINITY
    for (const { state, holding } of this.#owned) {
      if (state !== 'open') return
      if (holding.known < known) known = holding.known
    }
    const ended = ticks.endUpTo(known)
    if (ended <= this.#reported) return
    this.#reported = ended
    this.#list.push(ended)
    this.#send(driver, FRONTIER_CHANNEL)
  }

  #send(to: ProcessId, channel: number, payload = this.#list.take()): void {
    this.#world.transport.send({
      to,
      class: 'control',
      channel,
      generation: this.#membership!.generation,
      payload,
    })
  }
}
