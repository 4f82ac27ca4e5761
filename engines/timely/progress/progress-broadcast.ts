/**
 * The distributed progress protocol: broadcasts of (pointstamp, delta), with accumulation (Naiad §3.3, Figure 6c).
 *
 * A worker does not change its view when something happens at it; it hands the update in here, and the view changes when
 * the broadcast is *applied*, at itself as at everybody else, in the order in which each sender sent. Safety: no view's
 * frontier is ever ahead of the true one. An update's cause is in every view until the update itself is, because a
 * worker's positive updates go out no later than the negative ones that they came from.
 *
 *   none    every worker sends each step's updates to all                        O(workers²) messages a step
 *   local   …but keeps them, summed by pointstamp, while nobody can miss them
 *   global  every worker sends each step's updates to one, which keeps and sums them, and sends to all
 *   both    local, then global
 *
 * While nobody can miss them: a buffer may be kept as long as for each pointstamp p in it either (a) another element of
 * the local frontier could result in p, or (b) p stays outstanding whatever the buffer says. Else all of it is flushed,
 * positive before negative. For (b) Naiad has "p is at a vertex whose net update is strictly positive". Naiad's vertex
 * belongs to one worker; our counts are per stage, summed over workers, and read literally every worker would wait for
 * the others. So at a worker (b) reads: this worker's own share at the stage stays positive. At the accumulator, which
 * every update passes, it reads: the view and the buffer together stay positive.
 *
 * Not here: Naiad's optimistic UDP broadcast. The transport is reliable and FIFO per pair; that is all that is assumed.
 */
import { assert } from '../../core/assert.ts'
import type { RunMemory } from '../../core/columns/memory.ts'
import type { Pointer, ProcessId } from '../../core/units.ts'
import {
  decodeUpdates,
  type LocationId,
  PointstampBatch,
  UpdateEncoder,
  type UpdateVisitor,
} from './pointstamp.ts'
import type { ViewObserver } from './progress-observer.ts'
import type { ProgressTracker } from './progress-tracker.ts'
import type { ProgressGraph } from './reachability.ts'
import { showTime, type Timestamp } from './timestamp.ts'

export type Accumulation = 'none' | 'local' | 'global' | 'both'

/** `broadcast`: to be applied by the receiver. `gather`: to be accumulated by the receiver. */
export type ProgressKind = 'broadcast' | 'gather'

/** Updates a message: 12 bytes and more each. Beyond it a flush becomes several messages. */
const UPDATES_MAX = 1024

export interface ProgressOptions {
  readonly self: ProcessId
  /** All workers that hold a view, ascending; this one included. The first one accumulates. */
  readonly workers: readonly ProcessId[]
  readonly accumulation: Accumulation
  readonly updatesMax?: number
  readonly observer?: ViewObserver | undefined
  /** Sends to another worker; the bytes are valid until it returns. FIFO per receiver. */
  send(to: ProcessId, kind: ProgressKind, message: Uint8Array): void
}

export class ProgressBroadcast {
  readonly tracker: ProgressTracker
  #graph: ProgressGraph
  #options: ProgressOptions
  #updatesMax: number
  /** What happened here and was not sent. */
  #pending: PointstampBatch
  /** What this worker holds at stages: initial counts and all of its updates, sent or not. */
  #share: PointstampBatch
  /** What the accumulator has received and not broadcast; only at the first worker. */
  #gathered: PointstampBatch
  #accumulator: ProcessId
  #encoder = new UpdateEncoder()
  #observer: ViewObserver | undefined
  /** Made once: a message is taken, and one is sent, in each round of a loop. */
  readonly #apply: UpdateVisitor

  constructor(graph: ProgressGraph, tracker: ProgressTracker, options: ProgressOptions) {
    this.tracker = tracker
    this.#apply = (location, time, delta) => tracker.update(location, time, delta)
    this.#graph = graph
    this.#options = options
    this.#observer = options.observer
    this.#updatesMax = options.updatesMax ?? UPDATES_MAX
    const locations = graph.depths.length
    this.#pending = new PointstampBatch(locations)
    this.#share = new PointstampBatch(locations)
    this.#gathered = new PointstampBatch(locations)
    const first = options.workers[0]
    assert(first !== undefined, 'a progress protocol without workers')
    this.#accumulator = first
  }

