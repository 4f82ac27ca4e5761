/**
 * Conformance of an engine without loops that runs a loop over a bounded input as jobs, one for each round: the interpreter's
 * answer, however the work is cut and whoever is killed in whichever job. What has no such form is refused before a run.
 */
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../errors.ts'
import { runsAsJobs } from '../input/bounded-config.ts'
import { loadPlan } from '../plan/named-plan.ts'
import type { RunRecord, Trial } from '../system.ts'
import { milliseconds } from '../units.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { answered } from './bounded.ts'
import { boundedTrialOf } from './bounded-trial.ts'
import { commitsByPlace } from './operators.ts'
import { GRAPH, NUMBER_LOOP_NAMES, type NumberLoopName, numbersPlan } from './plans/numbers.ts'
import { conformancePlan, LOOP_NAMES, type LoopName } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'

/** Of many lengths, so that graphs have many edges, and loops many rounds. */
const LINES = Array.from({ length: 240 }, (_, at) => 'x'.repeat((at * 37) % 110))

const JOBS = { iterationsAsJobs: true } as const

const asJobs = ({ dstream, ...config }: ConfigChanges = {}): ConfigChanges => ({
  ...config,
  dstream: { ...JOBS, ...dstream },
})

/** The scenario of a plan, over its lines as a whole. */
const scenarioOf = (name: LoopName, config?: ConfigChanges): Scenario => ({
  plan: conformancePlan(name, INTERVAL_MS),
  lines: LINES,
  config: asJobs(config),
})

const pairsScenarioOf = (
  name: NumberLoopName,
  config?: ConfigChanges,
  pairs: Scenario['pairs'] = GRAPH,
): Scenario => ({
  plan: numbersPlan(name, INTERVAL_MS),
  pairs,
  config: asJobs(config),
})

const CUTS: Readonly<Record<string, ConfigChanges>> = {
  'one worker, one partition': { workers: 1, partitions: 1 },
  'three workers, seven partitions, plain, one batch in flight': {
    workers: 3,
    partitions: 7,
    kernels: 'plain',
    dstream: { batchesInFlightMax: 1 },
  },
  'five workers, two partitions, no block stays in memory': {
    workers: 5,
    partitions: 2,
    dstream: { blockStoreBytesMax: 0 },
  },
}

/** Jobs by plan: the rounds that it may have at most, and one for the result. */
const JOB_COUNTS: readonly (readonly [LoopName, number])[] = [
  ['no rounds', 2],
  ['one round', 2],
  ['three rounds', 4],
  ['a fresh loop of a table', 6],
  ['a loop that nothing enters', 2],
]

/** All of the graph takes so many rounds that what a late kill costs goes beyond the deadline. */
const SMALL_GRAPH = GRAPH.slice(0, 80)

/** State, a graph that is kept, records of all rounds, and what follows a loop. */
const HARD = [
  'connected components',
  'reachability, records of all rounds',
  'a loop, then joined',
] as const satisfies readonly LoopName[]

/** Messages take so long that a job takes long, too. */
const FAR = { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } }
const PATIENT = { heartbeat: milliseconds(20), timeout: milliseconds(200) }

const plans = await Promise.all(
  LOOP_NAMES.map(async (name) => {
    const plan = await loadPlan(conformancePlan(name, INTERVAL_MS))
    return { name, plan, isRun: runsAsJobs(plan) }
  }),
)
const namesOf = (isRun: boolean): readonly LoopName[] =>
  plans.filter((each) => each.isRun === isRun).map(({ name }) => name)

