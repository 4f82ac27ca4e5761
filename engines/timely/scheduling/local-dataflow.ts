/**
 * The vertices of one worker: delivers messages and notifications to them, and accounts for both (Naiad §3.2).
 *
 * - A send to a vertex of the same worker runs at once, up to a bounded depth and into a vertex that is already running only
 *   if that is re-entrant; else it is copied and queued.
 * - Queued messages go before notifications; notifications go in stage order, earliest first.
 * - Progress: a send is +1 at the connector, the end of its `onRecv` −1; a request is +1 at the stage, the end of its
 *   `onNotify` −1. Both meet in the buffer of `progress-broadcast.ts`, so a message that stays on this worker and is
 *   received within the step costs no progress traffic at all.
 *
 * Not here: when to flush progress (the end of a step, `scheduling/worker.ts`), and what the world's messages are.
 */
import { assert } from '../../core/assert.ts'
import type { Bytes, Region } from '../../core/columns/memory.ts'
import { CapacityError } from '../../core/errors.ts'
import type { Pointer, ProcessId } from '../../core/units.ts'
import { Capability } from '../dataflow/capability.ts'
import { ParcelHeader, readParcel } from '../dataflow/exchange.ts'
import { Input } from '../dataflow/input.ts'
import { Notificator } from '../dataflow/notificator.ts'
import { Probe } from '../dataflow/probe.ts'
import type { ConnectorId } from '../graph/connector.ts'
import { connectorLocation, stageLocation } from '../graph/location.ts'
import type { LogicalGraph } from '../graph/logical-graph.ts'
import { type StageId, stageSummary } from '../graph/stage.ts'
import type { Parcel, Vertex, VertexContext, VertexFactory } from '../graph/vertex.ts'
import { followPath, type PathSummary } from '../progress/path-summary.ts'
import type { ProgressBroadcast } from '../progress/progress-broadcast.ts'
import { lessEqual, showTime, type Timestamp } from '../progress/timestamp.ts'

/** Calls of vertices within calls of vertices; beyond it messages are queued. */
const CALL_DEPTH_MAX = 8

/** Queued messages delivered by one `run`. */
const DELIVERIES_MAX = 256

export interface LocalDataflowOptions {
  readonly graph: LogicalGraph
  readonly self: ProcessId
  /** `placement[partition]` is the worker to which an exchange sends it. */
  readonly placement: readonly ProcessId[]
  readonly region: Region
  readonly progress: ProgressBroadcast
  /** Queued bytes may take at most this much of the region. */
  readonly queueBytesMax?: number
  /** Sends a parcel to another worker, its header and its rows; they are valid until it returns. */
  send(to: ProcessId, header: Uint8Array, rows: Uint8Array, epoch: number): void
}

interface Queued {
  readonly connector: ConnectorId
  readonly time: Timestamp
  readonly partition: number
  readonly pointer: Pointer
  readonly length: number
}

interface Hosted {
  readonly name: string
  readonly vertex: Vertex
  readonly notificator: Notificator
  running: boolean
}

/** The callback that is running: sends must be at its time or later. */
interface Frame {
  stage: StageId
  time: Timestamp
}

export class LocalDataflow {
  #options: LocalDataflowOptions
  #progress: ProgressBroadcast
  #hosted: (Hosted | undefined)[] = []
  #contexts: VertexContext[] = []
  #inputs: (Capability | undefined)[] = []
  #targets: StageId[]
  #sources: StageId[]
  #summaries: PathSummary[]
  #exchanged: boolean[]
  #queue: Queued[] = []
  #queueHead = 0
  #queueBytes = 0
  #frames: Frame[] = []
  #header = new ParcelHeader()
  #unfinished = false
  #blocked = false

