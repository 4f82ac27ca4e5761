/**
 * A dataflow as it runs on one worker under one generation: its vertices, sources, sinks and its view of progress.
 *
 * A new generation gets a new one; nothing of the old survives but what is in storage. (In a replica of active standby there is
 * one for as long as it lasts, and what is the membership here is its part of it.) All of it moves in `step`:
 *
 *   messages, then notifications, as long as there are any and the step is short; flush of progress updates
 *   one chunk of each source that may read; flush again. When any were sent, the step ends, and with it they leave
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import { liveWorkers, type Membership, partitionsOf } from '../../core/membership/membership.ts'
import type { StateKeys } from '../../core/metrics/state-keys.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { OutputEffects } from '../../core/output/output-effects.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import { isStamped } from '../../core/plan/operator-traits.ts'
import { EXCHANGE_COUNTERS } from '../../core/system.ts'
import type { Nanos, PartitionId, ProcessId, TickEnd } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { stageLocation } from '../graph/location.ts'
import type { StageId } from '../graph/stage.ts'
import type { Vertex, VertexContext } from '../graph/vertex.ts'
import {
  holdersOf,
  nextClose,
  nextEmission,
  partitionsAt,
  type StagePlan,
  type TimelyPlan,
} from '../lower.ts'
import { newBorder } from '../operators/loop-border.ts'
import { LoopVertex } from '../operators/loop-vertex.ts'
import { newSinks } from '../operators/new-sinks.ts'
import type { KeptState, OperatorVertex } from '../operators/operator-vertex.ts'
import type { Sink } from '../operators/sink.ts'
import { Source } from '../operators/source.ts'
import { SpreadVertex } from '../operators/spread-vertex.ts'
import { type BorderedStage, StageBorder } from '../operators/stage-border.ts'
import { type StageOptions, StageVertex } from '../operators/stage-vertex.ts'
import { ProgressBroadcast, type ProgressKind } from '../progress/progress-broadcast.ts'
import type { ProgressObserver } from '../progress/progress-observer.ts'
import { ProgressTracker } from '../progress/progress-tracker.ts'
import type { Reachability } from '../progress/reachability.ts'
import { type Timestamp, timeOfEpoch } from '../progress/timestamp.ts'
import type { DueAfter } from '../recovery/due-epochs.ts'
import type { ReplayedPart } from '../recovery/log-reading.ts'
import { LogReplay } from '../recovery/log-replay.ts'
import type { MessageLog } from '../recovery/message-log.ts'
import type { StorageRequests } from '../recovery/storage-requests.ts'
import { CHANNEL_BROADCAST, CHANNEL_DATA, CHANNEL_GATHER } from './channels.ts'
import { LocalDataflow } from './local-dataflow.ts'
import { HELD_NS, LocalSources } from './local-sources.ts'

/** A step ends after this much work, give or take one chunk. */
const STEP_NS_MAX = 500_000

/** How soon to try again when the world's queue of commits was full. */
const BLOCKED_NS = 50_000

export interface DeploymentOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly lowered: Lowered
  readonly stateKeys: StateKeys
  readonly effects: OutputEffects
  readonly plan: TimelyPlan
  readonly reachability: Reachability
  /** When the states of stages are copied while all go on. */
  readonly dueAfter: DueAfter
  readonly membership: Membership
  readonly requests: StorageRequests
  /** First epoch that is not in the state, and the first of which input is read: those between are replayed. */
  readonly epoch: number
  readonly resumesAt: number
  readonly replayed: readonly ReplayedPart[]
  /** Where messages are logged. */
  readonly log?: MessageLog | undefined
  readonly observer?: ProgressObserver | undefined
}

export class Deployment {
  readonly generation: number
  readonly membership: Membership
  readonly partitions: readonly PartitionId[]
  #options: DeploymentOptions
  #progress: ProgressBroadcast
  #tracker: ProgressTracker
  #local: LocalDataflow
  #stages: StageVertex[] = []
  #vertices: OperatorVertex[] = []
  /** By stage: its vertex here, if this worker owns a partition of it. */
  #vertexOf: (OperatorVertex | undefined)[] = []
  #sources: LocalSources
  #sinks: Sink[] = []
  #stageOf: StageId[] = []
  #replay: LogReplay | undefined