export function iterationsConform(subject: Subject): void {
  it.each(namesOf(true))('%s', async (name) => {
    const { record, digests } = await answered(subject, scenarioOf(name))
    expect(jobsOf(record)).toBeGreaterThan(1)
    for (const config of Object.values(CUTS)) {
      expect((await answered(subject, scenarioOf(name, config))).digests).toEqual(digests)
    }
  })

  it.each(NUMBER_LOOP_NAMES)('pairs of integers: %s', async (name) => {
    const { digests } = await answered(subject, pairsScenarioOf(name))
    for (const config of Object.values(CUTS)) {
      expect((await answered(subject, pairsScenarioOf(name, config))).digests).toEqual(digests)
    }
  })

  it.each(JOB_COUNTS)('%s: %d jobs', async (name, jobs) => {
    const { record } = await answered(subject, scenarioOf(name))
    expect(jobsOf(record)).toBe(jobs)
  })

  it('there is a job for each round, one after the other', async () => {
    const { record } = await answered(subject, scenarioOf('connected components'))
    expect(jobsOf(record)).toBeGreaterThan(5)
    const events = record.history.filter(({ event }) => /^(job-sub|batch-comp)/.test(event))
    events.forEach(({ event, fields }, at) => {
      expect(event).toBe(at % 2 === 0 ? 'job-submitted' : 'batch-completed')
      expect(fields.batch).toBe(1 + Math.floor(at / 2))
    })
  })

  it('equal seeds, equal traces', async () => {
    const scenario = scenarioOf('connected components', { workers: 3 })
    const { record } = await answered(subject, scenario)
    expect((await answered(subject, scenario)).record.traceHash).toBe(record.traceHash)
  })

  describe.each(HARD)('%s', (name) => isKilled(subject, (config) => scenarioOf(name, config)))
  describe('pairs of integers', () => {
    const name = 'the least of each component'
    isKilled(subject, (config) => pairsScenarioOf(name, config, SMALL_GRAPH))
  })

  it('a loop as jobs is refused where it has no such form', async () => {
    expect(await refusalOf(subject, await boundedTrialOf(subject.engine, noLoop()))).toMatch(
      /^--iterations-as-jobs: a plan without a loop\. .*Drop it\.$/,
    )
    expect(
      await refusalOf(subject, trialOf(subject.engine, scenarioOf('connected components'))),
    ).toMatch(/^--iterations-as-jobs: an input without an end\. .*Add --bounded/)
  })

  it.each(namesOf(false))('%s: refused', async (name) => {
    const trial = await boundedTrialOf(subject.engine, scenarioOf(name))
    expect(await refusalOf(subject, trial)).toMatch(
      /^--iterations-as-jobs: (a loop in a loop|2 loops|windows or timeouts).*Use --engine timely\.$/,
    )
  })
}

function isKilled(subject: Subject, of: (config: ConfigChanges) => Scenario): void {
  const replaced: Readonly<Record<string, ConfigChanges>> = {
    respawned: { workers: 2, detector: PATIENT },
    'survived by others': { workers: 3, replacement: 'survivors', detector: PATIENT },
  }
  it.each(Object.entries(replaced))('killed in the middle of jobs, %s', async (_, config) => {
    const scenario = { ...of(config), options: FAR }
    const calm = await answered(subject, scenario)
    const clock = calm.record.commits[0]!.tick
    const last = Math.max(...calm.record.commits.map(({ visibleAt }) => visibleAt))
    for (const [turn, part] of [1, 3, 5, 7].entries()) {
      const at = Math.round(clock + ((last - clock) * part) / 8)
      const faults = [{ kind: 'kill', process: turn % 2, at }] as const
      const { record } = await answered(subject, { ...scenario, faults })
      expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
      expect(eventsOf(record, 'recovery-planned')).not.toEqual([])
      expect(jobsOf(record)).toBe(jobsOf(calm.record))
      expect(commitsByPlace(record)).toEqual(commitsByPlace(calm.record))
    }
  })
}

function jobsOf(record: RunRecord): number {
  return eventsOf(record, 'job-submitted').length
}

const noLoop = (): Scenario => ({
  ...scenarioOf('connected components'),
  plan: conformancePlan('groupByKey', INTERVAL_MS),
})

async function refusalOf(subject: Subject, trial: Trial): Promise<string> {
  const refusal = await subject.run(trial).then(
    ({ error }) => error,
    (error: unknown) => error,
  )
  expect(refusal).toBeInstanceOf(ConfigurationError)
  return (refusal as ConfigurationError).message
}
