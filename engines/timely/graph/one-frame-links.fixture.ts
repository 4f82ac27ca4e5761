/**
 * Two workers of a graph with a loop, joined by links that hold one frame a class and direction: the tightest there can be.
 *
 * The body of the loop sends every message on to both workers until its count is used up, so that the links are wanted
 * from both sides at once, by data, progress and acknowledgements alike. A worker that waited for room inside of a send
 * would wait for ever, so who asks a link or the clock too often at one instant ends by name. Also the small loop that
 * planted bugs are tried on.
 */
import { Region, RunMemory } from '../../core/columns/memory.ts'
import type { Authority, Membership } from '../../core/membership/membership.ts'
import type { ClassNumber, RawLink } from '../../core/world/frame.ts'
import { SessionLayer } from '../../core/world/session-layer.ts'
import { SESSION_LIMITS } from '../../core/world/session-limits.ts'
import type { Inbound } from '../../core/world/world.ts'
import { ForwardVertex } from '../dataflow/feedback.ts'
import type { Input } from '../dataflow/input.ts'
import { type Accumulation, ProgressBroadcast } from '../progress/progress-broadcast.ts'
import { ProgressTracker } from '../progress/progress-tracker.ts'
import { Reachability } from '../progress/reachability.ts'
import { lessEqual, showTime, type Timestamp } from '../progress/timestamp.ts'
import { LocalDataflow } from '../scheduling/local-dataflow.ts'
import { numbersOf, parcelOf } from './cluster.fixture.ts'
import { progressGraph, stageLocation } from './location.ts'
import { GraphBuilder } from './logical-graph.ts'
import type { NotifyOutcome, Parcel, Vertex, VertexContext } from './vertex.ts'

const builder = new GraphBuilder()
const loop = builder.loop()
const input = builder.input('seeds')
const ingress = builder.ingress('in', loop)
const body = builder.stage('spread', loop)
const feedback = builder.feedback('around', loop)
const egress = builder.egress('out', loop)
const collect = builder.stage('collect')
const toLoop = builder.connect(input, ingress, 'pipeline')
const inward = builder.connect(ingress, body, 'exchange')
const back = builder.connect(body, feedback, 'pipeline')
const around = builder.connect(feedback, body, 'exchange')
const out = builder.connect(body, egress, 'pipeline')
const result = builder.connect(egress, collect, 'exchange')
const GRAPH = builder.finish()
const PROGRESS = progressGraph(GRAPH)

const CHANNEL = { data: 1, broadcast: 2, gather: 3 } as const
const WORKERS = [0, 1] as const
const REGION_BYTES = 4 * 1024 * 1024
/** A step asks its links and the clock some times; who asks so often waits for what only another's step can bring. */
const QUESTIONS_MAX = 10_000
const MEMBERSHIP: Membership = {
  generation: 1,
  term: 1,
  members: WORKERS.map((process) => ({ process, incarnation: 1, state: 'live' })),
  placement: WORKERS,
}
const AUTHORITY: Authority = {
  generation: () => 1,
  current: () => MEMBERSHIP,
  propose: () => {},
}

/** Holds a message until it is certain that no other of its time will come, then sends it on. */
class Spread implements Vertex {
  #context: VertexContext
  #region: Region
  /** By time: counts of the messages held. */
  #held = new Map<string, number[]>()
  #over: Timestamp[] = []

  constructor(context: VertexContext, region: Region) {
    this.#context = context
    this.#region = region
  }

