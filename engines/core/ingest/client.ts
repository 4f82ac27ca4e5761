/**
 * The client: a process of the world that sends records to the workers when they are due (D-Streams §4).
 *
 * It reads the log at its due instants and never ahead of them, cuts what is due into blocks, and sends each to the
 * receiver of its partition: the worker that the placement names. What is not acknowledged is sent again after a new
 * generation, to the owner of then. The log is data, so neither what it keeps for that nor its backlog is memory: both
 * are pairs of indices.
 *
 *   ── acknowledged ── sent ── due ──        by partition, indices of records
 *
 * A receiver's `limit` bounds what it may be sent; without room there, the client falls behind its schedule, which shows
 * in the records' latencies and nowhere else.
 */

import type { ProcessSetup } from '../engine.ts'
import type { InputLog, Pool } from '../input/input-log.ts'
import type { TickLog } from '../input/tick-log.ts'
import { FailureDetector } from '../membership/failure-detector.ts'
import { liveWorkers, type Membership } from '../membership/membership.ts'
import type { RunConfig } from '../run-config.ts'
import {
  milliseconds,
  type Nanos,
  type PartitionId,
  type Pointer,
  type ProcessId,
} from '../units.ts'
import type { Inbound, Process, World } from '../world/world.ts'
import {
  BLOCK_BYTES_MAX,
  BlockWriter,
  blockRoom,
  fillsSlot,
  GRANT_CHANNEL,
  PUSH_CHANNEL,
} from './block.ts'
import { numbersOf, takeSlots } from './number-list.ts'

/** Blocks are cut at least so often, and at every tick's end. */
const INTERVAL_MAX = milliseconds(10)
/** No more often than this: a block has costs of its own. */
const INTERVAL_MIN = milliseconds(1)
/** A step sends this much and then lets others speak. */
const STEP_BYTES_MAX = 2 * 1024 * 1024
/** How soon to look again when the links are full. */
const RETRY_NS: Nanos = 500_000

interface Lane {
  readonly partition: PartitionId
  acknowledged: number
  sent: number
  /** Every record due before this has been sent. */
  known: Nanos
  /** The most that was ever sent: what is sent below it is sent again. */
  reached: number
}

/** What a worker may be sent in this generation, and was; both in room. */
interface Credit {
  limit: number
  used: number
  /** Where blocks may land, in its region. */
  slots: Pointer[]
}

export class Client implements Process {
  #world: World
  #log: InputLog
  #config: RunConfig
  #ticks: TickLog
  #interval: Nanos
  #writer: BlockWriter
  #detector: FailureDetector
  #lanes: Lane[]
  #membership: Membership | undefined
  #credits: Credit[] = []
  /** By worker, how far the partition of it is known that is known least. */
  #least: Nanos[] = []
  #turn = 0

