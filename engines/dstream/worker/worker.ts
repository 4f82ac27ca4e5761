/**
 * A worker of the D-Stream engine: it keeps blocks and runs the tasks that the driver launches, and nothing else.
 *
 *   LAUNCH ─▶ gather inputs (own blocks in place, others by FETCH, spilled ones from disk) ─▶ run ─▶ REPORT
 *
 * At a new generation it drops its tasks and fetches, keeps its blocks (that is the point of lineage), and says hello with
 * all that the driver has not acknowledged; to a new driver it says all that it has (`reporter.ts`). It watches the driver
 * (`driver-watch.ts`). A fenced worker stops for good.
 */
import { assert } from '../../core/assert.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { InputLog } from '../../core/input/input-log.ts'
import { HEARTBEAT_CHANNEL } from '../../core/membership/failure-detector.ts'
import type { Membership } from '../../core/membership/membership.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import { OutputEffects } from '../../core/output/output-effects.ts'
import { EXCHANGE_COUNTERS } from '../../core/system.ts'
import type { Nanos, PartitionId, ProcessId } from '../../core/units.ts'
import type { Inbound, Process, World } from '../../core/world/world.ts'
import type { DStreamGraph } from '../graph.ts'
import { type BlockObserver, shownTo } from '../rdd/block-observer.ts'
import { BlockStore } from '../rdd/block-store.ts'
import { Lineage } from '../rdd/lineage.ts'
import { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, type RddId, type StageId } from '../rdd/rdd.ts'
import { checkpointOf, tablesSince } from '../recovery/checkpoint.ts'
import { type CheckpointId, checkpointName } from '../recovery/checkpoint-file.ts'
import { replacesDriver } from '../recovery/driver-record.ts'
import { type LaunchVisitor, readLaunch } from '../scheduler/launch.ts'
import {
  ASK_CHANNEL,
  CREDIT_CHANNEL,
  FETCH_CHANNEL,
  LAUNCH_CHANNEL,
  ROWS_CHANNEL,
  WireReader,
} from '../scheduler/wire.ts'
import { CheckpointWriter } from './checkpoint-writer.ts'
import { DriverWatch } from './driver-watch.ts'
import { Executor } from './executor.ts'
import { Gathering } from './gathering.ts'
import { QueryReader } from './query-reader.ts'
import { Reporter } from './reporter.ts'
import { ShuffleClient } from './shuffle-client.ts'
import { ShuffleServer } from './shuffle-server.ts'
import type { WorkerTask } from './task.ts'

/** Work in one step. */
const STEP: Nanos = 700_000
/** When something has no room now: look again this much later. */
const RETRY: Nanos = 100_000

export interface WorkerPlan {
  readonly graph: DStreamGraph
  readonly lowered: Lowered
  readonly observer?: BlockObserver | undefined
}

export class Worker implements Process {
  #world: World
  #graph: DStreamGraph
  #input: InputLog
  #lineage: Lineage
  #driver: ProcessId
  #partitioner: Partitioner
  #store: BlockStore
  #effects: OutputEffects
  #executor: Executor
  #gathering: Gathering
  #client: ShuffleClient
  #server: ShuffleServer
  #checkpoints: CheckpointWriter
  #queries: QueryReader
  #watch: DriverWatch
  #reporter: Reporter
  #generation = 0
  #fenced = false
  /** A spill could not be read back: this life must end. */
  #damaged = false
  #horizon: BatchNumber = 0
  /** Shuffle blocks of batches up to it were let go. Not before the horizon. */
  #evicted: BatchNumber = 0
  /** Durable checkpoints whose files are still read. */
  #durable: readonly CheckpointId[] = []
  /** Tables that batches behind the horizon read: `blockKey` of partition 0. */
  #needed: ReadonlySet<number> = new Set()
  #reader: WireReader
  #launches: LaunchVisitor