  constructor(options: DeploymentOptions) {
    const { world, setup, plan, reachability, membership } = options
    this.#options = options
    this.membership = membership
    this.generation = membership.generation
    this.partitions = partitionsOf(membership, world.process)
    const workers = liveWorkers(membership, setup.config.workers)
    const observer = options.observer?.began({
      generation: this.generation,
      worker: world.process,
      workers,
      incarnations: membership.members
        .filter(({ process }) => workers.includes(process))
        .map(({ incarnation }) => incarnation),
      reachability,
    })
    this.#tracker = new ProgressTracker(reachability)
    this.#progress = new ProgressBroadcast(reachability.graph, this.#tracker, {
      self: world.process,
      workers,
      accumulation: setup.config.timely.accumulation,
      observer,
      send: (to, kind, message) => this.#sendProgress(to, kind, message),
    })
    this.#local = new LocalDataflow({
      graph: plan.graph,
      self: world.process,
      placement: membership.placement,
      region: world.region,
      progress: this.#progress,
      observer,
      send: (to, header, rows) => this.#sendData(to, header, rows),
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
      if (this.#sources.run()) {
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
    return this.#local.blocked ? Math.min(next, now + poll) : next
  }

  /**
   * Whether a source that reads an epoch must wait: for receivers that do not keep up, for the log, or for workers that are
   * behind, whose rows everybody else would have to wait for while ours pile up. At the least epoch it never waits for those.
   */
  #isHeld(epoch: number): boolean {
    const { world, log } = this.#options
    if (world.transport.congested() || log?.congested) return true
    let stashed = this.#local.queuedBytes
    for (let at = 0; at < this.#vertices.length; at++) stashed += this.#vertices[at]!.stashedBytes
    return stashed > world.region.size / 4 && epoch > this.#tracker.leastEpoch()
  }

  /** States the initial counts of a stage, and puts its vertex here if this worker has a part in it. */
  #deploy(stage: StagePlan, closing: number[]): void {
    const { world, setup, lowered, plan, membership, epoch, dueAfter } = this.#options
    const { config, dataflow } = setup
    const id = stage.stage
    const border = new StageBorder(dueAfter, epoch)
    const next = Math.min(nextClose(plan, stage, epoch), border.nextClose(epoch))
    const first = stage.isSource ? epoch : next
    const holders = holdersOf(stage, membership.placement)
    const holds = holders.includes(world.process)
    if (first < plan.epochs) {
      const time = timeOfEpoch(first)
      this.#progress.initialise(stageLocation(id), time, holders.length, holds ? 1 : 0)
    }
    if (!holds) return
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
    const operator = stage.operators[0]!
    const input = this.#local.openInput(id, timeOfEpoch(first))
    const read = (): void => {
      const source = new Source({
        world,
        operator,
        log: setup.input,
        reader: lowered.reader,
        stamped: isStamped(dataflow.operators[operator]!),
        stage: vertex!,
        input,
        partitions: partitionsAt(stage.single, membership.placement, world.process),
        ticks: setup.ticks,
        epochs: plan.epochs,
        flushInterval: config.timely.flushInterval,
        resumed: this.#replay !== undefined,
        hasRead: (epoch, at) => {
          for (const sink of this.#sinks) sink.hasRead(epoch, at)
        },
      })
      this.#sources.add(source)
    }
    if (this.#replay === undefined) read()
    else this.#replay.attach({ operator, stage: vertex!, input, resume: read })
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
    const { world, setup, lowered, stateKeys, plan, membership, log } = this.#options
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
      context,
    }
  }

  #sendData(to: ProcessId, header: Uint8Array, rows: Uint8Array): void {
    const { world } = this.#options
    world.count('dataMessages', 1)
    world.count('dataBytes', header.length + rows.length)
    world.count('shuffleBytesRemote', rows.length)
    world.transport.send({
      to,
      class: 'data',
      channel: CHANNEL_DATA,
      generation: this.generation,
      payload: header,
      tail: rows,
    })
  }

  #sendProgress(to: ProcessId, kind: ProgressKind, payload: Uint8Array): void {
    const { world } = this.#options
    world.count('progressMessages', 1)
    world.count('progressBytes', payload.length)
    world.transport.send({
      to,
      class: 'control',
      channel: kind === 'broadcast' ? CHANNEL_BROADCAST : CHANNEL_GATHER,
      generation: this.generation,
      payload,
    })
  }
}