  constructor(options: LocalDataflowOptions) {
    const { graph } = options
    this.#options = options
    this.#progress = options.progress
    this.#targets = graph.connectors.map(({ to }) => to)
    this.#sources = graph.connectors.map(({ from }) => from)
    this.#exchanged = graph.connectors.map(({ channel }) => channel === 'exchange')
    this.#summaries = graph.stages.map(({ kind, context }) =>
      stageSummary(kind, graph.contexts[context]!.depth),
    )
    this.#contexts = graph.stages.map(({ id }) => ({
      stage: id,
      sendBy: (connector, parcel, time) => this.#sendBy(id, connector, parcel, time),
      notifyAt: (time) => this.#notifyAt(id, time),
    }))
  }

  /** Puts a vertex on a stage. Every stage that receives something here must have one before anything is delivered. */
  host(stage: StageId, factory: VertexFactory): void {
    const { name } = this.#options.graph.stages[stage]!
    this.#hosted[stage] = {
      name,
      vertex: factory(this.#contexts[stage]!),
      notificator: new Notificator(this.#progress, stageLocation(stage)),
      running: false,
    }
  }

  /** Opens an input stage at a time that was stated as an initial count. */
  openInput(stage: StageId, time: Timestamp): Input {
    const capability = new Capability(this.#progress, stageLocation(stage), time)
    this.#inputs[stage] = capability
    return new Input(this.#contexts[stage]!, capability)
  }

  /** Takes over a notification that was stated as an initial count. */
  adoptNotification(stage: StageId, time: Timestamp): void {
    this.#host(stage).notificator.adopt(time)
  }

  probe(stage: StageId): Probe {
    return new Probe(this.#progress.tracker, stageLocation(stage))
  }

  /** Delivers a parcel of another worker. */
  receive(message: Bytes): void {
    const { connector, time, parcel } = readParcel(this.#options.region.memory, message)
    this.#deliver(connector, parcel, time)
  }

  /** Delivers a parcel of a log: it is in flight until it is taken. An input from which it could come must be open at its time or before. */
  redeliver(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    this.#progress.update(connectorLocation(this.#options.graph, connector), time, 1)
    this.#deliver(connector, parcel, time)
  }

  /** Sends what a stage has sent before once more. An input from which it could come must be open at its time or before. */
  resend(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    this.#route(connector, parcel, time)
  }

  /** Delivers what is queued, then one notification. Returns whether anything was finished. */
  run(): boolean {
    this.#unfinished = false
    this.#blocked = false
    if (this.#runQueue()) return true
    for (let stage = 0; stage < this.#hosted.length; stage++) {
      if (this.#notify(stage)) return true
    }
    return false
  }

  /** Whether a notification of the last `run` has more work at once. */
  get unfinished(): boolean {
    return this.#unfinished
  }

  /** Whether a notification of the last `run` waits for the world. */
  get blocked(): boolean {
    return this.#blocked
  }

  /** Bytes that wait in the queue. */
  get queuedBytes(): number {
    return this.#queueBytes
  }

  /** Drops what is queued: the dataflow is over, or goes on in a generation in which it is sent again. */
  release(): void {
    const { region } = this.#options
    for (let at = this.#queueHead; at < this.#queue.length; at++) {
      const { pointer, length } = this.#queue[at]!
      region.free(pointer, Math.max(length, 1))
    }
    this.#queue.length = 0
    this.#queueHead = 0
    this.#queueBytes = 0
  }

  #runQueue(): boolean {
    if (this.#queueHead === this.#queue.length) return false
    const { region } = this.#options
    // What this delivery queues waits for the next call, so that a loop cannot keep a step for itself.
    const waiting = this.#queue.length - this.#queueHead
    const turns = Math.min(waiting, DELIVERIES_MAX)
    for (let turn = 0; turn < turns; turn++) {
      const { connector, time, partition, pointer, length } = this.#queue[this.#queueHead]!
      this.#queueHead += 1
      this.#deliver(connector, { partition, rows: { pointer, length } }, time)
      region.free(pointer, Math.max(length, 1))
      this.#queueBytes -= length
      if (this.#queueHead > 1024 && this.#queueHead * 2 > this.#queue.length) {
        this.#queue.copyWithin(0, this.#queueHead)
        this.#queue.length -= this.#queueHead
        this.#queueHead = 0
      }
    }
    if (this.#queueHead === this.#queue.length) {
      this.#queue.length = 0
      this.#queueHead = 0
    }
    return true
  }

  #notify(stage: StageId): boolean {
    const hosted = this.#hosted[stage]
    if (hosted === undefined || hosted.notificator.pending === 0) return false
    const time = hosted.notificator.next()
    if (time === undefined) return false
    this.#progress.observer?.notified(stageLocation(stage), time)
    hosted.running = true
    this.#frames.push({ stage, time })
    const outcome = hosted.vertex.onNotify(time)
    this.#frames.pop()
    hosted.running = false
    if (outcome !== 'done') {
      if (outcome === 'again') this.#unfinished = true
      // One that is held needs no alarm: whatever changes the view is a message, or a flush after which the worker is stepped.
      else if (outcome === 'blocked') this.#blocked = true
      return false
    }
    hosted.notificator.finish(time)
    return true
  }

  #sendBy(stage: StageId, connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    assert(
      this.#sources[connector] === stage,
      () => `stage ${stage} sent by connector ${connector}`,
    )
    this.#assertAllowed(stage, time, 'send')
    this.#route(connector, parcel, followPath(this.#summaries[stage]!, time))
  }

  /** `sent`: the time at the connector's end. */
  #route(connector: ConnectorId, parcel: Parcel, sent: Timestamp): void {
    const { self, placement, region, send } = this.#options
    const to = this.#exchanged[connector]! ? placement[parcel.partition] : self
    assert(to !== undefined, () => `partition ${parcel.partition} has no owner`)
    this.#progress.update(connectorLocation(this.#options.graph, connector), sent, 1)
    if (to !== self) {
      const { pointer, length } = parcel.rows
      const rows = region.memory.bytes(pointer, length)
      send(to, this.#header.write(connector, sent, parcel), rows, sent[0]!)
      return
    }
    const target = this.#host(this.#targets[connector]!)
    const isBusy = target.running && target.vertex.isReentrant !== true
    if (isBusy || this.#frames.length >= CALL_DEPTH_MAX) {
      this.#enqueue(connector, parcel, sent)
    } else this.#deliver(connector, parcel, sent)
  }

  #deliver(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const stage = this.#targets[connector]!
    const hosted = this.#host(stage)
    const wasRunning = hosted.running
    hosted.running = true
    this.#frames.push({ stage, time })
    hosted.vertex.onRecv(connector, parcel, time)
    this.#frames.pop()
    hosted.running = wasRunning
    this.#progress.update(connectorLocation(this.#options.graph, connector), time, -1)
  }

  #enqueue(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const { region, queueBytesMax } = this.#options
    const { pointer, length } = parcel.rows
    const bytes = this.#queueBytes + length
    const limit = queueBytesMax ?? region.size / 4
    if (bytes > limit) {
      throw new CapacityError({
        asked: `queue ${length} bytes for ${this.#host(this.#targets[connector]!).name}`,
        found: `the queue of local messages holds ${this.#queueBytes} bytes`,
        rule: `it holds at most ${limit} bytes; messages around a loop are not held back`,
        remedy:
          'Give the run more memory per worker (--worker-memory), or look for a loop that grows',
      })
    }
    const copy = region.allocate(Math.max(length, 1))
    region.memory.u8.copyWithin(copy, pointer, pointer + length)
    this.#queue.push({ connector, time, partition: parcel.partition, pointer: copy, length })
    this.#queueBytes = bytes
  }

  #notifyAt(stage: StageId, time: Timestamp): void {
    this.#assertAllowed(stage, time, 'notification')
    this.#host(stage).notificator.request(time)
  }

  #assertAllowed(stage: StageId, time: Timestamp, what: string): void {
    const capability = this.#inputs[stage]
    if (capability?.allows(time)) return
    const frame = this.#frames[this.#frames.length - 1]
    if (frame !== undefined && frame.stage === stage && lessEqual(frame.time, time)) return
    assert(
      false,
      `${what} at ${showTime(time)} by stage ${stage}, called at ` +
        `${frame === undefined ? 'no time' : showTime(frame.time)}: only at the same time or later`,
    )
  }

  #host(stage: StageId): Hosted {
    const hosted = this.#hosted[stage]
    assert(hosted !== undefined, () => `stage ${stage} has no vertex on this worker`)
    return hosted
  }
}
