/**
 * Progress of loops, watched from outside of all workers: the truth is the sum of all updates, as they happen.
 *
 * After each step: for each pointstamp that is truly outstanding, every worker's view has an active one that could result in
 * it, so no view's frontier is ahead. When a round is over at a stage of a loop: nothing is outstanding that could still
 * bring rows of it, or of an earlier epoch, there.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { plan as conformancePlan, type LoopName } from '../core/conformance/plans.ts'
import { tickLogOf } from '../core/input/tick-log.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { planOf } from '../core/plan/stream.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { progressGraph } from './graph/location.ts'
import { lowerToGraph } from './lower.ts'
import type { LocationId } from './progress/pointstamp.ts'
import { ProgressBroadcast } from './progress/progress-broadcast.ts'
import { Reachability } from './progress/reachability.ts'
import { lastTimeOf, showTime, type Timestamp } from './progress/timestamp.ts'
import { configOf, expectTrue, run } from './trial.fixture.ts'

interface Outstanding {
  readonly location: LocationId
  readonly time: Timestamp
  count: number
}

/** What is truly outstanding, by pointstamp; counts may be negative between two calls, never after a step. */
const truth = new Map<string, Outstanding>()
const views = new Set<ProgressBroadcast>()
let rounds = 0
/** Called before an update is added. */
let watch: (location: LocationId, time: Timestamp, delta: number) => void = () => undefined

function add(location: LocationId, time: Timestamp, delta: number): void {
  const name = `${location} ${time.join()}`
  const found = truth.get(name) ?? { location, time, count: 0 }
  found.count += delta
  if (found.count === 0) truth.delete(name)
  else truth.set(name, found)
}

const { initialise, update } = ProgressBroadcast.prototype

beforeAll(() => {
  ProgressBroadcast.prototype.initialise = function (location, time, total, share) {
    views.add(this)
    add(location, time, share)
    initialise.call(this, location, time, total, share)
  }
  ProgressBroadcast.prototype.update = function (location, time, delta) {
    watch(location, time, delta)
    add(location, time, delta)
    update.call(this, location, time, delta)
  }
})

afterAll(() => {
  Object.assign(ProgressBroadcast.prototype, { initialise, update })
})

beforeEach(() => {
  truth.clear()
  views.clear()
  rounds = 0
})

function checkViews(): void {
  for (const { location, time, count } of truth.values()) {
    if (count < 0) throw new Error(`${count} at ${location} ${showTime(time)}`)
    for (const { tracker } of views) {
      if (tracker.mayStillAppear(location, time)) continue
      throw new Error(`a view is ahead of ${location} ${showTime(time)}`)
    }
  }
}

function checkRound(reachability: Reachability, stage: LocationId, time: Timestamp): void {
  rounds += 1
  const before = lastTimeOf(time[0]! - 1, time.length - 1)
  for (const other of truth.values()) {
    if (other.count <= 0) continue
    const isItself = other.location === stage && showTime(other.time) === showTime(time)
    const early = reachability.couldResultIn(other.location, other.time, stage, before)
    const same = reachability.couldResultIn(other.location, other.time, stage, time)
    if (!early && (isItself || !same)) continue
    throw new Error(
      `round ${showTime(time)} is over at ${stage}, and ${other.location} ${showTime(other.time)} is not`,
    )
  }
}

const NAMES = [
  'connected components',
  'what enters, as it goes around',
  'a captured table that changes in every tick',
  'a loop in a loop, of tables, and a graph from outside of both',
  'a loop in a loop, begun from outside of both',
  'two loops in a row',
] as const satisfies readonly LoopName[]

describe.each(['none', 'local', 'global', 'both'] as const)('accumulation %s', (accumulation) => {
  it.each(NAMES)('%s', (name) => {
    const plan = planOf(conformancePlan({ name, intervalMs: 500 }))
    const dataflow = buildDataflow(plan)
    const config = configOf({
      workers: 3,
      partitions: 4,
      input: { rate: 60, duration: seconds(2) },
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(200) },
      timely: { accumulation, recovery: 'none' },
    })
    const { graph, stages } = lowerToGraph({ config, dataflow, ticks: tickLogOf(config, dataflow) })
    const reachability = new Reachability(progressGraph(graph))
    const inLoops = new Set(
      stages.filter(({ loops }) => loops.length > 0).map(({ stage }) => stage),
    )
    watch = (location, time, delta) => {
      if (delta < 0 && inLoops.has(location)) checkRound(reachability, location, time)
    }
    const network = { ...NETWORK, latency: milliseconds(6), jitter: 5 }
    const record = run(plan, config, [], { network, afterStep: checkViews })
    expectTrue(plan, config, record)
    expect(rounds).toBeGreaterThan(6)
  })
})
