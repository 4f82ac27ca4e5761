/**
 * A dataflow as it runs on one worker under one generation: its vertices, sources, sinks and its view of progress.
 *
 * A new generation gets a new one; nothing of the old survives but what is in storage. (With upstream backup one may go on in a
 * generation after that in which it began, `recovery/takeover.ts`. In a replica of active standby there is
 * one for as long as it lasts, and what is the membership here is its part of it.) All of it moves in `step`:
 *
 *   messages, then notifications, as long as there are any and the step is short; flush of progress updates
 *   one chunk of each source that may read; flush again. When any were sent, the step ends, and with it they leave
 */
import { assert } from '../../core/assert.ts'
import type { Bytes } from '../../core/columns/memory.ts'
import { liveWorkers, type Membership, partitionsOf } from '../../core/membership/membership.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import { EXCHANGE_COUNTERS } from '../../core/system.ts'
import type { Nanos, PartitionId, TickEnd } from '../../core/units.ts'
import { Capability } from '../dataflow/capability.ts'
import { stageLocation } from '../graph/location.ts'
import type { StageId } from '../graph/stage.ts'
import type { Vertex, VertexContext } from '../graph/vertex.ts'
import { holdersOf, nextClose, nextEmission, partitionsAt, type StagePlan } from '../lower.ts'
import { newBorder } from '../operators/loop-border.ts'
import { LoopVertex } from '../operators/loop-vertex.ts'
import { newSinks } from '../operators/new-sinks.ts'
import { newSource } from '../operators/new-source.ts'
import type { KeptState, OperatorVertex } from '../operators/operator-vertex.ts'
import type { Sink } from '../operators/sink.ts'
import { SpreadVertex } from '../operators/spread-vertex.ts'
import { type BorderedStage, StageBorder } from '../operators/stage-border.ts'
import { type StageOptions, StageVertex } from '../operators/stage-vertex.ts'
import { ProgressBroadcast, type ProgressKind } from '../progress/progress-broadcast.ts'
import type { ViewObserver } from '../progress/progress-observer.ts'
import { ProgressTracker } from '../progress/progress-tracker.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import type { ReplayedPart } from '../recovery/log-reading.ts'
import { LogReplay } from '../recovery/log-replay.ts'
import type { Resend } from '../recovery/resend.ts'
import { type Beginning, type Kept, type KeptWorker, outstandingAt } from '../recovery/takeover.ts'
import type { DeploymentOptions } from './deployment-options.ts'
import { LocalDataflow } from './local-dataflow.ts'
import { HELD_NS, LocalSources } from './local-sources.ts'
import { Outbound } from './outbound.ts'
import { SentAhead } from './sent-ahead.ts'

/** A step ends after this much work, give or take one chunk. */
const STEP_NS_MAX = 500_000

/** Ahead of the least epoch a worker may stash one of so many parts of its region, and be sent another one by all others. */
const STASH_PARTS = 4

/** All who send again may fill one of so many parts of a region that has to take it. */
const AHEAD_SHARE = 8

/** How soon to try again when the world's queue of commits was full. */
const BLOCKED_NS = 50_000

export class Deployment {
  readonly partitions: readonly PartitionId[]
  #options: DeploymentOptions
  #membership: Membership
  #progress: ProgressBroadcast
  #tracker: ProgressTracker
  #local: LocalDataflow
  #sentAhead: SentAhead
  #stages: StageVertex[] = []
  #vertices: OperatorVertex[] = []
  /** By stage: its vertex here, if this worker owns a partition of it. */
  #vertexOf: (OperatorVertex | undefined)[] = []
  #sources: LocalSources
  #sinks: Sink[] = []
  #stageOf: StageId[] = []
  #replay: LogReplay | undefined
  #resend: Resend | undefined

