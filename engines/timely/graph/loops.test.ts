/**
 * Loops with notifications, on several workers in random interleavings: connected components, a graph for each epoch.
 *
 * Epochs overlap in the loop: (0; 3) and (1; 0) are incomparable, so either may be notified first.
 * The body's vertex gathers labels per (epoch; iteration), and on the notification hands improvements to its node's
 * neighbours around the loop: a synchronous iteration, whose end nobody but the frontier knows. Checked: the labels are
 * right, on all workers as soon as a probe of any says that their epoch is over; no message comes at a time whose
 * notification is over, and everything drains.
 */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../core/world/random.ts'
import { ForwardVertex } from '../dataflow/feedback.ts'
import type { Input } from '../dataflow/input.ts'
import type { Accumulation } from '../progress/progress-broadcast.ts'
import { lessEqual, showTime, type Timestamp } from '../progress/timestamp.ts'
import { Cluster, type ClusterWorker, numbersOf, parcelOf } from './cluster.fixture.ts'
import type { ConnectorId } from './connector.ts'
import { stageLocation } from './location.ts'
import { GraphBuilder } from './logical-graph.ts'
import type { NotifyOutcome, Parcel, Vertex, VertexContext } from './vertex.ts'

const NODES = 12
const EPOCHS = 3

/** Edges by epoch. */
type Edges = readonly (readonly [number, number])[][]

const builder = new GraphBuilder()
const loop = builder.loop()
const input = builder.input('edges')
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

/** Keeps edges and labels of the nodes of one worker. Messages: (node, neighbour) from outside, (node, label) around. */
class Spread implements Vertex {
  readonly notified: Timestamp[] = []
  #context: VertexContext
  #worker: ClusterWorker
  #workers: number
  /** By epoch, then by node. */
  #neighbours = Array.from({ length: EPOCHS }, () =>
    Array.from({ length: NODES }, () => new Set<number>()),
  )
  #labels = Array.from({ length: EPOCHS }, () => Array.from({ length: NODES }, (_, node) => node))
  #pending = new Map<string, [number, number][]>()

  constructor(context: VertexContext, worker: ClusterWorker, workers: number) {
    this.#context = context
    this.#worker = worker
    this.#workers = workers
  }

  onRecv(connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    for (const over of this.notified) {
      if (lessEqual(time, over)) throw new Error(`${showTime(time)} after ${showTime(over)}`)
    }
    const [node, other] = numbersOf(this.#worker.region, parcel.rows) as [number, number]
    const pending = this.#pending.get(String(time)) ?? []
    this.#pending.set(String(time), pending)
    if (connector === inward) {
      this.#neighbours[time[0]!]![node]!.add(other)
      pending.push([node, node])
    } else pending.push([node, other])
    this.#context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    this.notified.push(time)
    const touched = new Set<number>()
    const labels = this.#labels[time[0]!]!
    const neighbours = this.#neighbours[time[0]!]!
    for (const [node, label] of this.#pending.get(String(time)) ?? []) {
      if (label < labels[node]! || time[1] === 0) touched.add(node)
      labels[node] = Math.min(label, labels[node]!)
    }
    this.#pending.delete(String(time))
    for (const node of touched) {
      const label = labels[node]!
      this.#send(out, node, [node, label], time)
      for (const other of neighbours[node]!) this.#send(back, other, [other, label], time)
    }
    return 'done'
  }

  #send(connector: ConnectorId, node: number, numbers: number[], time: Timestamp): void {
    const parcel = parcelOf(this.#worker.region, node % this.#workers, numbers)
    this.#context.sendBy(connector, parcel, time)
    this.#worker.region.free(parcel.rows.pointer, parcel.rows.length)
  }
}

/** Least labels of each epoch, taken when it is over. */
class Collect implements Vertex {
  readonly epochs: (readonly [epoch: number, labels: ReadonlyMap<number, number>])[] = []
  #context: VertexContext
  #worker: ClusterWorker
  #labels = new Map<number, Map<number, number>>()

  constructor(context: VertexContext, worker: ClusterWorker) {
    this.#context = context
    this.#worker = worker
  }

