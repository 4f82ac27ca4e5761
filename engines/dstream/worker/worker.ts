/**
 * A worker of the D-Stream engine: it keeps blocks and runs the tasks that the driver launches, and nothing else.
 *
 *   LAUNCH ─▶ gather inputs (own blocks in place, others by FETCH, spilled ones from disk) ─▶ run ─▶ REPORT
 *
 * At a new generation it drops its tasks and fetches, keeps its blocks (that is the point of lineage), and says hello with
 * all that the driver has not acknowledged. A fenced worker stops for good.
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
import { type DStreamGraph, type StageDefinition, spanOf } from '../graph.ts'
import { type BlockObserver, shownTo } from '../rdd/block-observer.ts'
import { BlockStore } from '../rdd/block-store.ts'
import { Lineage } from '../rdd/lineage.ts'
import { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, type RddId, type StageId } from '../rdd/rdd.ts'
import { checkpointOf, tablesSince } from '../recovery/checkpoint.ts'
import { type CheckpointId, checkpointName } from '../recovery/checkpoint-file.ts'
import { type LaunchVisitor, readLaunch } from '../scheduler/launch.ts'
import { type FileSaved, type TaskDone, writeReport } from '../scheduler/report.ts'
import {
  ASK_CHANNEL,
  CREDIT_CHANNEL,
  FETCH_CHANNEL,
  LAUNCH_CHANNEL,
  REPORT_CHANNEL,
  ROWS_CHANNEL,
  WireReader,
  WireWriter,
} from '../scheduler/wire.ts'
import { CheckpointWriter } from './checkpoint-writer.ts'
import { DriverWatch } from './driver-watch.ts'
import { Executor } from './executor.ts'
import { QueryReader } from './query-reader.ts'
import { type ReportContent, SentReports } from './sent-reports.ts'
import { ShuffleClient } from './shuffle-client.ts'
import { ShuffleServer } from './shuffle-server.ts'
import { WorkerTask } from './task.ts'

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
  #client: ShuffleClient
  #server: ShuffleServer
  #checkpoints: CheckpointWriter
  #queries: QueryReader
  #watch: DriverWatch
  #generation = 0
  #fenced = false
  /** The next report says that this generation is adopted. */
  #hello = false
  /** A spill could not be read back: this life must end. */
  #damaged = false
  #reports = 0
  #done: TaskDone[] = []
  #saved: FileSaved[] = []
  #unacknowledged = new SentReports()
  #horizon: BatchNumber = 0
  /** Durable checkpoints whose files are still read. */
  #durable: readonly CheckpointId[] = []
  /** Tables that batches behind the horizon read: `blockKey` of partition 0. */
  #needed: ReadonlySet<number> = new Set()
  #sequence = 0
  /** Shuffle blocks that are not with their partition's owner. */
  #moves = new Map<number, ProcessId>()
  /** Tasks whose inputs are being gathered. */
  #gathering = new Set<WorkerTask>()
  /** Those of them that read a part of the input which is not here yet. */
  #early: { readonly task: WorkerTask; readonly arrived: () => void }[] = []
  #writer = new WireWriter()
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
      isNeeded: (rdd, batch) => this.#needed.has(blockKey(rdd, batch, 0)),
      damaged: (name, reason) => {
        world.history.append('spill-damaged', { name, reason })
        this.#damaged = true
        this.#giveUp(world.authority.current())
      },
      shown: observer && shownTo(observer, { graph, lowered, region: world.region }),
    })
    this.#effects = new OutputEffects(world, setup)
    this.#executor = new Executor(world, {
      setup,
      graph,
      lowered,
      store: this.#store,
      generation: () => this.#generation,
      effects: this.#effects,
      done: ({ stage, batch, partition, mask, feeds }) =>
        this.#done.push({ stage: stage.id, batch, partition, mask, feeds }),
    })
    this.#client = new ShuffleClient(world, (task) => this.#runnable(task))
    this.#server = new ShuffleServer(world, this.#store)
    this.#checkpoints = new CheckpointWriter(world, this.#store, {
      plan: setup.dataflow.hash,
      generation: () => this.#generation,
      saved: (file) => this.#saved.push(file),
    })
    this.#queries = new QueryReader(world, this.#store, { setup, graph, lowered })
    this.#watch = new DriverWatch(world, config, this.#driver)
    this.#launches = {
      begin: (number, end) => {
        this.#unacknowledged.acknowledged(number)
        if (end > 0) graph.rounds?.endAt(end)
      },
      checkpoints: (durable) => this.#forgetBehind(durable),
      release: (rdd, batch, partition) => this.#store.remove(blockKey(rdd, batch, partition)),
      save: (checkpoint, partition) => this.#save(checkpoint, partition),
      move: ({ rdd, batch, partition, worker }) =>
        this.#moves.set(blockKey(rdd, batch, partition), worker),
      task: (stage, batch, partition, mask) => this.#launch(stage, batch, partition, mask),
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
    if (inbound.kind === 'timer') return
    this.#watch.heard(inbound.from)
    const { channel, from, payload } = inbound
    switch (channel) {
      case HEARTBEAT_CHANNEL:
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
    if (this.#early.length > 0) this.#awaitInput()
    this.#client.flush(this.#generation)
    const served = this.#server.step(this.#generation)
    const busy = this.#executor.step(start + STEP)
    const saving = this.#checkpoints.step()
    const asked = this.#queries.step(this.#driver, this.#generation)
    this.#report()
    const now = this.#world.now()
    if (busy || saving || asked) return now
    return served && !this.#executor.ledgerFull ? next : Math.min(next, now + RETRY)
  }

  #adoptIfNew(): void {
    const { authority, process, incarnation } = this.#world
    if (authority.generation() === this.#generation || this.#fenced) return
    const membership = authority.current()
    this.#generation = membership.generation
    const self = membership.members.find((member) => member.process === process)
    this.#fenced = self?.state !== 'live' || self.incarnation !== incarnation
    for (const task of this.#gathering) this.#executor.abandon(task)
    this.#gathering.clear()
    this.#early = []
    this.#executor.cancel()
    this.#client.reset()
    this.#server.reset()
    this.#checkpoints.reset()
    this.#queries.reset()
    this.#moves.clear()
    if (this.#fenced) return
    // Another's proposal has won.
    if (this.#damaged) this.#giveUp(membership)
    this.#partitioner.adopt(membership, this.#driver)
    this.#watch.adopt(membership)
    this.#hello = true
    this.#world.history.append('generation-adopted', {
      generation: this.#generation,
      blocks: this.#store.size,
    })
  }

  /** A checkpoint is durable: what only tasks up to it read, goes. */
  #forgetBehind(durable: readonly CheckpointId[]): void {
    const horizon = durable.at(-1)!.batch
    if (horizon <= this.#horizon) return
    this.#durable = durable
    for (let batch = this.#horizon + 1; batch <= horizon; batch++) this.#store.removeShuffles(batch)
    this.#horizon = horizon
    for (let p = 0; p < this.#input.partitions; p++) {
      this.#input.release(p, this.#input.dueBefore(p, this.#graph.ticks.endOf(horizon)))
    }
    const needed = new Set<number>()
    this.#lineage.neededAfter(horizon, (_stage, rdd, batch) => needed.add(blockKey(rdd, batch, 0)))
    this.#needed = needed
    this.#store.removeTables(horizon, (rdd, batch) => needed.has(blockKey(rdd, batch, 0)))
    for (const key of this.#moves.keys()) {
      if (key < blockKey(0, horizon + 1, 0)) this.#moves.delete(key)
    }
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

  #launch(stageId: StageId, batch: BatchNumber, partition: PartitionId, mask: number): void {
    const stage = this.#graph.stages[stageId]!
    const task = new WorkerTask(stage, { batch, partition, mask, sequence: this.#sequence++ })
    this.#world.count('tasks', 1)
    this.#gathering.add(task)
    // Counts as one thing to wait for until all has been asked for.
    task.waiting = 1
    const arrived = (): void => {
      if (!this.#gathering.has(task)) return
      task.waiting -= 1
      if (task.waiting === 0) this.#runnable(task)
    }
    const pin = (rdd: RddId, made: BatchNumber, source: PartitionId): void => {
      const key = blockKey(rdd, made, source)
      task.pinned.push(key)
      if (!this.#store.pin(key, arrived)) task.waiting += 1
    }
    this.#lineage.narrow(stage, batch, mask, (rdd, made) => pin(rdd, made, partition))
    this.#gatherShuffles(task, stage, pin)
    if (!this.#hasInput(task)) {
      task.waiting += 1
      this.#early.push({ task, arrived })
    }
    arrived()
  }

  /** Whether the part of the input that a task reads is here. After a failure it may have to be fetched. */
  #hasInput({ stage, batch, partition }: WorkerTask): boolean {
    if (this.#input.frontier(partition) >= spanOf(this.#graph, batch)[1]) return true
    return stage.dstreams.every(({ operator }) => operator.kind !== 'source')
  }

  #awaitInput(): void {
    const early = this.#early
    this.#early = early.filter(({ task }) => !this.#hasInput(task))
    for (const { task, arrived } of early) if (this.#hasInput(task)) arrived()
  }

  #gatherShuffles(
    task: WorkerTask,
    stage: StageDefinition,
    pin: (rdd: RddId, batch: BatchNumber, source: PartitionId) => void,
  ): void {
    for (let shuffle = 0; shuffle < stage.shuffles.length; shuffle++) {
      const { rdd, sources, samePartition } = stage.shuffles[shuffle]!
      const batch = stage.shuffles[shuffle]!.madeAt(task.batch)
      if (batch === 0) continue
      for (let source = 0; source < sources; source++) {
        if (samePartition && source !== task.partition) continue
        const moved = this.#moves.get(blockKey(rdd, batch, source))
        const worker = moved ?? this.#partitioner.ownerOf(source)
        if (worker === this.#world.process) pin(rdd, batch, source)
        else this.#client.want(task, { shuffle, batch, source, worker })
      }
    }
  }

  #runnable(task: WorkerTask): void {
    this.#gathering.delete(task)
    this.#executor.submit(task)
  }

  #report(): void {
    if (this.#done.length === 0 && this.#saved.length === 0 && !this.#hello) return
    const last = this.#done[this.#done.length - 1]
    const urgent = this.#hello || this.#saved.length > 0
    if (last && !urgent && this.#executor.continues(last)) return
    let content: ReportContent = { done: this.#done, saved: this.#saved }
    if (this.#hello) {
      const { done, saved } = this.#unacknowledged.take()
      content = { done: [...done, ...this.#done], saved: [...saved, ...this.#saved] }
    }
    const number = ++this.#reports
    const header = {
      number,
      hello: this.#hello,
      horizon: this.#horizon,
      shuffleBytes: this.#store.shuffleBytes,
    }
    writeReport(this.#writer, header, content)
    this.#world.count('reports', 1)
    this.#world.transport.send({
      to: this.#driver,
      class: 'control',
      channel: REPORT_CHANNEL,
      generation: this.#generation,
      payload: this.#writer.view(),
    })
    this.#unacknowledged.sent(number, content)
    this.#done = []
    this.#saved = []
    this.#hello = false
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
