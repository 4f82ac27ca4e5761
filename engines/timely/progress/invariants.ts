/**
 * Progress safety, checked while a run goes on (Naiad §3.3): what the property tests of the protocol ask of random events is
 * asked here of the engine's own, in each generation; where the dataflow runs in replicas, in each of them.
 *
 * The *truth* is the sum of all updates that have happened at any worker, known to none of them. Always:
 *
 * - no count of it is negative;
 * - no view is ahead: whatever is truly outstanding, something active in each view could result in it. That is asked of a view when it
 *   changes, and of all views when something becomes outstanding, however soon it is over;
 * - a notification is delivered only where nothing else that is truly outstanding could result in it.
 *
 * In the end nothing is left: no count in the truth or in a view of the last generation, no update in a buffer. So every
 * notification was delivered, and every message. Of replicas that holds for one: a run is over when the first of them is.
 *
 * What is active in a view is asked of its counts, not of its precursor counts, which could be wrong.
 */
import { assert } from '../../core/assert.ts'
import type { ProcessId } from '../../core/units.ts'
import type { LocationId, Pointstamp } from './pointstamp.ts'
import type { ProgressBroadcast } from './progress-broadcast.ts'
import type { ObservedView, ProgressObserver, ViewObserver } from './progress-observer.ts'
import type { Reachability } from './reachability.ts'
import { equalTimes, showTime, type Timestamp } from './timestamp.ts'

interface Outstanding extends Pointstamp {
  count: number
}

export class ProgressInvariants implements ProgressObserver {
  /** By number and lives. */
  #generations = new Map<string, Generation>()
  /** All replicas that there have been in it. */
  #latest: Generation[] = []

  began(view: ObservedView): ViewObserver {
    const lives = `${view.generation} ${view.workers} ${view.incarnations}`
    let generation = this.#generations.get(lives)
    if (generation === undefined) {
      generation = new Generation(view)
      this.#generations.set(lives, generation)
      const latest = this.#latest[0]?.number ?? 0
      if (generation.number > latest) this.#latest = [generation]
      else if (generation.number === latest) this.#latest.push(generation)
    }
    return generation.join(view.worker)
  }

  /** Whether nothing is left of the latest generation. */
  get drained(): boolean {
    return this.#latest.some((generation) => generation.drained)
  }

  /** What is left of it, in words. */
  left(): readonly string[] {
    if (this.#latest.length === 0) return ['no generation ever began']
    return this.drained ? [] : this.#latest.flatMap((generation) => generation.left())
  }
}

class Generation {
  readonly number: number
  readonly #workers: readonly ProcessId[]
  readonly #reachability: Reachability
  /** By `keyOf`: what is truly outstanding. */
  readonly #truth = new Map<number | string, Outstanding>()
  /** By `keyOf`: what the first worker stated. */
  readonly #stated = new Map<number | string, number>()
  readonly #views = new Map<ProcessId, ProgressBroadcast | undefined>()
  /** Who states first; the others must state the same. */
  readonly #first: ProcessId

  constructor({ generation, workers, reachability, worker }: ObservedView) {
    this.number = generation
    this.#workers = workers
    this.#reachability = reachability
    this.#first = worker
  }

  join(worker: ProcessId): ViewObserver {
    assert(!this.#views.has(worker), `worker ${worker} begins generation ${this.number} twice`)
    this.#views.set(worker, undefined)
    return {
      stated: (location, time, total) => this.#state(worker, { location, time }, total),
      happened: (location, time, delta) => this.#add({ location, time }, delta),
      applied: (progress) => {
        this.#views.set(worker, progress)
        this.#checkView(worker, progress)
      },
      notified: (location, time) => this.#checkNotification(worker, location, time),
      ended: () => {
        this.#views.set(worker, undefined)
      },
    }
  }

  get drained(): boolean {
    if (this.#truth.size > 0 || this.#views.size < this.#workers.length) return false
    for (const view of this.#views.values()) {
      if (view === undefined || !view.idle || view.tracker.outstanding > 0) return false
    }
    return true
  }

  left(): readonly string[] {
    const left = [...this.#truth.values()].map(({ location, time, count }) => {
      return `${count} outstanding at ${location} ${showTime(time)}`
    })
    for (const worker of this.#workers) {
      const view = this.#views.get(worker)
      if (view === undefined) left.push(`worker ${worker} never saw progress`)
      else if (view.tracker.outstanding > 0) {
        left.push(`worker ${worker} has ${view.tracker.outstanding} counts`)
      } else if (!view.idle) left.push(`worker ${worker} keeps ${view.show()}`)
    }
    return left.slice(0, 5).map((what) => `in the end, generation ${this.number}: ${what}`)
  }

  #state(worker: ProcessId, pointstamp: Pointstamp, total: number): void {
    const key = keyOf(pointstamp)
    if (worker === this.#first) {
      this.#stated.set(key, total)
      this.#add(pointstamp, total)
      return
    }
    const stated = this.#stated.get(key)
    assert(
      stated === total,
      () => `worker ${worker} states ${total} at ${show(pointstamp)}, the first one ${stated}`,
    )
  }

  #add({ location, time }: Pointstamp, delta: number): void {
    const key = keyOf({ location, time })
    const known = this.#truth.get(key)
    const outstanding = known ?? { location, time, count: 0 }
    outstanding.count += delta
    const { count } = outstanding
    assert(count >= 0, () => `${count} outstanding at ${show({ location, time })}`)
    if (count === 0) this.#truth.delete(key)
    else if (known === undefined) this.#begin(key, outstanding)
  }

  #begin(key: number | string, outstanding: Outstanding): void {
    this.#truth.set(key, outstanding)
    for (const [worker, view] of this.#views) {
      if (view !== undefined) this.#checkCovered(worker, view, outstanding)
    }
  }

  #checkView(worker: ProcessId, view: ProgressBroadcast): void {
    for (const outstanding of this.#truth.values()) this.#checkCovered(worker, view, outstanding)
  }

  #checkCovered(worker: ProcessId, { tracker }: ProgressBroadcast, outstanding: Pointstamp): void {
    // Active itself, as most are: then there is no need to go over all others, which is done for each at every change of a view.
    if (tracker.count(outstanding.location, outstanding.time) > 0) return
    for (const active of tracker.activePointstamps) {
      if (this.#couldResultIn(active, outstanding)) return
    }
    assert(false, `worker ${worker} believes that ${show(outstanding)} is over`)
  }

  #checkNotification(worker: ProcessId, location: LocationId, time: Timestamp): void {
    const notified = { location, time }
    for (const outstanding of this.#truth.values()) {
      if (outstanding.location === location && equalTimes(outstanding.time, time)) continue
      assert(
        !this.#couldResultIn(outstanding, notified),
        () =>
          `worker ${worker} delivers the notification at ${show(notified)} ` +
          `while ${show(outstanding)} could result in it`,
      )
    }
  }

  #couldResultIn(from: Pointstamp, to: Pointstamp): boolean {
    return this.#reachability.couldResultIn(from.location, from.time, to.location, to.time)
  }
}

/** A number outside of loops, where most are: texts are made for the others alone. */
function keyOf({ location, time }: Pointstamp): number | string {
  return time.length === 1 ? location * 2 ** 32 + time[0]! : `${location} ${time}`
}

function show({ location, time }: Pointstamp): string {
  return `${showTime(time)} of location ${location}`
}
