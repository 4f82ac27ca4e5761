/**
 * A worker of the timely engine: the process that a world steps (Naiad §3.2, §3.4).
 *
 *   deploying ──generation 1, or the first that a life of active standby sees──▶ running
 *   running ──a newer generation──▶ restoring ──all have read the checkpoint──▶ running
 *   running ──a newer generation, of active standby──▶ running
 *   running ──a newer generation, with upstream backup──▶ restoring, halted with all that it has ──all have read──▶ running
 *   any ──the membership has no place for this incarnation──▶ fenced
 *
 * It holds what survives generations: the lowered plan, the failure detector, and messages of a generation that it has
 * adopted but not restored yet. All that belongs to one generation is in a `Deployment`.
 *
 * No worker is special in steady state: the only traffic between workers is data and progress.
 */

import type { ProcessSetup } from '../../core/engine.ts'
import { PlanError } from '../../core/errors.ts'
import { FailureDetector, HEARTBEAT_CHANNEL } from '../../core/membership/failure-detector.ts'
import {
  ANY_GENERATION,
  liveWorkers,
  type Membership,
  partitionsOf,
} from '../../core/membership/membership.ts'
import { askForResize, resized } from '../../core/membership/resize.ts'
import { StateKeys } from '../../core/metrics/state-keys.ts'
import { lowerDataflow } from '../../core/operators/lower-dataflow.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import { OutputEffects } from '../../core/output/output-effects.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { Inbound, Process, World } from '../../core/world/world.ts'
import { progressGraph } from '../graph/location.ts'
import { lowerToGraph, type TimelyPlan } from '../lower.ts'
import type { ProgressObserver } from '../progress/progress-observer.ts'
import { Reachability } from '../progress/reachability.ts'
import { membershipOfReplica, replicaOf } from '../recovery/active-standby.ts'
import { CatchUp } from '../recovery/catch-up.ts'
import type { Checkpointer } from '../recovery/checkpoint-store.ts'
import {
  type CoordinationMessage,
  decodeCoordination,
  encodeCoordination,
  isOfRollback,
} from '../recovery/coordination.ts'
import { MessageLog } from '../recovery/message-log.ts'
import { bordersOf, lostWorker, modeOf, type RecoveryMode } from '../recovery/modes.ts'
import { type Restored, Rollback } from '../recovery/rollback.ts'
import { SentRows } from '../recovery/sent-rows.ts'
import { StorageRequests } from '../recovery/storage-requests.ts'
import { furthest } from '../recovery/takeover.ts'
import {
  CHANNEL_BROADCAST,
  CHANNEL_COORDINATION,
  CHANNEL_DATA,
  CHANNEL_GATHER,
} from './channels.ts'
import { Deployment } from './deployment.ts'
import type { DeploymentOptions } from './deployment-options.ts'
import { HeldMessages } from './held-messages.ts'
import { lostWith, successorOf } from './successor.ts'

type Message = Extract<Inbound, { kind: 'message' }>

export class TimelyWorker implements Process {
  #world: World
  #setup: ProcessSetup
  #observer: ProgressObserver | undefined
  #mode: RecoveryMode
  #plan: TimelyPlan
  #reachability: Reachability
  #lowered: Lowered
  #stateKeys: StateKeys
  #effects: OutputEffects
  #detector: FailureDetector
  #requests: StorageRequests
  #state: 'restoring' | 'running' | 'fenced' = 'restoring'
  #membership: Membership
  #deployment: Deployment | undefined
  /** What it may go on with, while it restores. */
  #halted: Deployment | undefined
  #checkpointer: Checkpointer | undefined
  #log: MessageLog | undefined
  #sent: SentRows | undefined
  #catchUp: CatchUp | undefined
  #rollback: Rollback | undefined
  #held: HeldMessages
  /** Suspected in this generation. */
  #suspected: ProcessId[] = []

  constructor(world: World, setup: ProcessSetup, observer?: ProgressObserver) {
    this.#world = world
    this.#setup = setup
    this.#observer = observer
    this.#mode = modeOf(setup.config)
    this.#plan = lowerToGraph(setup)
    this.#reachability = new Reachability(progressGraph(this.#plan.graph))
    this.#lowered = lowerDataflow(setup, world.region, world)
    this.#stateKeys = new StateKeys(world, setup.config.input)
    this.#effects = new OutputEffects(world, setup)
    this.#requests = new StorageRequests(world.storage)
    this.#held = new HeldMessages(world.region.size / 4)
    this.#membership = world.authority.current()
    this.#detector = new FailureDetector(world, setup.config.detector)
    this.#adopt(this.#membership)
  }