  constructor(world: World, setup: Pick<ProcessSetup, 'config' | 'input' | 'ticks' | 'kernels'>) {
    const { config, input, ticks, kernels } = setup
    this.#world = world
    this.#log = input
    this.#config = config
    this.#ticks = ticks
    this.#writer = new BlockWriter(world.region, kernels.copyBytes)
    this.#interval = blockInterval(config, ticks)
    this.#lanes = Array.from({ length: config.partitions }, (_, partition) => ({
      partition,
      acknowledged: 0,
      sent: 0,
      known: 0,
      reached: 0,
    }))
    this.#detector = new FailureDetector(world, config.detector)
    this.#refresh()
  }

  receive(inbound: Inbound): void {
    this.#refresh()
    if (inbound.kind !== 'message' || inbound.channel !== GRANT_CHANNEL) return
    if (inbound.generation !== this.#membership!.generation) return
    const numbers = numbersOf(this.#world.region.memory, inbound.payload)
    const credit = this.#credits[inbound.from]!
    credit.limit = numbers[0]!
    const rest = takeSlots(numbers, credit.slots)
    for (let at = rest; at < numbers.length; at += 2) {
      const lane = this.#lanes[numbers[at]!]!
      if (numbers[at + 1]! > lane.acknowledged) lane.acknowledged = numbers[at + 1]!
      // A receiver may have had more than this client knew: it need not be sent again.
      if (lane.sent < lane.acknowledged) lane.sent = lane.acknowledged
    }
  }

  step(): Nanos {
    this.#refresh()
    const now = this.#world.now()
    const { next } = this.#detector.step(now)
    let left = STEP_BYTES_MAX
    let idle = 0
    while (idle < this.#lanes.length) {
      if (left <= 0) return now
      if (this.#world.transport.congested()) return Math.min(next, now + RETRY_NS)
      const lane = this.#lanes[this.#turn]!
      this.#turn = this.#turn + 1 === this.#lanes.length ? 0 : this.#turn + 1
      const sent = this.#push(lane, Math.min(now, this.#log.frontier(lane.partition)))
      left -= sent
      idle = sent > 0 ? 0 : idle + 1
    }
    const due = this.#due()
    // By a clock that is ahead it is due, and by the log it is not.
    return Math.min(next, due > now ? due : now + RETRY_NS)
  }

  /** Sends one block of a partition if something is due and there is room for it. Returns its bytes. */
  #push(lane: Lane, now: Nanos): number {
    const cut = this.#cut(lane.known, now)
    if (cut <= lane.known) return 0
    const to = this.#membership!.placement[lane.partition]!
    if (this.#isAhead(lane.known, to)) return 0
    const credit = this.#credits[to]!
    // A block that will surely not fit is not written.
    if (credit.used >= credit.limit) return 0
    const { partition, sent } = lane
    const due = this.#log.dueBefore(partition, cut)
    let pool: Pool = NOTHING
    let first = 0
    let count = 0
    if (due > sent) {
      this.#log.locate(partition, sent, due, (range) => {
        if (count > 0) return
        pool = range.pool
        first = range.first
        count = this.#writer.fit(pool, first, range.count)
      })
    }
    const end = sent + count
    const known = end >= due ? cut : this.#log.dueOf(partition, end)
    const block = this.#writer.write(pool, { first, count }, { partition, first: sent, known })
    const room = blockRoom(block.length)
    if (credit.used + room > credit.limit) return 0
    credit.used += room
    const landing = fillsSlot(block.length) ? credit.slots.pop() : undefined
    this.#world.transport.send({
      to,
      class: 'data',
      channel: PUSH_CHANNEL,
      generation: this.#membership!.generation,
      payload: block.payload,
      tail: block.tail,
      ...(landing === undefined ? {} : { landing }),
    })
    this.#world.charge('message', block.length)
    this.#world.count('sentBlocks', 1)
    if (lane.reached > sent) {
      this.#world.count('resentRecords', Math.min(lane.reached, end) - sent)
    }
    lane.sent = end
    const { known: before } = lane
    lane.known = known
    if (before === this.#least[to]) this.#least[to] = this.#leastKnown(to)
    if (end > lane.reached) lane.reached = end
    return block.length
  }

  /**
   * Whether another partition of the same receiver is still in an earlier tick: that goes first, or one that has little to
   * send would fill the room there is with ticks that nobody can read yet.
   */
  #isAhead(known: Nanos, to: ProcessId): boolean {
    return this.#least[to]! < this.#ticks.endUpTo(known)
  }

  /** How far the partition of a receiver is known that is known least. */
  #leastKnown(to: ProcessId): Nanos {
    const { placement } = this.#membership!
    let least = Number.POSITIVE_INFINITY
    for (const { partition, known } of this.#lanes) {
      if (known < least && placement[partition] === to) least = known
    }
    return least
  }

  /** The instant up to which records may be sent now: the last cut that has passed, and not beyond the tick's end. */
  #cut(known: Nanos, now: Nanos): Nanos {
    const { input } = this.#config
    if (known >= input.duration) return known
    const tickEnd = this.#ticks.endAfter(known)
    if (now >= tickEnd) return tickEnd
    return Math.max(known, Math.floor(now / this.#interval) * this.#interval)
  }

  /** When the next cut of some partition that could be sent is due. */
  #due(): Nanos {
    const { input } = this.#config
    const { placement } = this.#membership!
    let due = Number.POSITIVE_INFINITY
    for (const { partition, known } of this.#lanes) {
      if (known >= input.duration) continue
      const to = placement[partition]!
      const { used, limit } = this.#credits[to]!
      // A grant wakes us, or another partition is due first.
      if (limit - used < BLOCK_BYTES_MAX || this.#isAhead(known, to)) continue
      const tickEnd = this.#ticks.endAfter(known)
      const cut = (Math.floor(known / this.#interval) + 1) * this.#interval
      due = Math.min(due, tickEnd, cut)
    }
    return due
  }

  #refresh(): void {
    const { authority, history } = this.#world
    if (authority.generation() === this.#membership?.generation) return
    const membership = authority.current()
    const { workers } = this.#config
    this.#membership = membership
    this.#credits = Array.from({ length: workers }, () => ({ limit: 0, used: 0, slots: [] }))
    this.#detector.adopt(membership, liveWorkers(membership, workers), this.#world.now())
    let unacknowledged = 0
    for (const lane of this.#lanes) {
      const { partition, acknowledged } = lane
      unacknowledged += lane.sent - acknowledged
      lane.sent = acknowledged
      // A new owner may have the records and not know how far it knows: it is told again.
      lane.known = acknowledged === 0 ? 0 : this.#log.dueOf(partition, acknowledged - 1)
    }
    this.#least = this.#credits.map((_, worker) => this.#leastKnown(worker))
    const { generation } = membership
    history.append('generation-adopted', { generation, unacknowledged })
  }
}

const NOTHING: Pool = { bytes: 0, offsets: 0, records: 0 }

/** How often blocks are cut: when about a block's worth of bytes of a partition is due, within bounds. */
function blockInterval({ input, partitions }: RunConfig, ticks: TickLog): Nanos {
  const recordsPerSecond = Math.max(1, input.rate / partitions)
  const filled = Math.round((BLOCK_BYTES_MAX / RECORD_BYTES / recordsPerSecond) * 1e9)
  const most = Math.max(INTERVAL_MIN, Math.min(INTERVAL_MAX, Math.floor(ticks.length / 4)))
  return Math.max(INTERVAL_MIN, Math.min(most, filled))
}

/** What a record is taken to have, where only an order of magnitude matters. */
const RECORD_BYTES = 100