  constructor(world: World, setup: ProcessSetup, plan: WorkerPlan) {
    const { graph, lowered, observer } = plan
    const { config } = setup
    this.#world = world
    this.#graph = graph
    this.#input = setup.input
    this.#lineage = new Lineage(graph, setup.queries)
    this.#driver = config.workers
    this.#partitioner = new Partitioner(config.partitions)
    this.#reader = new WireReader(world.region.memory)
    this.#store = new BlockStore(world, {
      bytesMax: config.dstream.blockStoreBytesMax,
      tablesOf: (rdd) => {
        const { operator, kind } = graph.rdds[rdd]!
        return lowered.tables(operator, kind === 'partial' ? 'arrived' : 'state')
      },
      plan: setup.dataflow.hash,
      fileOf: (batch, partition) => this.#fileOf(batch, partition),
      fetch: (key) => this.#gathering.fetchTable(key),
      isNeeded: (rdd, batch) => this.#needed.has(blockKey(rdd, batch, 0)),
      damaged: (name, reason) => {
        world.history.append('spill-damaged', { name, reason })
        this.#damaged = true
        this.#giveUp(world.authority.current())
      },
      shown: observer && shownTo(observer, { graph, lowered, region: world.region }),
    })
    this.#reporter = new Reporter(world, {
      driver: this.#driver,
      store: this.#store,
      replaces: replacesDriver(config),
      isWatched: config.dstream.speculation !== undefined,
      durable: () => this.#durable,
      evicted: () => this.#evicted,
      continues: (last) => this.#executor.continues(last),
    })
    this.#effects = new OutputEffects(world, setup)
    this.#executor = new Executor(world, {
      setup,
      graph,
      lowered,
      store: this.#store,
      generation: () => this.#generation,
      effects: this.#effects,
      frees: (batch) =>
        this.#store.isSpilling || this.#checkpoints.isBusy || this.#gathering.hasBefore(batch),
      done: (task) => this.#reporter.ended(task),
    })
    this.#client = new ShuffleClient(world, {
      ready: (task) => this.#gathering.complete(task),
      table: (key, saved) => this.#store.arrived(key, saved),
    })
    this.#gathering = new Gathering(world, {
      graph,
      lineage: this.#lineage,
      input: this.#input,
      partitioner: this.#partitioner,
      store: this.#store,
      client: this.#client,
      gathered: (task) => this.#gathered(task),
      abandon: (task) => this.#executor.abandon(task),
    })
    this.#server = new ShuffleServer(world, this.#store)
    this.#checkpoints = new CheckpointWriter(world, this.#store, {
      plan: setup.dataflow.hash,
      generation: () => this.#generation,
      ended: (file) => this.#reporter.fileEnded(file),
    })
    this.#queries = new QueryReader(world, this.#store, { setup, graph, lowered })
    this.#watch = new DriverWatch(world, setup)
    this.#launches = {
      begin: (header) => {
        this.#reporter.heard(header)
        this.#evict(header.evicted)
        if (header.end > 0) graph.rounds?.endAt(header.end)
      },
      checkpoints: (durable) => this.#forgetBehind(durable),
      release: (rdd, batch, partition) => this.#store.remove(blockKey(rdd, batch, partition)),
      save: (checkpoint, partition) => this.#save(checkpoint, partition),
      move: (move) => this.#gathering.moved(move),
      task: (stage, batch, partition, mask) =>
        this.#gathering.launch(stage, batch, partition, mask),
      drop: (stage, batch, partition) => this.#drop(stage, batch, partition),
    }
    for (const counter of EXCHANGE_COUNTERS) world.count(counter, 0)
    this.#adoptIfNew()
  }

  receive(inbound: Inbound): void {
    this.#adoptIfNew()
    if (this.#fenced) return
    if (inbound.kind === 'storage') {
      if (this.#effects.completed(inbound)) return
      const { request, outcome, bytes, reason } = inbound
      if (!this.#checkpoints.completed(request, outcome, reason)) {
        this.#store.completed(request, outcome, bytes)
      }
      return
    }
    const { channel, from, payload, generation } = inbound
    // It was delivered before this worker saw that its generation is over.
    if (generation < this.#generation) return
    this.#watch.heard(from)
    switch (channel) {
      case HEARTBEAT_CHANNEL:
        this.#watch.beaten(from)
        break
      case LAUNCH_CHANNEL:
        assert(from === this.#driver, () => `worker ${from} sent a launch: only the driver does`)
        readLaunch(this.#reader.open(payload), this.#launches)
        break
      case ASK_CHANNEL:
        this.#queries.receive(payload)
        break
      case FETCH_CHANNEL:
        this.#server.request(from, payload)
        break
      case ROWS_CHANNEL:
        this.#client.receive(from, payload, this.#generation)
        break
      case CREDIT_CHANNEL:
        this.#server.credit(from, payload)
        break
      default:
        assert(false, `a worker of the D-Stream engine has no channel ${channel}`)
    }
  }

  step(): Nanos {
    this.#adoptIfNew()
    if (this.#fenced) return Number.POSITIVE_INFINITY
    const start = this.#world.now()
    const next = this.#watch.step(start)
    this.#gathering.awaitInput()
    this.#client.flush(this.#generation)
    const served = this.#server.step(this.#generation)
    const busy = this.#executor.step(start + STEP)
    const saving = this.#checkpoints.step()
    const asked = this.#queries.step(this.#driver, this.#generation)
    this.#reporter.step()
    const now = this.#world.now()
    if (busy || saving || asked || this.#client.isWaiting) return now
    return served && !this.#executor.ledgerFull ? next : Math.min(next, now + RETRY)
  }

  #adoptIfNew(): void {
    const { authority, process, incarnation } = this.#world
    if (authority.generation() === this.#generation || this.#fenced) return
    const membership = authority.current()
    this.#generation = membership.generation
    const self = membership.members.find((member) => member.process === process)
    this.#fenced = self?.state !== 'live' || self.incarnation !== incarnation
    this.#gathering.reset()
    this.#executor.cancel()
    this.#client.reset()
    this.#server.reset()
    this.#checkpoints.reset()
    this.#queries.reset()
    this.#store.forgetFetches()
    // What has gone may be made again, and goes again.
    this.#evicted = this.#horizon
    if (this.#fenced) return
    // Another's proposal has won.
    if (this.#damaged) this.#giveUp(membership)
    this.#partitioner.adopt(membership, this.#driver)
    this.#watch.adopt(membership)
    this.#reporter.adopt(membership)
    this.#world.history.append('generation-adopted', {
      generation: this.#generation,
      blocks: this.#store.size,
    })
  }

  /** There is too little room for shuffle blocks that only a recovery would read. */
  #evict(evicted: BatchNumber): void {
    for (let batch = this.#evicted + 1; batch <= evicted; batch++) this.#store.removeShuffles(batch)
    this.#evicted = Math.max(this.#evicted, evicted)
  }

  /** A checkpoint is durable: what only tasks up to it read, goes. */
  #forgetBehind(durable: readonly CheckpointId[]): void {
    const horizon = durable.at(-1)!.batch
    if (horizon <= this.#horizon) return
    this.#durable = durable
    for (let batch = this.#horizon + 1; batch <= horizon; batch++) this.#store.removeShuffles(batch)
    this.#horizon = horizon
    this.#evicted = Math.max(this.#evicted, horizon)
    for (let p = 0; p < this.#input.partitions; p++) {
      this.#input.release(p, this.#input.dueBefore(p, this.#graph.ticks.endOf(horizon)))
    }
    const needed = new Set<number>()
    this.#lineage.neededAfter(horizon, (_stage, rdd, batch) => needed.add(blockKey(rdd, batch, 0)))
    this.#needed = needed
    this.#store.removeTables(horizon, (rdd, batch) => needed.has(blockKey(rdd, batch, 0)))
    this.#gathering.forgetMoves(horizon)
  }

  #fileOf(batch: BatchNumber, partition: PartitionId): string {
    const checkpoint = checkpointOf(this.#durable, batch)
    assert(checkpoint !== undefined, () => `no checkpoint holds tables of batch ${batch}`)
    return checkpointName(checkpoint, partition)
  }

  #save(checkpoint: BatchNumber, partition: PartitionId): void {
    const tables: { rdd: RddId; made: BatchNumber }[] = []
    const file = { batch: checkpoint, partition }
    tablesSince(this.#lineage, this.#horizon, file, (rdd, made) => tables.push({ rdd, made }))
    this.#checkpoints.save(checkpoint, partition, tables)
  }

  #gathered(task: WorkerTask): void {
    if (task.isDropped) this.#reporter.ended(task)
    else this.#executor.submit(task)
  }

  /** Another worker has done a task: it is dropped here, unless it is about to be visible. Its end is reported in any case. */
  #drop(stage: StageId, batch: BatchNumber, partition: PartitionId): void {
    const isWanted = (task: WorkerTask): boolean =>
      task.stage.id === stage && task.batch === batch && task.partition === partition
    if (this.#gathering.drop(isWanted)) return
    const task = this.#executor.drop(isWanted)
    if (task === undefined) return
    task.isDropped = true
    this.#reporter.ended(task)
  }

  /** Its disk has failed it: it asks to be replaced by a life that has no blocks, so that lineage makes all of them again. */
  #giveUp({ generation, ...membership }: Membership): void {
    const { authority, process, incarnation } = this.#world
    const members = membership.members.map((member) =>
      member.process === process ? { ...member, incarnation: incarnation + 1 } : member,
    )
    authority.propose(generation, { ...membership, members })
  }
}