  receive(inbound: Inbound): void {
    if (this.#state === 'fenced') return
    if (inbound.kind === 'message') this.#receiveMessage(inbound)
    else if (!this.#effects.completed(inbound)) this.#requests.receive(inbound)
  }

  step(): Nanos {
    const { authority } = this.#world
    if (this.#state === 'fenced') return Number.POSITIVE_INFINITY
    if (authority.generation() !== this.#membership.generation) {
      this.#adopt(authority.current())
      if (this.fenced) return Number.POSITIVE_INFINITY
    }
    let next = this.#detect()
    if (this.#deployment !== undefined) {
      next = Math.min(next, this.#deployment.step())
      if (this.#checkpointer !== undefined) next = Math.min(next, this.#checkpointer.step())
      this.#log?.step(this.#deployment.leastEpoch)
      this.#sent?.step(this.#deployment.leastEpoch)
      this.#catchUp?.step(this.#deployment.leastEpoch)
    }
    return next
  }

  get fenced(): boolean {
    return this.#state === 'fenced'
  }

  #receiveMessage(message: Message): void {
    const { generation } = message
    const isLasting = generation === ANY_GENERATION
    // Newer than our view: the sender has seen a membership that we have not looked at.
    if (generation > this.#membership.generation && !isLasting) {
      this.#adopt(this.#world.authority.current())
    }
    if (this.fenced) return
    this.#detector.heard(message.from, this.#world.now())
    if (message.channel === HEARTBEAT_CHANNEL) return
    if (generation !== this.#membership.generation && !isLasting) {
      this.#world.count('staleMessages', 1)
      return
    }
    const { pointer, length } = message.payload
    const { from, channel } = message
    if (channel === CHANNEL_COORDINATION && this.#rollback !== undefined) {
      const coordination = decodeCoordination(this.#copy(pointer, length))
      if (isOfRollback(coordination)) {
        this.#rollback.receive(from, coordination)
        return
      }
    }
    if (this.#deployment === undefined) {
      this.#held.push({ from, channel, bytes: this.#copy(pointer, length) })
    } else this.#deliver(this.#deployment, message)
  }

  #deliver(
    deployment: Deployment,
    { from, channel, payload }: Pick<Message, 'from' | 'channel' | 'payload'>,
  ): void {
    switch (channel) {
      case CHANNEL_COORDINATION: {
        const bytes = this.#copy(payload.pointer, payload.length)
        this.#checkpointer?.receive(from, decodeCoordination(bytes))
        return
      }
      case CHANNEL_DATA:
        deployment.receiveData(payload)
        return
      case CHANNEL_BROADCAST:
        deployment.receiveProgress('broadcast', payload)
        return
      case CHANNEL_GATHER:
        deployment.receiveProgress('gather', payload)
        return
      default:
        throw new PlanError(`a message on channel ${channel}: the timely engine has none`)
    }
  }

  /**
   * Drops all that belonged to the generation before, and begins this one. A replica of active standby goes on; with upstream
   * backup who lives halts with what it has.
   */
  #adopt(membership: Membership): void {
    const { process, incarnation, history } = this.#world
    const { config } = this.#setup
    const self = membership.members.find((member) => member.process === process)
    const isLive = self?.state === 'live' && self.incarnation === incarnation
    const { isReplicated = false, keepsSent = false } = this.#mode
    const goesOn = isLive && isReplicated && this.#deployment !== undefined
    if (!goesOn) this.#drop(isLive && keepsSent)
    this.#suspected = []
    this.#membership = membership
    const { generation } = membership
    if (!isLive) {
      this.#state = 'fenced'
      history.append('worker-fenced', { generation })
      return
    }
    const workers = liveWorkers(membership, config.workers)
    history.append('generation-adopted', { generation })
    this.#detector.adopt(membership, workers, this.#world.now())
    if (goesOn) return
    if (generation === 1 || isReplicated) {
      this.#deploy({ epoch: 0, resumesAt: 0, states: [], kept: [], log: [] })
      return
    }
    this.#state = 'restoring'
    history.append(this.#halted ? 'takeover-began' : 'rollback-began', { generation })
    this.#rollback = this.#newRollback(workers)
  }

  #newRollback(workers: readonly ProcessId[]): Rollback {
    const { process, history } = this.#world
    const { dataflow } = this.#setup
    const { generation } = this.#membership
    return new Rollback({
      self: process,
      workers,
      partitions: partitionsOf(this.#membership, process),
      plan: dataflow.hash,
      kept: this.#mode.keepsSent ? (this.#halted?.kept ?? null) : undefined,
      logs: this.#mode.logs === true,
      requests: this.#requests,
      send: (to, message) => this.#send(to, message),
      goesBack: () => this.#goBack(),
      unusable: (found) => history.append('checkpoint-unusable', { generation, ...found }),
      logUnusable: (found) => history.append('log-unusable', { generation, ...found }),
      restored: (restored) => this.#begin(restored),
    })
  }

  /** `halts`: the dataflow may go on. */
  #drop(halts: boolean): void {
    const dataflow = this.#halted ?? this.#deployment
    this.#deployment = undefined
    this.#halted = halts ? dataflow : undefined
    if (!halts) {
      dataflow?.release()
      this.#effects.forget()
    }
    this.#checkpointer = undefined
    this.#log = undefined
    this.#rollback = undefined
    this.#requests.forget()
    this.#held.take()
  }

  /** What it has halted with is of no use: it begins at a checkpoint, as who was lost. */
  #goBack(): void {
    if (this.#halted === undefined) return
    this.#halted.release()
    this.#halted = undefined
    this.#sent = undefined
    this.#effects.forget()
    this.#world.history.append('rollback-began', { generation: this.#membership.generation })
  }

  /** All have read what they begin with. */
  #begin(restored: Restored): void {
    const { generation } = this.#membership
    const { epoch, kept } = restored
    const event = this.#halted ? 'takeover-ended' : 'rollback-ended'
    if (this.#halted) {
      this.#halted.goOn(this.#membership, epoch, kept)
      this.#run(this.#halted, furthest(kept, epoch))
    } else this.#deploy(restored)
    this.#world.history.append(event, { generation, tick: this.#setup.ticks.endOf(epoch) })
  }

  #deploy({ epoch, resumesAt, states, kept, log: replayed }: Restored): void {
    const membership = this.#deployedMembership()
    const parts = { ...this.#parts, membership, epoch, kept }
    if (this.#mode.logs) {
      const [first] = liveWorkers(this.#membership, this.#setup.config.workers)
      const clears = first === this.#world.process
      const whole = { ...this.#parts, membership: this.#membership }
      this.#log = new MessageLog({ ...whole, epoch: resumesAt, clears })
    }
    if (this.#mode.keepsSent) this.#sent = new SentRows(parts)
    const deployment = new Deployment({
      ...parts,
      lowered: this.#lowered,
      stateKeys: this.#stateKeys,
      effects: this.#effects,
      reachability: this.#reachability,
      dueAfter: bordersOf(this.#setup, this.#plan.epochs),
      resumesAt,
      replayed,
      sent: this.#sent,
      log: this.#log,
      observer: this.#observer,
    })
    for (const { partition, operators } of states) {
      for (const { operator, tables } of operators) {
        deployment.state(operator, partition)?.restore(tables)
      }
    }
    const until = furthest(kept, resumesAt)
    const { generation } = membership
    this.#catchUp =
      kept.length === 0 ? undefined : new CatchUp({ ...parts, generation, from: epoch, until })
    this.#run(deployment, until)
  }

  /** `epoch`: the furthest that anybody reads; checkpoints are taken from there on. */
  #run(deployment: Deployment, epoch: number): void {
    const { config, ticks } = this.#setup
    const { membership } = deployment
    const workers = liveWorkers(membership, config.workers)
    this.#rollback = undefined
    this.#halted = undefined
    this.#deployment = deployment
    this.#state = 'running'
    this.#checkpointer = this.#mode.checkpointer?.({
      ...this.#parts,
      deployment,
      since: this.#log ?? this.#sent,
      workers,
      epoch,
      epochs: this.#plan.epochs,
      changesAt: (at) => resized(membership, config, ticks.endOf(at)) !== undefined,
      send: (to, message) => this.#send(to, message),
      durable: (at) => this.#changeAt(at),
    })
    this.#held.deliver(this.#world.region, (message) => this.#deliver(deployment, message))
    // A change is due here, and whoever was to propose it did not come to it.
    if (workers[0] === this.#world.process) this.#changeAt(epoch)
  }

  /** All workers are before an epoch, or can go back there: whoever is to join or to leave, does. */
  #changeAt(epoch: number): void {
    const { config, ticks } = this.#setup
    askForResize(this.#world, this.#membership, { config, instant: ticks.endOf(epoch) })
  }

  /** Of all that belongs to a generation. */
  get #parts(): Pick<DeploymentOptions, 'world' | 'setup' | 'plan' | 'requests'> {
    return { world: this.#world, setup: this.#setup, plan: this.#plan, requests: this.#requests }
  }

  /** What the dataflow is to know of the membership. */
  #deployedMembership(): Membership {
    if (!this.#mode.isReplicated) return this.#membership
    const { config } = this.#setup
    return membershipOfReplica(replicaOf(this.#world.process, config), this.#membership, config)
  }

  #detect(): Nanos {
    const now = this.#world.now()
    const { next, suspected } = this.#detector.step(now)
    if (suspected.length === 0) return next
    const { history } = this.#world
    const { config } = this.#setup
    for (const worker of suspected) {
      history.append('worker-suspected', { worker, ...this.#detector.silenceOf(worker, now) })
      this.#suspected.push(worker)
      if (!this.#mode.survives) throw lostWorker(worker, config.detector.timeout)
    }
    // Who else is there to do it is not known: another may be young, and still wait for the suspected to start.
    this.#propose()
    return next
  }

  /** Asks the authority for a membership in which the lost are replaced, or left out. Of several who ask, one is heard. */
  #propose(): void {
    const { config } = this.#setup
    const membership = this.#membership
    const by = { self: this.#world.process, isReplicated: this.#mode.isReplicated === true }
    const lost = lostWith(this.#suspected, membership, { ...by, config })
    this.#world.authority.propose(membership.generation, successorOf(membership, lost, config))
  }

  #send(to: ProcessId, message: CoordinationMessage): void {
    this.#world.transport.send({
      to,
      class: 'control',
      channel: CHANNEL_COORDINATION,
      generation: this.#membership.generation,
      payload: encodeCoordination(message),
    })
  }

  #copy(pointer: number, length: number): Uint8Array {
    return this.#world.region.memory.bytes(pointer, length).slice()
  }
}