  onRecv(_connector: ConnectorId, parcel: Parcel, time: Timestamp): void {
    const labels = this.#labels.get(time[0]!) ?? new Map<number, number>()
    this.#labels.set(time[0]!, labels)
    const [node, label] = numbersOf(this.#worker.region, parcel.rows) as [number, number]
    labels.set(node, Math.min(label, labels.get(node) ?? label))
    this.#context.notifyAt(time)
  }

  onNotify(time: Timestamp): NotifyOutcome {
    this.epochs.push([time[0]!, this.#labels.get(time[0]!)!])
    this.#labels.delete(time[0]!)
    return 'done'
  }
}

function componentsOf(edges: Edges, epoch: number): number[] {
  const labels = Array.from({ length: NODES }, (_, node) => node)
  for (let round = 0; round < NODES; round++) {
    for (const [a, b] of edges[epoch]!) {
      const least = Math.min(labels[a]!, labels[b]!)
      labels[a] = least
      labels[b] = least
    }
  }
  return labels
}

/** What a worker collects of an epoch: of its nodes that have an edge. */
function labelsOf(
  edges: Edges,
  epoch: number,
  { worker, workers }: { readonly worker: number; readonly workers: number },
): ReadonlyMap<number, number> {
  const components = componentsOf(edges, epoch)
  const nodes = edges[epoch]!.flat().filter((node) => node % workers === worker)
  return new Map(nodes.map((node) => [node, components[node]!]))
}

function runComponents(seed: number, workers: number, accumulation: Accumulation): void {
  const random = seededRandom(seed, 3)
  const edges: Edges = Array.from({ length: EPOCHS }, () =>
    Array.from({ length: 4 }, () => [random.below(NODES), random.below(NODES)] as const),
  )
  const cluster = new Cluster(GRAPH, random, { workers, accumulation })
  const bodies: Spread[] = []
  const collects: Collect[] = []
  const inputs: Input[] = []
  for (const worker of cluster.workers) {
    const { dataflow, progress } = worker
    progress.initialise(stageLocation(input), [0], workers, 1)
    dataflow.host(ingress, (context) => new ForwardVertex(context, [inward]))
    dataflow.host(feedback, (context) => new ForwardVertex(context, [around]))
    dataflow.host(egress, (context) => new ForwardVertex(context, [result]))
    dataflow.host(body, (context) => {
      bodies.push(new Spread(context, worker, workers))
      return bodies.at(-1)!
    })
    dataflow.host(collect, (context) => {
      collects.push(new Collect(context, worker))
      return collects.at(-1)!
    })
    inputs.push(dataflow.openInput(input, [0]))
  }
  const probes = cluster.workers.map(({ dataflow }) => dataflow.probe(collect))
  /** By view: so many epochs are over. */
  const over = probes.map(() => 0)
  const step = (): void => {
    cluster.step()
    for (const [view, probe] of probes.entries()) {
      while (over[view]! < EPOCHS && probe.done([over[view]!])) {
        for (const [worker, { epochs }] of collects.entries()) {
          const found = epochs.find(([epoch]) => epoch === over[view])?.[1]
          expect(found ?? new Map()).toEqual(labelsOf(edges, over[view]!, { worker, workers }))
        }
        over[view]! += 1
      }
      if (probe.frontier().lessEqual([over[view]!]) === (over[view] === EPOCHS)) {
        throw new Error(
          `view ${view} says that ${over[view]} epochs are over, and its frontier does not`,
        )
      }
    }
  }
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const [a, b] of edges[epoch]!) {
      for (const pair of [
        [a, b],
        [b, a],
      ]) {
        const sender = random.below(workers)
        const { region } = cluster.workers[sender]!
        const parcel = parcelOf(region, pair[0]! % workers, pair)
        inputs[sender]!.send(toLoop, parcel)
        region.free(parcel.rows.pointer, parcel.rows.length)
      }
      step()
    }
    for (const handle of inputs) {
      if (epoch + 1 === EPOCHS) handle.close()
      else handle.advanceTo(epoch + 1)
      step()
    }
  }
  let steps = 0
  while (!cluster.drained) {
    steps += 1
    if (steps > 200_000) throw new Error(`seed ${seed}: not drained after ${steps} steps`)
    step()
  }
  expect(over).toEqual(probes.map(() => EPOCHS))
  for (const { epochs } of collects) {
    const order = epochs.map(([epoch]) => epoch)
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  }
}

describe.each(['none', 'local', 'global', 'both'] as const)('a loop, accumulation %s', (level) => {
  it('finds connected components', () => {
    for (let seed = 0; seed < 25; seed++) runComponents(seed, 1 + (seed % 3), level)
  })
})
