/**
 * Conformance: every operator gives the interpreter's rows, however the work is cut.
 *
 * A plan is run with kernels and with plain functions (equal commits), on several numbers of workers and partitions, with
 * other ticks (equal rows at common ticks), and again after kills. Each run is compared with the plan's interpreter.
 */
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../system.ts'
import { milliseconds, seconds } from '../units.ts'
import { answerProblems } from './answer-truth.ts'
import { conformancePlan, isAlone, isDesugared, PLAN_NAMES } from './plans.ts'
import {
  type ConfigChanges,
  INTERVAL_MS,
  type Scenario,
  SPARSE,
  type Subject,
  trialOf,
} from './scenario.ts'
import { problemsOf } from './truth.ts'

/** Runs a scenario, and fails with all that is wrong with the run. */
export async function runRight(subject: Subject, scenario: Scenario): Promise<RunRecord> {
  const trial = trialOf(subject.engine, scenario)
  const record = await subject.run(trial, scenario.options)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(await answerProblems(trial, record)).toEqual([])
  return record
}

/**
 * Each plan meets each condition that its operators can tell: one partition and many, more workers than partitions and fewer,
 * kernels and plain functions, ticks within intervals and none. What they cannot tell is met in the same runs. Two workers with
 * kernels are those of which one is killed.
 */
const CUTS: Readonly<Record<string, ConfigChanges>> = {
  'one worker, one partition': { workers: 1, partitions: 1, timely: { accumulation: 'both' } },
  'three workers, seven partitions, the tick is the interval': {
    workers: 3,
    partitions: 7,
    tick: milliseconds(INTERVAL_MS),
    timely: { accumulation: 'global' },
  },
}

const KILL = [{ kind: 'kill', process: 1, at: milliseconds(1_310) }] as const

/** Partitions are taken over by who has some. Of plans that are not among `everything`, with which `recoveryConforms` tries it. */
const BESIDE = 'a killed worker of three, survived by others who have partitions, plain functions'

const KILLS: Readonly<Record<string, ConfigChanges>> = {
  'a killed worker, replaced': {},
  // Up to the kill it is a calm run.
  'a killed worker of five, two partitions, survived by others, plain functions, rows kept': {
    workers: 5,
    partitions: 2,
    kernels: 'plain',
    keepRows: true,
    replacement: 'survivors',
    timely: { accumulation: 'none' },
  },
  [BESIDE]: { workers: 3, kernels: 'plain', replacement: 'survivors' },
}

/** Of a plan whose operators other plans try in every cut. */
const FEW: ReadonlySet<string> = new Set([
  'three workers, seven partitions, the tick is the interval',
  'a killed worker, replaced',
])

export function operatorsConform(subject: Subject): void {
  describe.each(PLAN_NAMES)('%s', (name) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    const isTriedIn = (cut: string) =>
      isDesugared(name) ? FEW.has(cut) : cut !== BESIDE || isAlone(name)
    const triedOf = (cuts: Readonly<Record<string, ConfigChanges>>) =>
      Object.entries(cuts).filter(([cut]) => isTriedIn(cut))

    it.each(triedOf(CUTS))('%s', async (_, config) => {
      await runRight(subject, { plan, config })
    })

    it.each(triedOf(KILLS))('%s', async (_, config) => {
      const record = await runRight(subject, { plan, config, faults: KILL })
      expect(record.history.some(({ event }) => event === 'worker-suspected')).toBe(true)
    })
  })
}

/** Commits of a run by place, for comparing two runs of the same cut. */
export function commitsByPlace(record: RunRecord): ReadonlyMap<string, string> {
  const places = new Map<string, string>()
  for (const { output, partition, tick, rows, lane0, lane1 } of record.commits) {
    const place = `${output}/${partition}/${tick}`
    if (!places.has(place)) places.set(place, `${rows}/${lane0}/${lane1}`)
  }
  return places
}

export const ACCUMULATIONS = ['none', 'local', 'global', 'both'] as const

/** All operators at once, and what is said of pairs of runs. */
export function cutsConform(subject: Subject): void {
  const plan = conformancePlan('everything', INTERVAL_MS)

  it('other numbers of workers, and plain functions, give equal commits', async () => {
    const one = commitsByPlace(await runRight(subject, { plan, config: { workers: 1, ...SPARSE } }))
    const others: readonly ConfigChanges[] = [
      { workers: 2 },
      { workers: 3, kernels: 'plain' },
      { workers: 5 },
    ]
    for (const config of others) {
      const record = await runRight(subject, { plan, config: { ...config, ...SPARSE } })
      expect(commitsByPlace(record)).toEqual(one)
    }
  })

  it.each([50, 400])('ticks of %d ms give the interpreter’s rows', async (tick) => {
    const checkpointInterval = milliseconds(800)
    const config = { ...SPARSE, tick: milliseconds(tick), timely: { checkpointInterval } }
    await runRight(subject, { plan, config: { ...config, dstream: { checkpointInterval } } })
  })

  // One engine has it, and other runs have the one that is left out. Up to its kill a run is one without.
  const others = ACCUMULATIONS.filter((each) => each !== 'local')
  const accumulations = subject.engine === 'timely' ? others : []
  it.each(accumulations)('accumulation %s, with a kill', async (accumulation) => {
    const config = { workers: 3, ...SPARSE, timely: { accumulation } }
    await runRight(subject, { plan, config, faults: KILL })
  })

  it('no records: empty ticks are committed', async () => {
    const input = { rate: 0, duration: milliseconds(1_600) }
    const record = await runRight(subject, { plan, config: { input }, faults: KILL })
    expect(record.commits.every(({ rows }) => rows === 0)).toBe(true)
  })

  it('one record a second, and nothing in between', async () => {
    const input = { rate: 1, duration: seconds(4) }
    await runRight(subject, { plan, config: { input, partitions: 3 }, faults: KILL })
  })

  it('a past that was due before the clock started', async () => {
    const history = { duration: milliseconds(1_200), rate: 300 }
    const input = { rate: 100, duration: milliseconds(2_400), history }
    await runRight(subject, { plan, config: { input } })
  })
}
