/**
 * An engine that does nothing: what the harness alone can do (METHOD 13). In place of a worker, a process that reads from the log where
 * each due record lies and how long it is, and commits for each tick how many there were. No plan, no rows, no exchange and no
 * progress, and no recovery: input, clock, commits and the world's loop are what is left.
 *
 * A registry of engines for the threads world (`ThreadsOptions.modules`), whatever the configuration calls its engine.
 */
import type { Engine, ProcessSetup } from '../../engines/core/engine.ts'
import type { InputLog, PoolRange } from '../../engines/core/input/input-log.ts'
import { partitionsOf } from '../../engines/core/membership/membership.ts'
import type { Nanos, PartitionId } from '../../engines/core/units.ts'
import type { Process, World } from '../../engines/core/world/world.ts'

/** Read in one step: well under the millisecond that a step may take. */
const RECORDS_MAX = 65_536

/** What a commit says of a tick in place of a digest of rows; `null-oracle.ts` knows it, too. */
interface Count {
  rows: number
  /** Bytes of the records, and the sum of their places in the pool; modulo 2^32. */
  bytes: number
  places: number
}

class Share {
  readonly partition: PartitionId
  readonly count: Count = { rows: 0, bytes: 0, places: 0 }
  /** Of the partition: what is read next. */
  next: number

  constructor(partition: PartitionId, next: number) {
    this.partition = partition
    this.next = next
  }
}

class NullWorker implements Process {
  readonly #world: World
  readonly #setup: ProcessSetup
  readonly #input: InputLog
  readonly #offsets: Uint32Array
  readonly #generation: number
  readonly #shares: readonly Share[]
  #tick = 1
  /** Of the tick that is being committed. */
  #committed = 0
  /** Whose records `#readRange` reads. */
  #count: Count | undefined
  readonly #readRange = (range: PoolRange): void => this.#read(range, this.#count!)

  constructor(world: World, setup: ProcessSetup) {
    this.#world = world
    this.#setup = setup
    this.#input = setup.input
    this.#offsets = world.region.memory.u32
    const membership = world.authority.current()
    this.#generation = membership.generation
    this.#shares = partitionsOf(membership, world.process).map(
      (partition) => new Share(partition, 0),
    )
  }

  receive(): void {}

  step(): Nanos {
    const { config, ticks } = this.#setup
    const end = ticks.endOf(this.#tick)
    if (end > config.input.duration) return Number.POSITIVE_INFINITY
    const now = this.#world.now()
    if (now < end) return end
    for (const share of this.#shares) if (this.#readDue(share, end)) return now
    for (; this.#committed < this.#shares.length; this.#committed++) {
      if (!this.#commit(this.#shares[this.#committed]!, end, now)) return now
    }
    this.#committed = 0
    this.#tick += 1
    return now
  }

  /** Whether there was something to read. */
  #readDue(share: Share, end: Nanos): boolean {
    const { partition, next } = share
    const to = Math.min(this.#input.dueBefore(partition, end), next + RECORDS_MAX)
    if (to <= next) return false
    this.#count = share.count
    this.#input.locate(partition, next, to, this.#readRange)
    share.next = to
    return true
  }

  #read({ pool, first, count: records }: PoolRange, count: Count): void {
    const offsets = this.#offsets
    let { bytes, places } = count
    let at = (pool.offsets >>> 2) + first
    for (const last = at + records; at < last; at++) {
      const place = offsets[at]!
      bytes = (bytes + offsets[at + 1]! - place) | 0
      places = (places + place) | 0
    }
    count.rows += records
    count.bytes = bytes
    count.places = places
  }

  #commit({ partition, count }: Share, tick: Nanos, readAt: Nanos): boolean {
    const { rows, bytes, places } = count
    const digest = { rows, lane0: bytes >>> 0, lane1: places >>> 0 }
    const where = { generation: this.#generation, output: 0, partition, tick, readAt }
    if (this.#world.ledger.commit({ ...where, ...digest }) !== 'accepted') return false
    count.rows = 0
    count.bytes = 0
    count.places = 0
    return true
  }
}

const engine: Engine = {
  name: 'timely',
  processes: (config) => config.workers,
  check: () => undefined,
  heldInput: () => 0,
  create: (world, setup) => new NullWorker(world, setup),
}

export async function engineOf(): Promise<Engine> {
  return engine
}
