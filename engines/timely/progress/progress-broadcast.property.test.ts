/**
 * Safety and liveness of the distributed protocol, for all four accumulation levels.
 *
 * Simulated workers do what vertices do (hold, send, receive, give up) on a random graph with loops, in a random
 * interleaving with progress messages that are FIFO per pair and otherwise late at will.
 *
 * Safety, after every event: for each pointstamp that is truly outstanding, every worker's view has an active one that
 * could result in it. Liveness: when nobody makes new work, everything drains, and all views end empty.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Random } from '../../core/world/random.ts'
import { seededRandom } from '../../core/world/random.ts'
import { connectorLocation, progressGraph, stageLocation } from '../graph/location.ts'
import type { LogicalGraph } from '../graph/logical-graph.ts'
import { randomGraph } from '../graph/random-graph.fixture.ts'
import { stageSummary } from '../graph/stage.ts'
import { followPath } from './path-summary.ts'
import { type Accumulation, ProgressBroadcast, type ProgressKind } from './progress-broadcast.ts'
import { ProgressTracker } from './progress-tracker.ts'
import { Reachability } from './reachability.ts'
import { showTime, type Timestamp } from './timestamp.ts'

interface Held {
  readonly stage: number
  readonly time: Timestamp
}

interface InFlight {
  readonly connector: number
  readonly time: Timestamp
  readonly to: number
}

interface Posted {
  readonly kind: ProgressKind
  readonly view: DataView
}

const LEVELS: readonly Accumulation[] = ['none', 'local', 'global', 'both']

const DRAIN_EVENTS_MAX = 50_000

class Simulation {
  readonly graph: LogicalGraph
  readonly reachability: Reachability
  readonly workers: ProgressBroadcast[]
  readonly held: Held[][]
  readonly links: Posted[][][]
  messages: InFlight[] = []
  sent = 0
  #random: Random

  constructor(random: Random, workers: number, accumulation: Accumulation) {
    this.#random = random
    this.graph = randomGraph(random, 3)
    const progress = progressGraph(this.graph)
    this.reachability = new Reachability(progress)
    const all = Array.from({ length: workers }, (_, worker) => worker)
    this.links = all.map(() => all.map(() => []))
    this.workers = all.map(
      (self) =>
        new ProgressBroadcast(progress, new ProgressTracker(this.reachability), {
          self,
          workers: all,
          accumulation,
          updatesMax: 2,
          send: (to, kind, bytes) => {
            this.sent += 1
            this.links[self]![to]!.push({ kind, view: new DataView(bytes.slice().buffer) })
          },
        }),
    )
    this.held = all.map(() => [])
    for (const stage of this.graph.stages) {
      if (stage.kind !== 'input') continue
      for (const worker of all) {
        this.workers[worker]!.initialise(stageLocation(stage.id), [0], workers, 1)
        this.held[worker]!.push({ stage: stage.id, time: [0] })
      }
    }
  }

  /** One event at one worker, then the flush that ends a step. `working`: whether new work may be made. */
  step(working: boolean): void {
    const random = this.#random
    const worker = random.below(this.workers.length)
    const choice = random.below(4)
    if (choice === 0) this.#receive(worker)
    else if (choice === 1) this.#progress(worker)
    else if (working && choice === 2) this.#send(worker)
    else this.#giveUp(worker, working)
    // Steps that end without a flush are steps in which more happens.
    if (random.below(3) > 0) this.workers[worker]!.flush()
  }

  #send(worker: number): void {
    const random = this.#random
    const held = this.held[worker]!
    if (held.length === 0 || this.messages.length > 20) return
    const { stage, time } = held[random.below(held.length)]!
    const out = this.graph.connectors.filter(({ from }) => from === stage)
    if (out.length === 0) return
    const connector = out[random.below(out.length)]!
    const { kind, context } = this.graph.stages[stage]!
    const depth = this.graph.contexts[context]!.depth
    const sent = followPath(stageSummary(kind, depth), this.#later(time))
    const to = connector.channel === 'pipeline' ? worker : random.below(this.workers.length)
    this.workers[worker]!.update(connectorLocation(this.graph, connector.id), sent, 1)
    this.messages.push({ connector: connector.id, time: sent, to })
  }

  /** A message is received: the vertex may go on holding its time, as a notification. */
  #receive(worker: number): void {
    const index = this.messages.findIndex(({ to }) => to === worker)
    if (index < 0) return
    const [{ connector, time }] = this.messages.splice(index, 1) as [InFlight]
    const stage = this.graph.connectors[connector]!.to
    const progress = this.workers[worker]!
    if (this.#random.below(3) > 0) {
      const later = this.#random.below(2) === 0 ? time : this.#later(time)
      progress.update(stageLocation(stage), later, 1)
      this.held[worker]!.push({ stage, time: later })
    }
    progress.update(connectorLocation(this.graph, connector), time, -1)
  }

  #giveUp(worker: number, working: boolean): void {
    const held = this.held[worker]!
    if (held.length === 0) return
    const index = this.#random.below(held.length)
    const { stage, time } = held[index]!
    const location = stageLocation(stage)
    const progress = this.workers[worker]!
    held.splice(index, 1)
    if (working && time[0]! < 4 && this.graph.stages[stage]!.kind === 'input') {
      const next = [time[0]! + 1]
      progress.update(location, next, 1)
      held.push({ stage, time: next })
    }
    progress.update(location, time, -1)
  }

  #progress(worker: number): void {
    const from = this.#random.below(this.workers.length)
    const posted = this.links[from]![worker]!.shift()
    if (posted) this.workers[worker]!.receive(posted.kind, { view: posted.view }, 0)
  }

  #later(time: Timestamp): Timestamp {
    const later = [...time]
    const at = this.#random.below(later.length)
    later[at] = later[at]! + this.#random.below(2)
    return later
  }

  checkSafety(): void {
    const truth: [number, Timestamp][] = this.messages.map(({ connector, time }) => [
      connectorLocation(this.graph, connector),
      time,
    ])
    for (const held of this.held) {
      for (const { stage, time } of held) truth.push([stageLocation(stage), time])
    }
    for (let worker = 0; worker < this.workers.length; worker++) {
      const { tracker } = this.workers[worker]!
      for (const [location, time] of truth) {
        if (tracker.mayStillAppear(location, time)) continue
        throw new Error(`worker ${worker} believes that ${showTime(time)} at ${location} is over`)
      }
    }
  }

  /** No new work: everything must come to its end. */
  drain(): void {
    for (let events = 0; !this.drained; events++) {
      if (events === DRAIN_EVENTS_MAX) throw new Error(`not drained after ${events} events`)
      this.step(false)
      if (events % 8 === 0) this.checkSafety()
    }
  }

  get drained(): boolean {
    return (
      this.messages.length === 0 &&
      this.held.every((held) => held.length === 0) &&
      this.links.every((row) => row.every((link) => link.length === 0)) &&
      this.workers.every((worker) => worker.idle && worker.tracker.outstanding === 0)
    )
  }
}

describe.each(LEVELS)('accumulation %s', (accumulation) => {
  it('is never ahead of the truth, and drains', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 4 }), (seed, workers) => {
        const simulation = new Simulation(seededRandom(seed, 7), workers, accumulation)
        for (let event = 0; event < 150; event++) {
          simulation.step(true)
          simulation.checkSafety()
        }
        simulation.drain()
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })
})

it('sends less the more it accumulates', () => {
  const sent = LEVELS.map((accumulation) => {
    let total = 0
    for (let seed = 0; seed < 10; seed++) {
      const simulation = new Simulation(seededRandom(seed, 7), 4, accumulation)
      for (let event = 0; event < 400; event++) simulation.step(true)
      simulation.drain()
      total += simulation.sent
    }
    return total
  })
  const [none, local, global, both] = sent as [number, number, number, number]
  expect(local).toBeLessThan(none)
  expect(global).toBeLessThan(none)
  expect(both).toBeLessThan(none)
})
