/**
 * The driver: the master of D-Streams §4.1, one process beside the workers. It generates jobs, schedules tasks, tracks
 * blocks, and leads recovery. No record passes through it.
 *
 *   failure suspected ─▶ membership proposed ─▶ adopted: plans dropped ─▶ every live worker said hello ─▶ planned anew
 *   workers to join or to leave ─▶ a checkpoint begins with the next batch ─▶ no other does until it is durable ─▶ proposed …
 *
 * It runs tasks only after every live worker's hello of the generation, so nothing of an older one can interfere.
 *
 * A lost driver is noticed by the workers, who have the authority give the next life of it a term (`worker/driver-watch.ts`). That one
 *
 *   begins ─▶ reads the last record of the one before (`recovery/takeover.ts`) ─┬▶ driver-took-over: missed batches are closed again
 *     └─▶ every live worker says what it has, and hello (`inventory.ts`) ───────┘    ─▶ planned as all that is owed, and goes on
 *
 * What it is told twice, or too late, does no harm: tasks are deterministic, and of two commits the first counts. It dies like any other.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import { RecoveryError } from '../../core/errors.ts'
import { FailureDetector, HEARTBEAT_CHANNEL } from '../../core/membership/failure-detector.ts'
import {
  firstMembership,
  type Membership,
  placePartitions,
} from '../../core/membership/membership.ts'
import { askForResize, resized } from '../../core/membership/resize.ts'
import { clockStart, type RunConfig } from '../../core/run-config.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { Inbound, Process, World } from '../../core/world/world.ts'
import type { DStreamGraph } from '../graph.ts'
import { askedTables } from '../rdd/asked-tables.ts'
import { Lineage } from '../rdd/lineage.ts'
import { Partitioner } from '../rdd/partitioner.ts'
import { blockOfKey, type RddDefinition } from '../rdd/rdd.ts'
import { Checkpoints } from '../recovery/checkpoint.ts'
import { DriverLog } from '../recovery/driver-log.ts'
import { type DriverRecord, NO_ROUNDS, replacesDriver } from '../recovery/driver-record.ts'
import { Takeover } from '../recovery/takeover.ts'
import { BlockTracker } from './block-tracker.ts'
import { EarlierTasks } from './earlier-tasks.ts'
import { Homes } from './homes.ts'
import { readInventory } from './inventory.ts'
import { JobGenerator } from './job-generator.ts'
import { JobScheduler } from './job-scheduler.ts'
import { QueryScheduler } from './query-scheduler.ts'
import { type ReportHeader, type ReportVisitor, readReport } from './report.ts'
import { RoundGenerator } from './round-generator.ts'
import { ANSWERED_CHANNEL, INVENTORY_CHANNEL, REPORT_CHANNEL, WireReader } from './wire.ts'

/** While an input partition's frontier keeps a batch open, look again this much later. */
const FRONTIER_POLL: Nanos = 1_000_000
/** Of a block store, for shuffle blocks that only a recovery would read. The rest is for tables, and what is under way. */
const SHUFFLE_SHARE = 1 / 4
/** The same, while storage refuses checkpoints, or the driver's records. */
const KEPT_SHARE = 1 / 2

export class Driver implements Process {
  #world: World
  #setup: ProcessSetup
  #partitioner: Partitioner
  #tracker: BlockTracker
  #homes: Homes
  #rdds: readonly RddDefinition[]
  #rounds: RoundGenerator | undefined
  #generator: JobGenerator | RoundGenerator
  #checkpoints: Checkpoints
  #scheduler: JobScheduler
  #queries: QueryScheduler
  #detector: FailureDetector
  #log: DriverLog
  /** Of a life that follows another: until it knows where to go on. */
  #takeover: Takeover | undefined
  #earlier = new EarlierTasks()
  #membership: Membership | undefined
  #fenced = false
  /** Blocks that workers have told of, for the history. */
  #blocksTold = 0
  /** Live workers whose hello of this generation is missing. */
  #silent = new Set<ProcessId>()
  /** All hellos are here and the lost work is not planned yet. */
  #planning = false
  /** The generation in which a change of the workers was proposed last. */
  #changedIn = 0
  #reporter: ProcessId = 0
  #reader: WireReader
  #reports: ReportVisitor

