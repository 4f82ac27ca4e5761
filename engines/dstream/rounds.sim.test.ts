/** Loops as jobs: lineage is sound from round to round, costs do not grow with the rounds, and errors say the round. */
import { describe, expect, it } from 'vitest'
import { answerProblemsOf, boundedTrialOf } from '../core/conformance/bounded-trial.ts'
import { checkedSystem } from '../core/conformance/checked-system.ts'
import { GRAPH, numbersPlan } from '../core/conformance/plans/numbers.ts'
import { conformancePlan, type LoopName } from '../core/conformance/plans.ts'
import { counterOf, INTERVAL_MS, type Scenario } from '../core/conformance/scenario.ts'
import { problemsOf } from '../core/conformance/truth.ts'
import { sum } from '../core/plan/functions.ts'
import { planOf, readStream } from '../core/plan/stream.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { NETWORK } from '../core/world/simulated/network.ts'
import { checkedDStreamEngine } from './checked-engine.ts'
import { configOf, eventsOf, run } from './trial.fixture.ts'

const LINES = Array.from({ length: 240 }, (_, at) => 'x'.repeat((at * 37) % 110))
const JOBS = { iterationsAsJobs: true } as const
const FAR = { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } }

const KILLED: Readonly<Record<string, Scenario['config']>> = {
  respawned: { dstream: JOBS },
  'survived by others, plain, all blocks on disk': {
    workers: 3,
    replacement: 'survivors',
    kernels: 'plain',
    dstream: { ...JOBS, blockStoreBytesMax: 0 },
  },
}

const linesOf = (name: LoopName): Scenario => ({
  plan: conformancePlan(name, INTERVAL_MS),
  lines: LINES,
})

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a table, settled by states': linesOf('connected components'),
  'a table, settled by its reduce': {
    plan: numbersPlan('the least of each component', INTERVAL_MS),
    pairs: GRAPH.slice(0, 80),
  },
  'records of all rounds': linesOf('reachability, records of all rounds'),
  'a fresh loop of a table': linesOf('a fresh loop of a table'),
}

describe.each(Object.entries(SCENARIOS))('%s', (_, scenario) => {
  it.each(Object.entries(KILLED))('is made again as it was: %s', async (__, config) => {
    const { system, checked } = checkedSystem(checkedDStreamEngine, FAR)
    const trial = await boundedTrialOf('dstream', {
      ...scenario,
      config: { detector: { heartbeat: milliseconds(20), timeout: milliseconds(200) }, ...config },
    })
    const { commits } = await system.run(trial)
    const clock = trial.config.input.duration
    const last = Math.max(...commits.map(({ visibleAt }) => visibleAt))
    const at = Math.round(clock + (last - clock) * 0.7)
    const record = await system.run({ ...trial, faults: [{ kind: 'kill', process: 1, at }] })
    expect(await problemsOf(trial, record)).toEqual([])
    expect(await answerProblemsOf(trial, record)).toEqual([])
    expect(eventsOf(record, 'block-recomputed')).not.toEqual([])
    expect(checked.at(-1)!.lineage.compared).toBeGreaterThan(10)
  })
})

/** Each token goes around so often, and does nothing. */
function goingAround(times: number): RunRecord {
  const tokens = readStream<string>('log', '1s').map((line): [number, number] => [line.length, 0])
  const stream = tokens.iterate(
    (looping) => {
      const passed = looping.reduceByKey(sum)
      const next = passed.map(([token]): [number, number] => {
        if (times < 0) throw new Error('no')
        return [(token + 1) % 40, 0]
      })
      return { next, result: passed.filter(() => false) }
    },
    { rounds: Math.abs(times) },
  )
  const input = { rate: 0, duration: seconds(1), once: true } as const
  const history = { duration: seconds(1), rate: 0 }
  const tick = seconds(1)
  const config = configOf({ tick, input: { ...input, history }, dstream: JOBS })
  return run(planOf(stream), config)
}

it('a round costs what a batch costs, however many there were', () => {
  const [few, many] = [goingAround(20), goingAround(200)]
  expect([few.outcome, many.outcome]).toEqual(['completed', 'completed'])
  for (const counter of ['launchMessages', 'launchBytes', 'reports', 'shuffleBytes', 'tasks']) {
    const one = counterOf(few, counter) / 21
    expect(counterOf(many, counter) / 201 / one, counter).toBeLessThan(1.1)
  }
  const delays = eventsOf(many, 'batch-completed').map(({ fields }) => Number(fields.totalDelayNs))
  const mean = (part: readonly number[]) => part.reduce((all, ns) => all + ns, 0) / part.length
  expect(mean(delays.slice(150, 200)) / mean(delays.slice(10, 60))).toBeLessThan(1.2)
})

it('a function that throws says in which round', () => {
  expect(goingAround(-3).error?.message).toMatch(
    /^map \(node \d+\) of the record \[\d+,0\] in round 0 of the tick that ends at 0ns: its function threw Error: no/,
  )
})
