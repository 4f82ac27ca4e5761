/**
 * The beginning of a generation: workers tell each other what they hold, and owners fetch what they lack.
 *
 *   closed ──HOLDINGS of all live workers──▶ fetching ──FETCH, REFILL──▶ open
 *
 * What a worker holds of a partition has no gaps and reaches back to what recovery may need, so the one that holds most
 * holds all that was ever acknowledged; what the owner has already need not come again. Nobody gives copies up by itself:
 * they stay until the owner says that they are no longer needed.
 */
import type { Nanos, PartitionId, ProcessId } from '../units.ts'
import type { World } from '../world/world.ts'
import { FETCH_CHANNEL, HOLDINGS_CHANNEL, REFILL_CHANNEL } from './block.ts'
import { BlockSender } from './block-sender.ts'
import type { Lane } from './lane.ts'
import { NumberList } from './number-list.ts'

interface OtherHolding {
  readonly worker: ProcessId
  readonly partition: PartitionId
  readonly first: number
  readonly end: number
}

export interface HandoverHooks {
  send(to: ProcessId, channel: number, payload: Uint8Array): void
  /** A lane of ours has all that there is of it. */
  complete(lane: Lane): void
}

export class Handover {
  #world: World
  #lanes: readonly Lane[]
  #hooks: HandoverHooks
  #generation = 0
  #second: ProcessId = -1
  /** Whose holdings are not known yet. */
  #silent = new Set<ProcessId>()
  #others: OtherHolding[] = []
  #refills: BlockSender[] = []
  #list = new NumberList()

  constructor(world: World, lanes: readonly Lane[], hooks: HandoverHooks) {
    this.#world = world
    this.#lanes = lanes
    this.#hooks = hooks
  }

  /** Begins a generation with these other live workers. In the first one nobody holds anything. */
  begin(generation: number, others: readonly ProcessId[], second: ProcessId): void {
    this.#generation = generation
    this.#second = second
    this.#others = []
    this.#refills = []
    this.#silent = new Set(generation === 1 ? [] : others)
    for (const worker of this.#silent) this.#tell(worker)
    if (this.#silent.size === 0) this.#settle()
  }

  /** Whether a worker had something of a partition when the generation began. */
  holds(worker: ProcessId, partition: PartitionId): boolean {
    return this.#others.some((other) => other.worker === worker && other.partition === partition)
  }

  /** HOLDINGS: (partition, first, end) for each of which the worker has ever had something. */
  holdings(worker: ProcessId, numbers: Float64Array): void {
    for (let at = 0; at < numbers.length; at += 3) {
      const partition = numbers[at]!
      const end = numbers[at + 2]!
      this.#others.push({ worker, partition, first: numbers[at + 1]!, end })
      if (worker === this.#second) this.#lanes[partition]!.secondEnd = end
    }
    if (this.#silent.delete(worker) && this.#silent.size === 0) this.#settle()
  }

  /** FETCH: (partition, first record wanted), to be answered by refills. */
  fetch(worker: ProcessId, numbers: Float64Array): void {
    const sender = new BlockSender(this.#world, REFILL_CHANNEL)
    sender.reset(worker, this.#generation)
    for (let at = 0; at < numbers.length; at += 2) {
      const { holding, partition } = this.#lanes[numbers[at]!]!
      sender.addOnce(holding, partition, numbers[at + 1]!)
    }
    this.#refills.push(sender)
  }

  /** Sends refills. Returns when it wants to be called again. */
  step(now: Nanos): Nanos {
    let next = Number.POSITIVE_INFINITY
    for (const refill of this.#refills) next = Math.min(next, refill.step(now))
    return next
  }

  #tell(worker: ProcessId): void {
    for (const { partition, holding } of this.#lanes) {
      if (holding.end === 0) continue
      this.#list.push(partition)
      this.#list.push(holding.first)
      this.#list.push(holding.end)
    }
    this.#hooks.send(worker, HOLDINGS_CHANNEL, this.#list.take())
  }

  /** All holdings are known: what is complete here is opened, and the rest is asked for where most of it is. */
  #settle(): void {
    const wanted = new Map<ProcessId, [PartitionId, number][]>()
    for (const lane of this.#lanes) {
      if (lane.state !== 'closed') continue
      const { holding, partition } = lane
      let best: OtherHolding | undefined
      for (const other of this.#others) {
        if (other.partition === partition && other.end > (best?.end ?? holding.end)) best = other
      }
      if (best === undefined) {
        this.#hooks.complete(lane)
        continue
      }
      lane.state = 'fetching'
      const from = holding.empty || holding.end < best.first ? best.first : holding.end
      const list = wanted.get(best.worker) ?? []
      wanted.set(best.worker, list)
      list.push([partition, from])
    }
    for (const [worker, list] of wanted) {
      for (const pair of list) for (const number of pair) this.#list.push(number)
      this.#world.history.append('blocks-fetched', { from: worker, partitions: list.length })
      this.#hooks.send(worker, FETCH_CHANNEL, this.#list.take())
    }
  }
}

/** The worker after this one, in a circle; -1 when it is alone. */
export function nextOf(workers: readonly ProcessId[], worker: ProcessId): ProcessId | -1 {
  const next = workers[(workers.indexOf(worker) + 1) % workers.length]!
  return next === worker ? -1 : next
}
