/** Some workers of a hand-made graph, without a world: links are queues, and a seed decides who moves. For tests. */
import { type Bytes, Region, RunMemory } from '../../core/columns/memory.ts'
import type { PartitionId } from '../../core/units.ts'
import type { Random } from '../../core/world/random.ts'
import {
  type Accumulation,
  ProgressBroadcast,
  type ProgressKind,
} from '../progress/progress-broadcast.ts'
import { ProgressTracker } from '../progress/progress-tracker.ts'
import { Reachability } from '../progress/reachability.ts'
import { LocalDataflow } from '../scheduling/local-dataflow.ts'
import { progressGraph } from './location.ts'
import type { LogicalGraph } from './logical-graph.ts'
import type { Parcel } from './vertex.ts'

const REGION_BYTES = 4 * 1024 * 1024

export interface ClusterWorker {
  readonly dataflow: LocalDataflow
  readonly progress: ProgressBroadcast
  readonly region: Region
}

interface Posted {
  readonly kind: 'data' | ProgressKind
  readonly bytes: Uint8Array
}

export class Cluster {
  readonly workers: ClusterWorker[] = []
  #random: Random
  /** By sender, receiver, class: data and progress do not keep each other's order. */
  #links: Posted[][][][]

  constructor(
    graph: LogicalGraph,
    random: Random,
    how: { workers: number; accumulation: Accumulation },
  ) {
    this.#random = random
    const ids = Array.from({ length: how.workers }, (_, worker) => worker)
    this.#links = ids.map(() => ids.map(() => [[], []]))
    const memory = RunMemory.reserve(65_536 + how.workers * REGION_BYTES)
    const progressed = progressGraph(graph)
    const reachability = new Reachability(progressed)
    for (const self of ids) {
      const base = 65_536 + self * REGION_BYTES
      const region = new Region(memory, { name: `worker ${self}`, base, size: REGION_BYTES })
      const progress = new ProgressBroadcast(progressed, new ProgressTracker(reachability), {
        self,
        workers: ids,
        accumulation: how.accumulation,
        send: (to, kind, bytes) => this.#links[self]![to]![1]!.push({ kind, bytes: bytes.slice() }),
      })
      const dataflow = new LocalDataflow({
        graph,
        self,
        placement: ids,
        region,
        progress,
        send: (to, header, rows) =>
          this.#links[self]![to]![0]!.push({ kind: 'data', bytes: Buffer.concat([header, rows]) }),
      })
      this.workers.push({ dataflow, progress, region })
    }
  }

  /** A random worker receives something, or runs, or ends its step. */
  step(): void {
    const self = this.#random.below(this.workers.length)
    const { dataflow, progress, region } = this.workers[self]!
    switch (this.#random.below(3)) {
      case 0: {
        const from = this.#random.below(this.workers.length)
        const posted = this.#links[from]![self]![this.#random.below(2)]!.shift()
        if (posted === undefined) return
        const { kind, bytes } = posted
        const { length } = bytes
        const pointer = region.allocate(length)
        region.memory.u8.set(bytes, pointer)
        if (kind === 'data') dataflow.receive({ pointer, length })
        else progress.receive(kind, region.memory, pointer)
        region.free(pointer, length)
        return
      }
      case 1:
        dataflow.run()
        return
      default:
        progress.flush()
    }
  }

  get drained(): boolean {
    return (
      this.#links.every((row) => row.every((link) => link.every((queue) => queue.length === 0))) &&
      this.workers.every(
        ({ progress, dataflow }) =>
          progress.idle && progress.tracker.outstanding === 0 && dataflow.queuedBytes === 0,
      )
    )
  }
}

/** A parcel of unsigned integers; the caller frees it after it was sent. */
export function parcelOf(
  region: Region,
  partition: PartitionId,
  numbers: readonly number[],
): Parcel {
  const pointer = region.allocate(numbers.length * 4)
  for (let at = 0; at < numbers.length; at++) region.memory.u32[(pointer >>> 2) + at] = numbers[at]!
  return { partition, rows: { pointer, length: numbers.length * 4 } }
}

export function numbersOf(region: Region, rows: Bytes): number[] {
  const from = rows.pointer >>> 2
  return [...region.memory.u32.subarray(from, from + (rows.length >>> 2))]
}