  /**
   * States what is outstanding at the start: `total` over all workers, of which this one holds `share`.
   * Every worker must state the same totals; nothing is sent.
   */
  initialise(location: LocationId, time: Timestamp, total: number, share: number): void {
    this.tracker.update(location, time, total)
    if (share !== 0) this.#share.update(location, time, share)
    this.#observer?.stated(location, time, total)
  }

  /**
   * Forgets all that was counted, sent or not: a new generation begins, with the same workers, and what is outstanding in it
   * is stated next.
   */
  restart(observer: ViewObserver | undefined): void {
    this.#observer?.ended()
    this.#observer = observer
    this.tracker.clear()
    this.#pending.clear()
    this.#share.clear()
    this.#gathered.clear()
  }

  /** Who is told, if anybody. */
  get observer(): ViewObserver | undefined {
    return this.#observer
  }

  /** Something happened here: it is sent by a later `flush`. */
  update(location: LocationId, time: Timestamp, delta: number): void {
    this.#pending.update(location, time, delta)
    if (this.#graph.isStage[location]) this.#share.update(location, time, delta)
    this.#observer?.happened(location, time, delta)
  }

  /**
   * Sends what must be sent: call at the end of each step, after the updates of the step are in. Never between an event
   * and the events that it causes at once: what is handed in between two calls goes out together. Returns whether anything
   * left the buffers.
   */
  flush(): boolean {
    const { accumulation } = this.#options
    const local = accumulation === 'local' || accumulation === 'both'
    let flushed = false
    if (!this.#pending.empty && !(local && this.#mayKeepPending())) {
      if (accumulation === 'none' || accumulation === 'local') this.#broadcast(this.#pending)
      else this.#gather()
      flushed = true
    }
    // Only the accumulator ever has something gathered.
    if (!this.#gathered.empty && !this.#mayKeepGathered()) {
      this.#broadcast(this.#gathered)
      flushed = true
    }
    return flushed
  }

  /** Takes a message of another worker, where it lies. Returns the number of updates. */
  receive(kind: ProgressKind, memory: Pick<RunMemory, 'view'>, message: Pointer): number {
    if (kind === 'broadcast') {
      const updates = decodeUpdates(memory, message, this.#apply)
      this.#observer?.applied(this)
      return updates
    }
    return decodeUpdates(memory, message, (location, time, delta) =>
      this.#gathered.update(location, time, delta),
    )
  }

  /** Whether nothing waits here. For tests and for the end of a run. */
  get idle(): boolean {
    return this.#pending.empty && this.#gathered.empty
  }

  /** Whether this worker holds something at a stage; for assertions on capabilities. */
  holds(location: LocationId, time: Timestamp): boolean {
    return this.#share.at(location, time) > 0
  }

  #mayKeepPending(): boolean {
    return this.#pending.every(
      (location, time) =>
        this.tracker.hasPrecursor(location, time) ||
        (this.#graph.isStage[location]! && this.#share.at(location, time) > 0),
    )
  }

  #mayKeepGathered(): boolean {
    return this.#gathered.every(
      (location, time, delta) =>
        this.tracker.hasPrecursor(location, time) || this.tracker.count(location, time) + delta > 0,
    )
  }

  #broadcast(batch: PointstampBatch): void {
    const { self, workers, send } = this.#options
    this.#encoder.encode(batch, this.#updatesMax, (message) => {
      for (let at = 0; at < workers.length; at++) {
        const to = workers[at]!
        if (to !== self) send(to, 'broadcast', message)
      }
    })
    batch.visit(this.#apply)
    batch.clear()
    this.#observer?.applied(this)
  }

  #gather(): void {
    const { self, send } = this.#options
    if (self === this.#accumulator) {
      this.#pending.visit((location, time, delta) => this.#gathered.update(location, time, delta))
    } else {
      this.#encoder.encode(this.#pending, this.#updatesMax, (message) =>
        send(this.#accumulator, 'gather', message),
      )
    }
    this.#pending.clear()
  }

  /** For error messages: what is not sent yet. */
  show(): string {
    const parts: string[] = []
    this.#pending.visit((location, time, delta) =>
      parts.push(`${delta > 0 ? '+' : ''}${delta} at ${location} ${showTime(time)}`),
    )
    return parts.length === 0 ? 'nothing pending' : parts.join(', ')
  }
}
