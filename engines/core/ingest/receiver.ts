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
 *
 * A new generation begins anew. Everybody tells everybody what it holds; the owner of a partition fetches what it lacks
 * from who holds most, opens the partition, copies to its second worker what that lacks, and grants again:
 *
 *   closed ──HOLDINGS of all live workers──▶ fetching ──FETCH, REFILL──▶ open
 *
 * Overload: a block that has no room is never sent. `limit` is what the client may have sent to this receiver in a
 * generation, counted in room; it grows as blocks are taken in and stops when the receiver's share of the region is full.
 * When nothing is released for long while it is full, the run ends by name.
 */
import { CapacityError, RecoveryError } from '../errors.ts'
import { FailureDetector, HEARTBEAT_CHANNEL } from '../membership/failure-detector.ts'
import type { Membership } from '../membership/membership.ts'
import type { RunConfig } from '../run-config.ts'
import { type Nanos, type PartitionId, type ProcessId, seconds } from '../units.ts'
import type { Inbound, World } from '../world/world.ts'
import {
  BLOCK_BYTES_MAX,
  blockRoom,
  CONFIRM_CHANNEL,
  COPY_CHANNEL,
  FETCH_CHANNEL,
  FRONTIER_CHANNEL,
  GRANT_CHANNEL,
  HOLDINGS_CHANNEL,
  PUSH_CHANNEL,
  REFILL_CHANNEL,
  RELEASE_CHANNEL,
  readBlock,
  WINDOW_BYTES,
} from './block.ts'
import { BlockSender } from './block-sender.ts'
import { Holding } from './holding.ts'
import { NumberList, numbersOf } from './number-list.ts'
import type { Arrivals } from './pushed-log.ts'

/** The share of its region that a receiver fills with blocks of its own partitions; copies of others take as much. */
const REGION_SHARE = 1 / 4
/** A full receiver whose engine releases nothing for so long will not get better. */
const STALL_NS_MIN: Nanos = seconds(10)
const STALL_TICKS = 50
/** The client has work of its own to do between two heartbeats. */
const CLIENT_PATIENCE = 10

export interface ReceiverOptions {
  readonly config: RunConfig
  readonly client: ProcessId
  /** Who is told how far all partitions of this worker are known; an engine without a driver has none. */
  readonly driver: ProcessId | undefined
}

/** One partition, as its owner sees it. */
interface Lane {
  readonly partition: PartitionId
  readonly holding: Holding
  state: 'foreign' | 'closed' | 'fetching' | 'open'
  /** Records below are on the second worker too. */
  confirmed: number
  /** What the second worker said it holds when the generation began. */
  secondEnd: number
  /** The engine will not ask for records below. */
  released: number
  /** Last told to the client, and to the other holders. */
  acknowledged: number
  announced: number
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
  /** Whose holdings are not known yet. */
  #silent = new Set<ProcessId>()
  /** Holdings of others, as (worker, partition, first, end). */
  #others: { worker: ProcessId; partition: PartitionId; first: number; end: number }[] = []
  #copies: BlockSender
  #refills: BlockSender[] = []
  /** Room of blocks that came from the client, and of copies that came, in this generation. */
  #taken = 0
  #copied = 0
  #granted = 0
  #grantDue = false
  /** By owner of the copies: partitions to confirm. */
  #confirms = new Set<Lane>()
  #reported: Nanos = 0
  #releasedAt: Nanos = 0
  #list = new NumberList()

