/**
 * The invariants of progress find what is broken: on a pipeline of two stages, with events made by hand, and on runs whose
 * engine is right.
 */
import { describe, expect, it } from 'vitest'
import { checkedSystem } from '../../core/conformance/checked-system.ts'
import { conformancePlan } from '../../core/conformance/plans.ts'
import {
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  SPARSE,
  trialOf,
} from '../../core/conformance/scenario.ts'
import { simulatedSubject } from '../../core/conformance/simulated-subject.ts'
import { problemsOf } from '../../core/conformance/truth.ts'
import { milliseconds } from '../../core/units.ts'
import { checkedTimelyEngine } from '../checked-engine.ts'
import { connectorLocation, progressGraph, stageLocation } from '../graph/location.ts'
import { GraphBuilder } from '../graph/logical-graph.ts'
import { ProgressInvariants } from './invariants.ts'
import { ProgressBroadcast } from './progress-broadcast.ts'
import { ProgressTracker } from './progress-tracker.ts'
import { Reachability } from './reachability.ts'

function pipeline() {
  const builder = new GraphBuilder()
  const input = builder.input('input')
  const counts = builder.stage('counts')
  const connector = builder.connect(input, counts, 'exchange')
  const graph = builder.finish()
  const reachability = new Reachability(progressGraph(graph))
  const invariants = new ProgressInvariants()
  const workers = [0, 1]
  const sent: { readonly view: DataView }[] = []
  const [first, second] = workers.map((worker) => {
    const view = { generation: 1, worker, workers, incarnations: [1, 1], reachability }
    const observer = invariants.began(view)
    const tracker = new ProgressTracker(reachability)
    const progress = new ProgressBroadcast(reachability.graph, tracker, {
      self: worker,
      workers,
      accumulation: 'none',
      observer,
      send: (_to, _kind, bytes) => sent.push({ view: new DataView(bytes.slice().buffer) }),
    })
    progress.initialise(stageLocation(input), [0], 2, 1)
    return { progress, observer }
  })
  return {
    invariants,
    input: stageLocation(input),
    counts: stageLocation(counts),
    connector: connectorLocation(graph, connector),
    first: first!,
    second: second!,
    sent,
  }
}

describe('a pipeline', () => {
  it('is over when all has been given back, and every view has seen it', () => {
    const { invariants, input, connector, first, second, sent } = pipeline()
    first.progress.update(connector, [0], 1)
    first.progress.update(input, [0], -1)
    first.progress.flush()
    expect(invariants.drained).toBe(false)
    expect(invariants.left().join()).toContain('outstanding at')
    second.progress.receive('broadcast', sent.shift()!, 0)
    second.progress.update(connector, [0], -1)
    second.progress.update(input, [0], -1)
    second.progress.flush()
    expect(invariants.drained).toBe(false)
    expect(invariants.left()).toEqual(['in the end, generation 1: worker 0 has 2 counts'])
    first.progress.receive('broadcast', sent.shift()!, 0)
    expect(invariants.drained).toBe(true)
    expect(invariants.left()).toEqual([])
  })

  it('a view that is told of an end before what it depends on is ahead', () => {
    const { input, connector, first } = pipeline()
    first.progress.update(connector, [0], 1)
    const { tracker } = first.progress
    tracker.update(input, [0], -2)
    expect(() => first.observer.applied(first.progress)).toThrow(
      /worker 0 believes that .* is over/,
    )
  })

  it('what comes about behind a view is told at once, though it may be over before the view changes', () => {
    const { input, connector, first, second } = pipeline()
    for (const { progress } of [first, second]) progress.update(input, [0], -1)
    second.progress.tracker.update(input, [0], -2)
    second.observer.applied(second.progress)
    expect(() => first.progress.update(connector, [0], 1)).toThrow(
      /worker 1 believes that .* is over/,
    )
  })

  it('a notification is early while a message is on its way', () => {
    const { counts, connector, input, first, second } = pipeline()
    first.progress.update(connector, [3], 1)
    expect(() => second.observer.notified(counts, [3])).toThrow(/delivers the notification/)
    first.progress.update(connector, [3], -1)
    first.progress.update(input, [0], -1)
    second.progress.update(input, [0], -1)
    second.observer.notified(counts, [3])
  })

  it('a count below zero is told at once, and so is another statement of the start', () => {
    const { input, connector, first, second } = pipeline()
    expect(() => first.progress.update(connector, [0], -1)).toThrow(/-1 outstanding/)
    expect(() => second.progress.initialise(input, [1], 2, 1)).toThrow(/worker 1 states 2/)
  })
})

const KILL = [{ kind: 'kill', process: 1, at: milliseconds(1_310) }] as const

const SCENARIOS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'without faults': {},
  'with a kill': { faults: KILL },
  'survived by others': { faults: KILL, config: { workers: 3, replacement: 'survivors' } },
  'accumulated twice': { config: { workers: 3, timely: { accumulation: 'both' } } },
  'not accumulated': { config: { timely: { accumulation: 'none' } }, faults: KILL },
}

it.each(Object.entries(SCENARIOS))('holds on all operators, %s', async (_, scenario) => {
  const { system, checked, left } = checkedSystem(checkedTimelyEngine)
  const plan = conformancePlan('everything', INTERVAL_MS)
  const config = { ...SPARSE, ...scenario.config }
  const trial = trialOf('timely', { ...scenario, plan, config })
  const record = await system.run(trial)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(checked.map(({ drained }) => drained())).toEqual([true, true])
  expect(left).toEqual([])
  expect(eventsOf(record, 'rollback-ended').length > 0).toBe(scenario.faults !== undefined)
})

it('a run that leaves something is an error, though all that it committed is right', async () => {
  const leaving = () => ({
    ...checkedTimelyEngine(),
    drained: () => false,
    left: () => ['a notification'],
  })
  const plan = conformancePlan('filter, kernels', INTERVAL_MS)
  const run = simulatedSubject('timely', leaving).run(trialOf('timely', { plan }))
  await expect(run).rejects.toThrow('it has left a notification')
})
