/**
 * The driver: the master of D-Streams §4.1, one process beside the workers. It generates jobs, schedules tasks, tracks
 * blocks, and leads recovery. No record passes through it.
 *
 *   failure suspected ─▶ membership proposed ─▶ adopted: plans dropped ─▶ every live worker said hello ─▶ planned anew
 *   workers to join or to leave ─▶ a checkpoint begins with the next batch ─▶ no other does until it is durable ─▶ proposed …
 *
 * It runs tasks only after every live worker's hello of the generation, so nothing of an older one can interfere. What it
 * keeps between batches is small and explicit (horizon, durable blocks, block locations): a record for each timestep can be
 * written from it. A lost driver ends the run by name (workers notice).
 */
import { assert } from '../../core/assert.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import { RecoveryError } from '../../core/errors.ts'
import { FailureDetector, HEARTBEAT_CHANNEL } from '../../core/membership/failure-detector.ts'
import { type Membership, placePartitions } from '../../core/membership/membership.ts'
import { askForResize, resized } from '../../core/membership/resize.ts'
import { clockStart, type RunConfig } from '../../core/run-config.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { Inbound, Process, World } from '../../core/world/world.ts'
import type { DStreamGraph } from '../graph.ts'
import { askedTables } from '../rdd/asked-tables.ts'
import { Lineage } from '../rdd/lineage.ts'
import { Partitioner } from '../rdd/partitioner.ts'
import { Checkpoints } from '../recovery/checkpoint.ts'
import { BlockTracker } from './block-tracker.ts'
import { JobGenerator } from './job-generator.ts'
import { JobScheduler } from './job-scheduler.ts'
import { QueryScheduler } from './query-scheduler.ts'
import { type ReportHeader, type ReportVisitor, readReport } from './report.ts'
import { RoundGenerator } from './round-generator.ts'
import { ANSWERED_CHANNEL, REPORT_CHANNEL, WireReader } from './wire.ts'

/** While an input partition's frontier keeps a batch open, look again this much later. */
const FRONTIER_POLL: Nanos = 1_000_000
/** Of a block store, for shuffle blocks. The rest is for tables, and for what comes while a checkpoint is written. */
const SHUFFLE_SHARE = 1 / 4

export class Driver implements Process {
  #world: World
  #setup: ProcessSetup
  #partitioner: Partitioner
  #tracker: BlockTracker
  #generator: JobGenerator | RoundGenerator
  #checkpoints: Checkpoints
  #scheduler: JobScheduler
  #queries: QueryScheduler
  #detector: FailureDetector
  #membership: Membership | undefined
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
    const rounds = graph.rounds && new RoundGenerator(graph.rounds, clockStart(config.input))
    this.#generator =
      rounds ?? new JobGenerator(setup.input, { ticks: graph.ticks, last: graph.lastBatch })
    const checkpoints = new Checkpoints(world, lineage, {
      interval: checkpointEvery(config, graph),
      generation: () => this.#membership!.generation,
    })
    this.#checkpoints = checkpoints
    const blocks = { partitioner: this.#partitioner, tracker: this.#tracker, checkpoints }
    const end = graph.ticks.endOf(graph.lastBatch)
    this.#queries = new QueryScheduler(world, { ...blocks, queries, tables, end })
    this.#scheduler = new JobScheduler(world, {
      ...blocks,
      lineage,
      queries: this.#queries,
      workers: config.workers,
      shuffleBytesMax: shuffleBytesMax(config, graph),
    })
    this.#detector = new FailureDetector(world, config.detector)
    this.#reader = new WireReader(world.region.memory)
    this.#reports = {
      begin: (header) => this.#begin(header),
      done: (task) => {
        if (task.feeds) rounds?.fedBack(task.batch)
        this.#scheduler.taskDone(this.#reporter, task)
      },
      saved: (file) => this.#scheduler.fileSaved(file),
    }
    this.#adoptIfNew()
  }

  receive(inbound: Inbound): void {
    this.#adoptIfNew()
    if (inbound.kind !== 'message') return
    const { from, channel, payload } = inbound
    this.#detector.heard(from, this.#world.now())
    if (channel === HEARTBEAT_CHANNEL) return
    if (channel === ANSWERED_CHANNEL) {
      this.#queries.answered(this.#reader.open(payload))
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
    const now = this.#world.now()
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length > 0) this.#propose(suspected, now)
    this.#generator.advance(now, this.#scheduler.batchesInFlight)
    if (this.#silent.size === 0) {
      if (this.#planning) this.#scheduler.resume()
      this.#planning = false
      const isChanging = resized(this.#membership!, this.#setup.config, now) !== undefined
      this.#submitClosed(isChanging)
      if (isChanging) this.#change(now)
      this.#scheduler.flush(this.#membership!.generation)
      this.#queries.flush(this.#membership!.generation)
    }
    const nextAt = Math.min(this.#generator.nextAt, this.#queries.nextAt)
    return Math.min(next, nextAt > now ? nextAt : now + FRONTIER_POLL)
  }

  /** Begins jobs for which there is room. Before a change of the workers none comes after that with which a checkpoint begins. */
  #submitClosed(isChanging: boolean): void {
    const { batchesInFlightMax } = this.#setup.config.dstream
    while (this.#scheduler.batchesInFlight < batchesInFlightMax) {
      if (isChanging && this.#checkpoints.isAtEnd) return
      const info = this.#generator.take()
      if (info === undefined) return
      if (isChanging) this.#checkpoints.ask()
      this.#scheduler.submit(info)
    }
  }

  /**
   * Proposes the plan's next membership when all state is in a durable checkpoint and nothing is under way: nothing is done again, and
   * who leaves has nothing that is needed.
   */
  #change(instant: Nanos): void {
    const { generation } = this.#membership!
    this.#scheduler.settle()
    const isAtRest = this.#scheduler.batchesInFlight === 0 && this.#checkpoints.isDurableAtEnd
    if (!isAtRest || this.#changedIn === generation) return
    this.#changedIn = generation
    askForResize(this.#world, this.#membership!, { config: this.#setup.config, instant })
  }

  #begin(header: ReportHeader): void {
    this.#scheduler.reported(this.#reporter, header)
    if (!header.hello || !this.#silent.delete(this.#reporter)) return
    // The rest of this last hello is read before the step that plans.
    this.#planning = this.#silent.size === 0 && this.#membership!.generation > 1
  }

  #adoptIfNew(): void {
    const { authority } = this.#world
    if (authority.generation() === this.#membership?.generation) return
    const membership = authority.current()
    this.#membership = membership
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

/** Beyond it a checkpoint must come, where there are any. */
function shuffleBytesMax({ dstream }: RunConfig, { rounds }: DStreamGraph): number {
  return rounds === undefined
    ? dstream.blockStoreBytesMax * SHUFFLE_SHARE
    : Number.POSITIVE_INFINITY
}