  constructor(options: DeploymentOptions) {
    const { world, setup, plan, reachability, membership } = options
    this.#options = options
    this.#membership = membership
    this.partitions = partitionsOf(membership, world.process)
    const outbound = new Outbound(world, () => this.generation)
    this.#tracker = new ProgressTracker(reachability)
    this.#progress = new ProgressBroadcast(reachability.graph, this.#tracker, {
      self: world.process,
      workers: liveWorkers(membership, setup.config.workers),
      accumulation: setup.config.timely.accumulation,
      observer: this.#observed(),
      send: (to, kind, message) => outbound.sendProgress(to, kind, message),
    })
    this.#local = new LocalDataflow({
      graph: plan.graph,
      self: world.process,
      placement: membership.placement,
      region: world.region,
      progress: this.#progress,
      send: (to, header, rows, epoch) => {
        this.#sentAhead.note(to, epoch, rows.length)
        outbound.sendData(to, header, rows)
      },
    })
    const others = Math.max(1, liveWorkers(membership, setup.config.workers).length - 1)
    this.#sentAhead = new SentAhead(world.region.size / (STASH_PARTS * others), () => {
      return this.leastEpoch
    })
    for (const stage of plan.stages) {
      for (const operator of stage.operators) this.#stageOf[operator] = stage.stage
    }
    const closing = plan.periods.map((period) => nextEmission(period, options.epoch))
    this.#sinks = newSinks({
      ...options,
      epoch: options.resumesAt,
      closing,
      stageOf: (operator) => plan.stages[this.#stageOf[operator]!]!,
    })
    if (options.replayed.length > 0) this.#replay = this.#newReplay(options.replayed)
    this.#sources = new LocalSources({
      world,
      input: setup.input,
      partitions: this.partitions,
      forgets: setup.config.timely.recovery === 'none',
      replay: this.#replay,
      isHeld: (epoch) => this.#isHeld(epoch),
    })
    for (const stage of plan.stages) {
      if (stage.loops.length === 0) this.#deploy(stage, closing)
      else this.#deployInLoop(stage)
    }
    this.#deployBorders()
    for (const counter of EXCHANGE_COUNTERS) world.count(counter, 0)
  }

  get generation(): number {
    return this.#membership.generation
  }

  get membership(): Membership {
    return this.#membership
  }

  /** What it could go on with if another worker were lost; null where what it has sent is not kept. */
  get kept(): Kept | null {
    const { plan, sent } = this.#options
    const sentFrom = sent?.from
    if (sentFrom === undefined) return null
    // Loops are refused with what keeps it.
    const stages = plan.stages.map(({ stage }) => {
      return this.#stages.find((vertex) => vertex.stage === stage)?.place ?? null
    })
    return { sentFrom, stages }
  }

  /**
   * Goes on in a new generation in which others begin at a checkpoint before `epoch`: with all that it has, but for rows that
   * are in no state yet, which are sent again.
   */
  goOn(membership: Membership, epoch: number, kept: readonly KeptWorker[]): void {
    const { world, plan, sent } = this.#options
    assert(sent !== undefined, 'a worker goes on that keeps nothing of what it has sent')
    this.#membership = membership
    this.#local.release()
    this.#sentAhead.restart()
    for (const stage of this.#stages) stage.dropSent()
    for (const sink of this.#sinks) sink.goOn(this.generation)
    this.#progress.restart(this.#observed())
    for (const stage of plan.stages) this.#state(stage, { epoch, kept, first: epoch })
    const inputs = plan.stages.filter(({ stage, isSource }) => isSource && this.#vertexOf[stage])
    this.#resend = sent.goOn(kept, {
      generation: this.generation,
      from: epoch,
      capabilities: inputs.map(({ stage }) => {
        return new Capability(this.#progress, stageLocation(stage), timeOfEpoch(epoch))
      }),
      aheadBytes: world.region.size / (AHEAD_SHARE * kept.length),
      leastEpoch: () => this.leastEpoch,
      send: (connector, parcel, time) => this.#local.resend(connector, parcel, time),
    })
  }

  /** Stops sources before an epoch; `Infinity` lets them go on. */
  pauseAt(epoch: number): void {
    this.#sources.pauseAt(epoch)
  }

  /** Whether all epochs before this one are over everywhere: sent, received, closed and committed. */
  passed(epoch: number): boolean {
    return this.leastEpoch >= epoch
  }

  /** The first epoch that is not over, in this worker's view. */
  get leastEpoch(): number {
    return this.#tracker.leastEpoch()
  }

  get done(): boolean {
    return this.#tracker.active === 0
  }

  /** Stages here that are in no loop, in the order of the plan. */
  get stages(): readonly BorderedStage[] {
    return this.#stages
  }

  /** The state of an operator's partition here, between two ticks. */
  state(operator: OperatorId, partition: PartitionId): KeptState | undefined {
    return this.#vertexOf[this.#stageOf[operator]!]?.state(operator, partition)
  }

  /** Whether some output holds rows for a later commit: then there is no state between two ticks. */
  get waiting(): boolean {
    return this.#sinks.some((sink) => sink.waiting)
  }

  receiveData(payload: Bytes): void {
    this.#local.receive(payload)
  }

  receiveProgress(kind: ProgressKind, { pointer }: Bytes): void {
    this.#progress.receive(kind, this.#options.world.region.memory, pointer)
  }

  /** Works for a step; returns when it wants to be stepped again. */
  step(): Nanos {
    const { world } = this.#options
    const began = world.now()
    const until = began + STEP_NS_MAX
    let worked: boolean
    let flushed: boolean
    // What was flushed leaves at the end of the step at the latest: others wait for it, and sources may take a while.
    do {
      worked = false
      while (this.#local.run()) {
        worked = true
        if (world.now() >= until) break
      }
      flushed = this.#progress.flush()
      const resent = this.#resend?.run() ?? false
      if (this.#sources.run() || resent) {
        worked = true
        flushed = this.#progress.flush() || flushed
      }
    } while (worked && !flushed && world.now() < until)
    world.charge('progress', this.#tracker.takeVisited())
    if (worked || flushed || this.#local.unfinished) return began
    return this.#next()
  }

  release(): void {
    this.#local.release()
    for (const vertex of this.#vertices) vertex.release()
  }

  #next(): Nanos {
    const { world, effects } = this.#options
    const now = world.now()
    // The end of what storage does wakes the worker.
    const poll = effects.waiting ? HELD_NS : BLOCKED_NS
    const next = this.#sources.next(now, poll)
    const held = this.#resend?.isHeldByLinks ? now + HELD_NS : Number.POSITIVE_INFINITY
    return Math.min(next, held, this.#local.blocked ? now + poll : Number.POSITIVE_INFINITY)
  }

  /**
   * Whether a source that reads an epoch must wait: for receivers that do not keep up, for the log, or for workers that are
   * behind, whose rows everybody else would have to wait for while ours pile up, here or there. At the least epoch it never waits for those.
   */
  #isHeld(epoch: number): boolean {
    const { world, log } = this.#options
    if (world.transport.congested() || log?.congested) return true
    let stashed = this.#local.queuedBytes
    for (let at = 0; at < this.#vertices.length; at++) stashed += this.#vertices[at]!.stashedBytes
    const isMuch = stashed > world.region.size / STASH_PARTS || this.#sentAhead.isMuch
    return isMuch && epoch > this.#tracker.leastEpoch()
  }

  /** Begins to be observed in its generation. */
  #observed(): ViewObserver | undefined {
    const { world, setup, reachability, observer } = this.#options
    const { generation, members } = this.#membership
    const workers = liveWorkers(this.#membership, setup.config.workers)
    return observer?.began({
      generation,
      worker: world.process,
      workers,
      incarnations: members
        .filter(({ process }) => workers.includes(process))
        .map(({ incarnation }) => incarnation),
      reachability,
    })
  }

  /** States what is outstanding at a stage when the generation begins. */
  #state(stage: StagePlan, from: Pick<Beginning, 'epoch' | 'kept' | 'first'>): void {
    const { process: self } = this.#options.world
    const { placement } = this.#membership
    for (const { epoch, total, share } of outstandingAt(stage, { ...from, self, placement })) {
      if (epoch >= this.#options.plan.epochs) continue
      this.#progress.initialise(stageLocation(stage.stage), timeOfEpoch(epoch), total, share)
    }
  }

  /** States the initial counts of a stage, and puts its vertex here if this worker has a part in it. */
  #deploy(stage: StagePlan, closing: number[]): void {
    const { world, plan, membership, epoch, kept, dueAfter } = this.#options
    const id = stage.stage
    const border = new StageBorder(dueAfter, epoch)
    const next = Math.min(nextClose(plan, stage, epoch), border.nextClose(epoch))
    const first = stage.isSource ? epoch : next
    this.#state(stage, { epoch, kept, first })
    if (!holdersOf(stage, membership.placement).includes(world.process)) return
    let vertex: StageVertex | undefined
    this.#local.host(id, (context) => {
      vertex = new StageVertex({
        ...this.#vertexOptions(stage, context),
        sinks: this.#sinks,
        closing,
        border,
      })
      return this.#logged(vertex)
    })
    this.#vertices.push(vertex!)
    this.#stages.push(vertex!)
    this.#vertexOf[id] = vertex
    if (first >= plan.epochs) return
    if (!stage.isSource) {
      this.#local.adoptNotification(id, timeOfEpoch(first))
      return
    }
    const input = this.#local.openInput(id, timeOfEpoch(first))
    const [resumed, sinks] = [this.#replay !== undefined, this.#sinks]
    const options = { ...this.#options, stage, vertex: vertex!, input, resumed, sinks }
    const read = (): void => this.#sources.add(newSource(options))
    if (this.#replay === undefined) read()
    else this.#replay.attach({ operator: stage.operators[0]!, stage: vertex!, input, resume: read })
  }

  /** In a loop nothing is asked for before it comes: rounds are demanded by data. */
  #deployInLoop(stage: StagePlan): void {
    const { world, membership } = this.#options
    const id = stage.stage
    if (!holdersOf(stage, membership.placement).includes(world.process)) return
    this.#local.host(id, (context) => {
      const options = {
        ...this.#vertexOptions(stage, context),
        mayStillAppear: (time: Timestamp) => this.#tracker.mayStillAppear(stageLocation(id), time),
      }
      const vertex = stage.spread ? new SpreadVertex(options) : new LoopVertex(options)
      this.#vertices.push(vertex)
      this.#vertexOf[id] = vertex
      return this.#logged(vertex)
    })
  }

  #logged(vertex: Vertex): Vertex {
    return this.#options.log?.before(vertex) ?? vertex
  }

  #newReplay(parts: readonly ReplayedPart[]): LogReplay {
    return new LogReplay({
      ...this.#options,
      generation: this.generation,
      partitions: this.partitions,
      parts,
      redeliver: (connector, parcel, time) => this.#local.redeliver(connector, parcel, time),
    })
  }

  /** On every worker: what crosses a border stays on its worker. */
  #deployBorders(): void {
    const { setup, lowered, plan } = this.#options
    const { clock } = lowered.context
    const endOf = (epoch: number): TickEnd => setup.ticks.endOf(epoch + 1)
    for (const border of plan.borders) {
      this.#local.host(border.stage, (context) => newBorder(context, { border, clock, endOf }))
    }
  }

  #vertexOptions(
    stage: StagePlan,
    context: VertexContext,
  ): Omit<StageOptions, 'sinks' | 'closing' | 'border'> {
    const { world, setup, lowered, stateKeys, plan, membership, log, sent } = this.#options
    return {
      world,
      ticks: setup.ticks,
      copy: setup.kernels.copyBytes,
      dataflow: setup.dataflow,
      lowered,
      plan,
      stage,
      partitions: partitionsAt(stage.single, membership.placement, world.process),
      stateKeys,
      log,
      context: sent?.around(context) ?? context,
    }
  }
}