  constructor(world: World, options: ReceiverOptions) {
    this.#world = world
    this.#options = options
    const { config } = options
    this.#lanes = Array.from({ length: config.partitions }, (_, partition) => ({
      partition,
      holding: new Holding(world.region),
      state: 'foreign',
      confirmed: 0,
      secondEnd: 0,
      released: 0,
      acknowledged: 0,
      announced: 0,
    }))
    this.#copies = new BlockSender(world, COPY_CHANNEL)
    const { heartbeat, timeout } = config.detector
    const patience = { heartbeat, timeout: timeout * CLIENT_PATIENCE }
    this.#detector = new FailureDetector(world, { ...patience, peers: [options.client] })
    this.refresh()
  }

  frontier(partition: PartitionId): Nanos {
    const { state, holding } = this.#lanes[partition]!
    return state === 'open' ? holding.known : 0
  }

  holding(partition: PartitionId): Holding {
    return this.#lanes[partition]!.holding
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
    if (generation !== this.#membership!.generation) {
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
        this.#confirmed(numbersOf(memory, payload))
        return
      case RELEASE_CHANNEL:
        this.#release(numbersOf(memory, payload))
        return
      case HOLDINGS_CHANNEL:
        this.#holdings(from, numbersOf(memory, payload))
        return
      case FETCH_CHANNEL:
        this.#fetch(from, numbersOf(memory, payload))
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
    let wanted = next
    if (this.#copies.step(WINDOW_BYTES)) wanted = Math.min(wanted, now + RETRY_NS)
    for (const refill of this.#refills) {
      if (refill.step(WINDOW_BYTES)) wanted = Math.min(wanted, now + RETRY_NS)
    }
    this.#confirm()
    this.#announce()
    this.#grant(now)
    this.#report()
    return wanted
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
    this.#taken = 0
    this.#copied = 0
    this.#granted = 0
    this.#others = []
    this.#refills = []
    this.#confirms.clear()
    this.#copies.reset(this.#second, membership.generation)
    this.#detector.reset([client], this.#world.now())
    this.#releasedAt = this.#world.now()
    this.#reported = 0
    const first = membership.generation === 1
    for (const lane of this.#lanes) {
      const owned = membership.placement[lane.partition] === process
      // A new owner knows nothing of what its predecessor released.
      if (lane.state === 'foreign') lane.released = 0
      lane.state = owned ? 'closed' : 'foreign'
      lane.confirmed = 0
      lane.secondEnd = 0
      lane.acknowledged = 0
      lane.announced = 0
    }
    this.#owned = this.#lanes.filter(({ state }) => state === 'closed')
    this.#silent = new Set(first ? [] : this.#workers.filter((worker) => worker !== process))
    for (const worker of this.#silent) this.#tellHoldings(worker)
    if (this.#silent.size === 0) this.#settle()
  }

  #tellHoldings(worker: ProcessId): void {
    for (const { partition, holding } of this.#lanes) {
      if (holding.end === 0) continue
      this.#list.push(partition)
      this.#list.push(holding.first)
      this.#list.push(holding.end)
    }
    this.#send(worker, HOLDINGS_CHANNEL)
  }

  #holdings(worker: ProcessId, numbers: Float64Array): void {
    for (let at = 0; at < numbers.length; at += 3) {
      const partition = numbers[at]!
      this.#others.push({ worker, partition, first: numbers[at + 1]!, end: numbers[at + 2]! })
      if (worker === this.#second) this.#lanes[partition]!.secondEnd = numbers[at + 2]!
    }
    if (this.#silent.delete(worker) && this.#silent.size === 0) this.#settle()
  }

  /** All holdings are known: opens what is complete here, and fetches the rest from who holds most of it. */
  #settle(): void {
    const wanted = new Map<ProcessId, [PartitionId, number][]>()
    for (const lane of this.#owned) {
      const { holding, partition } = lane
      let best: { worker: ProcessId; first: number; end: number } | undefined
      for (const other of this.#others) {
        if (other.partition === partition && other.end > (best?.end ?? holding.end)) best = other
      }
      if (best === undefined) {
        this.#open(lane)
        continue
      }
      lane.state = 'fetching'
      const from = holding.empty || holding.end < best.first ? best.first : holding.end
      const list = wanted.get(best.worker) ?? []
      wanted.set(best.worker, list)
      list.push([partition, from])
    }
    for (const [worker, list] of wanted) {
      for (const numbers of list) for (const value of numbers) this.#list.push(value)
      this.#world.history.append('blocks-fetched', { from: worker, partitions: list.length })
      this.#send(worker, FETCH_CHANNEL)
    }
    this.#grantDue = true
  }

  #open(lane: Lane): void {
    const { holding, secondEnd } = lane
    lane.state = 'open'
    lane.released = Math.max(lane.released, holding.first)
    // What the second worker has of an earlier generation counts if ours goes on from there.
    const usable = secondEnd >= holding.first && secondEnd <= holding.end
    lane.confirmed = usable ? secondEnd : holding.first
    this.#copies.add(lane.holding, lane.partition, lane.confirmed)
    this.#grantDue = true
  }

  #fetch(worker: ProcessId, numbers: Float64Array): void {
    const sender = new BlockSender(this.#world, REFILL_CHANNEL)
    sender.reset(worker, this.#membership!.generation)
    for (let at = 0; at < numbers.length; at += 2) {
      const { holding, partition } = this.#lanes[numbers[at]!]!
      sender.addOnce(holding, partition, numbers[at + 1]!)
    }
    this.#refills.push(sender)
  }

  #push({ payload }: Message): void {
    const { memory } = this.#world.region
    const block = readBlock(memory, payload)
    const lane = this.#lanes[block.partition]!
    this.#taken += blockRoom(block.length)
    this.#grantDue = true
    if (lane.state !== 'open') {
      // Not ours in this generation: whoever owns it asks for it again.
      this.#world.count('misdirectedBlocks', 1)
      return
    }
    const before = lane.holding.end
    const stored = lane.holding.store(block)
    if (stored === 'stored') {
      this.#world.count('pushedBytes', block.length)
      this.#world.count('pushedRecords', lane.holding.end - Math.max(before, block.first))
      this.#world.charge('message', block.length)
    }
    const end = block.first + block.records
    const repeated = Math.min(end, before) - block.first
    if (repeated > 0) this.#world.count('duplicateRecords', repeated)
  }

  #copy({ payload }: Message): void {
    const block = readBlock(this.#world.region.memory, payload)
    const lane = this.#lanes[block.partition]!
    this.#copied += blockRoom(block.length)
    lane.holding.store(block)
    this.#world.count('replicatedBytes', block.length)
    this.#world.charge('message', block.length)
    this.#confirms.add(lane)
  }

  #refill({ payload }: Message): void {
    const block = readBlock(this.#world.region.memory, payload)
    const lane = this.#lanes[block.partition]!
    if (lane.holding.store(block) === 'stored') this.#world.count('refilledBytes', block.length)
    // The last one has no records: it says where the next begins.
    if (block.records === 0 && lane.state === 'fetching') this.#open(lane)
  }

  #confirmed(numbers: Float64Array): void {
    this.#copies.taken(numbers[0]!)
    for (let at = 1; at < numbers.length; at += 2) {
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
    this.#releasedAt = this.#world.now()
    this.#grantDue = true
  }

  /** Tells the owners what has been taken in of their copies. */
  #confirm(): void {
    if (this.#confirms.size === 0) return
    const { placement } = this.#membership!
    const owners = new Set([...this.#confirms].map(({ partition }) => placement[partition]!))
    for (const owner of owners) {
      this.#list.push(this.#copied)
      for (const { partition, holding } of this.#confirms) {
        if (placement[partition] !== owner) continue
        this.#list.push(partition)
        this.#list.push(holding.end)
      }
      this.#send(owner, CONFIRM_CHANNEL)
    }
    this.#confirms.clear()
  }

  /** Tells the other holders what has been given back here. */
  #announce(): void {
    if (this.#owned.every(({ holding, announced }) => holding.first === announced)) return
    for (const worker of this.#workers) {
      if (worker === this.#world.process) continue
      for (const { partition, holding, state, announced } of this.#owned) {
        if (state !== 'open' || holding.first <= announced) continue
        const holds = this.#others.some(
          (other) => other.worker === worker && other.partition === partition,
        )
        if (worker !== this.#second && !holds) continue
        this.#list.push(partition)
        this.#list.push(holding.first)
      }
      if (this.#list.length > 0) this.#send(worker, RELEASE_CHANNEL)
    }
    for (const lane of this.#owned) lane.announced = lane.holding.first
  }

  /** Tells the client what both have, and how much more there is room for. */
  #grant(now: Nanos): void {
    if (
      !this.#grantDue ||
      this.#owned.length === 0 ||
      this.#owned.some(({ state }) => state !== 'open')
    )
      return
    this.#grantDue = false
    let used = 0
    for (const { holding } of this.#owned) used += holding.bytes
    const room = this.#world.region.size * REGION_SHARE - used
    if (room < BLOCK_BYTES_MAX) this.#checkStall(now, used)
    const limit = this.#taken + Math.min(WINDOW_BYTES, Math.max(0, room))
    const starving = this.#granted - this.#taken < BLOCK_BYTES_MAX && limit > this.#granted
    let worth = starving || limit >= this.#granted + WINDOW_BYTES / 8
    this.#list.push(limit)
    for (const lane of this.#owned) {
      const safe = this.#safe(lane)
      if (safe <= lane.acknowledged) continue
      worth = true
      lane.acknowledged = safe
      this.#list.push(lane.partition)
      this.#list.push(safe)
    }
    if (!worth) {
      this.#list.take()
      return
    }
    this.#granted = limit
    this.#send(this.#options.client, GRANT_CHANNEL)
  }

  #checkStall(now: Nanos, used: number): void {
    // Looked at again although nothing may arrive.
    this.#grantDue = true
    const { config } = this.#options
    if (now - this.#releasedAt < Math.max(STALL_NS_MIN, STALL_TICKS * config.tick)) return
    if (this.#owned.every(({ holding }) => holding.known >= config.input.duration)) return
    throw new CapacityError({
      asked: 'room for more pushed input',
      found: `${used} bytes of blocks here, none released for ${now - this.#releasedAt} ns`,
      rule: `blocks stay until recovery no longer needs them, in ${REGION_SHARE} of a worker's memory`,
      remedy: 'Give workers more memory, take shorter ticks, or checkpoint more often',
    })
  }

  /** Tells the driver when all partitions of this worker have passed the end of a tick. */
  #report(): void {
    const { driver, config } = this.#options
    if (driver === undefined || this.#owned.length === 0) return
    let known = Number.POSITIVE_INFINITY
    for (const { state, holding } of this.#owned) {
      if (state !== 'open') return
      if (holding.known < known) known = holding.known
    }
    const ended = Math.floor(known / config.tick) * config.tick
    if (ended <= this.#reported) return
    this.#reported = ended
    this.#list.push(ended)
    this.#send(driver, FRONTIER_CHANNEL)
  }

  #send(to: ProcessId, channel: number): void {
    this.#world.transport.send({
      to,
      class: 'control',
      channel,
      generation: this.#membership!.generation,
      payload: this.#list.take(),
    })
  }
}

/** How soon to look again when the link had no room. */
const RETRY_NS: Nanos = 1_000_000

function liveWorkers(membership: Membership, workers: number): readonly ProcessId[] {
  return membership.members
    .filter(({ process, state }) => process < workers && state === 'live')
    .map(({ process }) => process)
    .sort((a, b) => a - b)
}

/** The worker after this one, in a circle; -1 when it is alone. */
function nextOf(workers: readonly ProcessId[], worker: ProcessId): ProcessId | -1 {
  const next = workers[(workers.indexOf(worker) + 1) % workers.length]!
  return next === worker ? -1 : next
}

function lostClient(client: ProcessId): RecoveryError {
  return new RecoveryError(
    {
      asked: `the heartbeat of the client, process ${client}`,
      found: 'none for ten times the detector’s timeout',
      rule: 'the client alone has what it was not acknowledged, and nobody replaces it',
      remedy: 'Read the input from the log, or allow a longer timeout',
    },
    { client },
  )
}