  onRecv(_connector: number, parcel: Parcel, time: Timestamp): void {
    for (const over of this.#over) {
      if (lessEqual(time, over)) throw new Error(`${showTime(time)} after ${showTime(over)}`)
    }
    const held = this.#held.get(String(time)) ?? []
    this.#held.set(String(time), held)
    held.push(numbersOf(this.#region, parcel.rows)[0]!)
    this.#context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    this.#over.push(time)
    for (const count of this.#held.get(String(time)) ?? []) {
      for (const worker of WORKERS) {
        const parcel = parcelOf(this.#region, worker, [count - 1])
        this.#context.sendBy(count > 1 ? back : out, parcel, time)
        this.#region.free(parcel.rows.pointer, parcel.rows.length)
      }
    }
    this.#held.delete(String(time))
    return 'done'
  }
}

/** Counts what comes in an epoch, and notes it when the epoch is over. */
class Collect implements Vertex {
  readonly counts: number[] = []
  #context: VertexContext
  #open: number[] = []

  constructor(context: VertexContext) {
    this.#context = context
  }

  onRecv(_connector: number, _parcel: Parcel, time: Timestamp): void {
    const epoch = time[0]!
    if (this.counts[epoch] !== undefined) throw new Error(`a message of epoch ${epoch}: it is over`)
    this.#open[epoch] = (this.#open[epoch] ?? 0) + 1
    this.#context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    this.counts[time[0]!] = this.#open[time[0]!]!
    return 'done'
  }
}

interface TightWorker {
  readonly session: SessionLayer
  readonly dataflow: LocalDataflow
  readonly progress: ProgressBroadcast
  readonly region: Region
  readonly collect: Collect
  readonly input: Input
}

export interface TightLoop {
  readonly epochs: number
  /** Messages that each worker puts in for each epoch. */
  readonly seeds: number
  /** Times that a message goes around; it doubles each time. */
  readonly rounds: number
  readonly accumulation: Accumulation
  readonly queueBytesMax?: number
}

/** Runs the loop to its end; returns, by worker and epoch, how many messages came out. Throws when it does not end. */
export function runTightLoop(options: TightLoop): number[][] {
  const memory = RunMemory.reserve(65_536 + WORKERS.length * REGION_BYTES)
  const reachability = new Reachability(PROGRESS)
  /** By receiver and class: the one frame that is on the link. */
  const links: (Uint8Array | undefined)[] = []
  let now = 0
  const workers = WORKERS.map((self) => {
    const base = 65_536 + self * REGION_BYTES
    const region = new Region(memory, { name: `worker ${self}`, base, size: REGION_BYTES })
    return tightWorker({ self, region, reachability, links, options, now: () => now })
  })
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    for (const worker of workers) putSeeds(worker, epoch, options)
  }
  const over = (): boolean =>
    workers.every(({ progress, collect }) => {
      return collect.counts.length === options.epochs && progress.tracker.outstanding === 0
    })
  while (!over()) {
    now += 1_000_000
    if (now > 500e9) throw new Error('the loop made no progress to its end')
    for (const self of WORKERS) stepTight(workers[self]!, { self, links, now })
  }
  return workers.map(({ collect }) => collect.counts)
}

function putSeeds(worker: TightWorker, epoch: number, options: TightLoop): void {
  const { region, input } = worker
  for (let seed = 0; seed < options.seeds; seed++) {
    const parcel = parcelOf(region, seed % WORKERS.length, [options.rounds])
    input.send(toLoop, parcel)
    region.free(parcel.rows.pointer, parcel.rows.length)
  }
  if (epoch + 1 === options.epochs) input.close()
  else input.advanceTo(epoch + 1)
}

interface TightSetup {
  readonly self: number
  readonly region: Region
  readonly reachability: Reachability
  readonly links: (Uint8Array | undefined)[]
  readonly options: TightLoop
  now(): number
}

function tightWorker({ self, region, reachability, links, options, now }: TightSetup): TightWorker {
  const asked = { at: -1, times: 0 }
  const ask = (): number => {
    const instant = now()
    if (asked.at !== instant) Object.assign(asked, { at: instant, times: 0 })
    asked.times += 1
    if (asked.times > QUESTIONS_MAX) throw new Error(`worker ${self} waits inside of a step`)
    return instant
  }
  const link: RawLink = {
    trySend(to: number, frameClass: ClassNumber, header, payload) {
      ask()
      const at = to * 2 + frameClass
      if (links[at] !== undefined) return false
      links[at] = Uint8Array.from([...header, ...payload])
      return true
    },
  }
  const session = new SessionLayer(
    {
      process: self,
      incarnation: 1,
      region,
      authority: AUTHORITY,
      link,
      now: ask,
      count: () => {},
    },
    { ...SESSION_LIMITS, windowBytes: 1, acknowledgeBytes: 1 },
  )
  const send = (to: number, kind: keyof typeof CHANNEL, payload: Uint8Array): void =>
    session.send({
      to,
      class: kind === 'data' ? 'data' : 'control',
      channel: CHANNEL[kind],
      generation: 1,
      payload,
    })
  const progress = new ProgressBroadcast(PROGRESS, new ProgressTracker(reachability), {
    self,
    workers: WORKERS,
    accumulation: options.accumulation,
    send,
  })
  const { queueBytesMax } = options
  const dataflow = new LocalDataflow({
    graph: GRAPH,
    self,
    placement: WORKERS,
    region,
    progress,
    send: (to, header, rows) => send(to, 'data', Buffer.concat([header, rows])),
    ...(queueBytesMax === undefined ? {} : { queueBytesMax }),
  })
  progress.initialise(stageLocation(input), [0], WORKERS.length, 1)
  dataflow.host(ingress, (context) => new ForwardVertex(context, [inward]))
  dataflow.host(feedback, (context) => new ForwardVertex(context, [around]))
  dataflow.host(egress, (context) => new ForwardVertex(context, [result]))
  dataflow.host(body, (context) => new Spread(context, region))
  let collected: Collect | undefined
  dataflow.host(collect, (context) => {
    collected = new Collect(context)
    return collected
  })
  const opened = dataflow.openInput(input, [0])
  return { session, dataflow, progress, region, collect: collected!, input: opened }
}

/** Takes the frame of each class that has arrived, works a little, and sends what there is room for. */
function stepTight(
  worker: TightWorker,
  at: { self: number; links: (Uint8Array | undefined)[]; now: number },
): void {
  const { session, dataflow, progress, region } = worker
  const deliver = (inbound: Inbound): void => {
    if (inbound.kind !== 'message') return
    const { channel, payload } = inbound
    if (channel === CHANNEL.data) dataflow.receive(payload)
    else {
      const kind = channel === CHANNEL.broadcast ? 'broadcast' : 'gather'
      progress.receive(kind, region.memory, payload.pointer)
    }
  }
  for (const frameClass of [0, 1]) {
    const frame = at.links[at.self * 2 + frameClass]
    if (frame === undefined) continue
    at.links[at.self * 2 + frameClass] = undefined
    const pointer = region.allocate(frame.length)
    region.memory.u8.set(frame, pointer)
    session.accept(pointer, deliver)
    region.free(pointer, frame.length)
  }
  dataflow.run()
  progress.flush()
  session.flush(at.now)
}