  constructor(world: World, setup: ProcessSetup, graph: DStreamGraph) {
    const { config } = setup
    const { queries = [] } = setup
    const tables = askedTables(graph, queries)
    const lineage = new Lineage(graph, queries)
    this.#world = world
    this.#setup = setup
    this.#partitioner = new Partitioner(config.partitions)
    this.#tracker = new BlockTracker(graph.rdds, config.partitions)
    this.#rdds = graph.rdds
    this.#rounds = graph.rounds && new RoundGenerator(graph.rounds, clockStart(config.input))
    this.#generator =
      this.#rounds ?? new JobGenerator(setup.input, { ticks: graph.ticks, last: graph.lastBatch })
    const checkpoints = new Checkpoints(world, lineage, {
      interval: checkpointEvery(config, graph),
      generation: () => this.#membership!.generation,
    })
    this.#checkpoints = checkpoints
    this.#homes = new Homes(this.#partitioner)
    const blocks = {
      partitioner: this.#partitioner,
      tracker: this.#tracker,
      homes: this.#homes,
      checkpoints,
    }
    const end = graph.ticks.endOf(graph.lastBatch)
    this.#queries = new QueryScheduler(world, { ...blocks, queries, tables, end })
    this.#scheduler = new JobScheduler(world, {
      ...blocks,
      lineage,
      queries: this.#queries,
      earlier: this.#earlier,
      workers: config.workers,
      shuffleBytesMax: shareOf(config, graph, SHUFFLE_SHARE),
      keptBytesMax: shareOf(config, graph, KEPT_SHARE),
      speculation: graph.rounds ? undefined : config.dstream.speculation,
    })
    this.#detector = new FailureDetector(world, config.detector)
    this.#log = new DriverLog(world, {
      isKept: replacesDriver(config),
      plan: setup.dataflow.hash,
      membership: () => this.#membership!,
      completed: () => this.#scheduler.completed,
      horizon: () => checkpoints.nextHorizon,
      record: () => this.#record(),
      recorded: (horizon) => this.#scheduler.lifetimes.recorded(horizon),
      refused: (name, reason) => this.#scheduler.lifetimes.recordRefused(name, reason),
    })
    if (world.incarnation > 1) this.#takeover = new Takeover(world, setup.dataflow.hash)
    this.#reader = new WireReader(world.region.memory)
    this.#reports = {
      begin: (header) => this.#begin(header),
      done: (task) => {
        if (task.feeds) this.#rounds?.fedBack(task.batch)
        this.#scheduler.taskDone(this.#reporter, task)
      },
      ended: (file) => this.#scheduler.fileEnded(file),
    }
    this.#adoptIfNew()
  }

  receive(inbound: Inbound): void {
    this.#adoptIfNew()
    if (this.#fenced) return
    if (inbound.kind === 'storage') {
      if (!this.#log.ended(inbound)) this.#takeover?.ended(inbound)
      return
    }
    const { from, channel, payload, generation } = inbound
    // It was delivered before this driver saw that its generation is over.
    if (generation < this.#membership!.generation) return
    this.#detector.heard(from, this.#world.now())
    if (channel === HEARTBEAT_CHANNEL) return
    if (channel === ANSWERED_CHANNEL) {
      this.#queries.answered(this.#reader.open(payload))
      return
    }
    if (channel === INVENTORY_CHANNEL) {
      this.#inform(from, payload)
      return
    }
    assert(
      channel === REPORT_CHANNEL,
      `the driver of the D-Stream engine has no channel ${channel}`,
    )
    this.#world.count('controlBytes', payload.length)
    this.#reporter = from
    readReport(this.#reader.open(payload), this.#reports)
  }

  step(): Nanos {
    this.#adoptIfNew()
    if (this.#fenced) return Number.POSITIVE_INFINITY
    const now = this.#world.now()
    if (this.#takeover?.isNew) this.#expectOldLives(now)
    this.#takeover?.step()
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length > 0) this.#propose(suspected, now)
    if (this.#silent.size === 0) this.#takeOver(now)
    // Hellos wake it, and storage does.
    if (this.#takeover !== undefined) return next
    this.#generator.advance(now, this.#scheduler.batchesInFlight)
    if (this.#silent.size === 0) {
      const { generation } = this.#membership!
      if (this.#planning) this.#scheduler.resume()
      this.#planning = false
      const isChanging = this.#isChanging(now)
      this.#submitClosed(now, isChanging)
      if (isChanging) this.#scheduler.settle()
      this.#log.step(now)
      if (isChanging) this.#change(now)
      this.#scheduler.flush({ generation, recorded: this.#log.recorded })
      this.#queries.flush(generation)
    }
    const { nextAt: lateAt } = this.#scheduler
    const nextAt = Math.min(this.#generator.nextAt, this.#queries.nextAt, lateAt)
    return Math.min(next, nextAt > now ? nextAt : now + FRONTIER_POLL)
  }

  /** Whether workers are to join or to leave. */
  #isChanging(now: Nanos): boolean {
    return resized(this.#membership!, this.#setup.config, now) !== undefined
  }

  /** Begins jobs for which there is room. Before a change of the workers none comes after that with which a checkpoint begins. */
  #submitClosed(now: Nanos, isChanging: boolean): void {
    const { batchesInFlightMax } = this.#setup.config.dstream
    while (this.#scheduler.batchesInFlight < batchesInFlightMax) {
      if (isChanging && this.#checkpoints.isAtEnd) return
      const info = this.#generator.take()
      if (info === undefined) return
      if (isChanging) this.#checkpoints.ask()
      this.#scheduler.submit(info)
      // A round that was done for a driver before this one ends at once, and no report says so.
      this.#generator.advance(now, this.#scheduler.batchesInFlight)
    }
  }

  /**
   * Proposes the plan's next membership when all state is in a durable checkpoint and nothing is under way: nothing is done again, and
   * who leaves has nothing that is needed.
   */
  #change(instant: Nanos): void {
    const { generation } = this.#membership!
    const isAtRest = this.#scheduler.batchesInFlight === 0 && this.#checkpoints.isDurableAtEnd
    if (!isAtRest || this.#changedIn === generation) return
    this.#changedIn = generation
    askForResize(this.#world, this.#membership!, { config: this.#setup.config, instant })
  }

  /** Who lives since the run's start has started: that it was not heard by this life gives it no more time. */
  #expectOldLives(now: Nanos): void {
    const { members } = firstMembership(this.#setup.config, this.#membership!.members.length)
    for (const { process, incarnation } of this.#membership!.members) {
      if (incarnation === members[process]!.incarnation) this.#detector.heard(process, now)
    }
  }

  /** A worker says what it has. */
  #inform(worker: ProcessId, payload: Bytes): void {
    const { checkpoints, blocks, finished } = readInventory(this.#reader.open(payload))
    this.#takeover?.told(checkpoints)
    for (const key of blocks) this.#found(worker, key)
    this.#blocksTold += blocks.length
    for (const task of finished) {
      if (task.feeds) this.#rounds?.fedBack(task.batch)
      if (this.#takeover !== undefined) this.#earlier.add(task)
    }
    this.#world.charge('dispatch', blocks.length + finished.length)
  }

  /** A worker says that it has a block. Of two that are equal the owner's counts: there it is read in place. */
  #found(worker: ProcessId, key: number): void {
    const { rdd, batch, partition } = blockOfKey(key)
    const owner = this.#partitioner.ownerOf(partition)
    const known = this.#tracker.workerOf(rdd, batch, partition)
    if (worker === owner || known !== owner) this.#tracker.put(rdd, batch, partition, worker)
    if (this.#rdds[rdd]!.kind !== 'shuffle') this.#homes.found(partition, worker)
  }

  /** Goes on where the driver before was, when all is known: missed batches begin, and are planned with all that is owed. */
  #takeOver(now: Nanos): void {
    const takeover = this.#takeover
    const found = takeover?.found
    if (takeover === undefined || found === undefined) return
    this.#takeover = undefined
    const { completed } = found
    this.#log.adopt(takeover.names)
    this.#checkpoints.restore(found)
    this.#generator.restore(found)
    this.#queries.restore(found)
    this.#earlier.forget(completed)
    this.#scheduler.restore(completed)
    this.#world.history.append('driver-took-over', {
      term: this.#membership!.term,
      record: takeover.name,
      completed,
      horizon: this.#checkpoints.horizon,
      blocks: this.#blocksTold,
      scattered: this.#homes.scattered,
      finishedTasks: this.#earlier.size,
    })
    this.#generator.advance(now, 0)
    this.#submitClosed(now, this.#isChanging(now))
  }

  /** What a driver after this one will have to know. */
  #record(): DriverRecord {
    return {
      completed: this.#scheduler.completed,
      checkpoints: this.#checkpoints.next,
      asked: this.#queries.unanswered,
      rounds: this.#rounds?.record ?? NO_ROUNDS,
    }
  }

  #begin(header: ReportHeader): void {
    this.#scheduler.reported(this.#reporter, header)
    if (!header.hello || !this.#silent.delete(this.#reporter)) return
    // The rest of this last hello is read before the step that plans.
    this.#planning = this.#silent.size === 0 && this.#membership!.generation > 1
  }

  #adoptIfNew(): void {
    const { authority, process, incarnation } = this.#world
    if (authority.generation() === this.#membership?.generation || this.#fenced) return
    const membership = authority.current()
    this.#membership = membership
    const self = membership.members.find((member) => member.process === process)
    this.#fenced = self?.state !== 'live' || self.incarnation !== incarnation
    if (this.#fenced) return
    this.#tracker.adopt(membership)
    this.#partitioner.adopt(membership, this.#setup.config.workers)
    const { workers } = this.#partitioner
    this.#silent = new Set(workers)
    this.#planning = false
    this.#detector.adopt(membership, workers, this.#world.now())
    if (membership.generation > 1) this.#scheduler.suspend()
    this.#world.history.append('generation-adopted', { generation: membership.generation })
  }

  #propose(suspected: readonly ProcessId[], now: Nanos): void {
    const { partitions, replacement, workers } = this.#setup.config
    const { generation, term, members, placement } = this.#membership!
    for (const worker of suspected) {
      const silence = this.#detector.silenceOf(worker, now)
      this.#world.history.append('worker-suspected', { worker, generation, ...silence })
    }
    const next = members.map((member) => {
      if (!suspected.includes(member.process)) return member
      return replacement === 'respawn'
        ? { ...member, incarnation: member.incarnation + 1 }
        : { ...member, state: 'dead' as const }
    })
    const live = next
      .filter((member) => member.process < workers && member.state === 'live')
      .map((member) => member.process)
    if (live.length === 0) {
      throw new RecoveryError({
        asked: 'a membership without the suspected workers',
        found: 'no other worker alive',
        rule: 'survivors take over the partitions of the dead',
        remedy: 'Use --replacement respawn, or more workers than faults',
      })
    }
    const placed = placePartitions(partitions, live, placement)
    this.#world.authority.propose(generation, { term, members: next, placement: placed })
  }
}

/**
 * Distance of checkpoints, in batches. A plan without tables has nothing to save: its horizon follows completed batches
 * (0), so that pushed input is given back at once. Input that is read from a log waits for nothing. Rounds of a loop have no
 * checkpoints: their lineage goes back to the input, as the first round's does.
 */
function checkpointEvery(
  { dstream, ingest }: RunConfig,
  { rdds, ticks, rounds }: DStreamGraph,
): number {
  if (rounds !== undefined) return Number.POSITIVE_INFINITY
  if (ingest === 'pushed' && rdds.every(({ kind }) => kind === 'shuffle')) return 0
  return ticks.indexOfEnd(dstream.checkpointInterval)
}

/** Of a block store. Rounds of a loop keep all shuffle blocks: what a round leaves, the next one reads. */
function shareOf({ dstream }: RunConfig, { rounds }: DStreamGraph, share: number): number {
  return rounds === undefined ? dstream.blockStoreBytesMax * share : Number.POSITIVE_INFINITY
}
