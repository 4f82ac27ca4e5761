/**
 * The oracle of any plan, which judges plans of a user's own, on every plan of the conformance suites: what is right is valid by
 * it, whichever engine runs it, and what is wrong is told. It has schedule, places and digest of its own; rows are the interpreter's.
 */
import { describe, expect, it } from 'vitest'
import { boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import {
  conformancePlan,
  LOOP_NAMES,
  PLAN_NAMES,
  type PlanName,
} from '../../engines/core/conformance/plans.ts'
import { INTERVAL_MS, type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { planOracle } from '../../workloads/plan-oracle.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'

async function recordOf(engine: EngineName, trial: Trial): Promise<RunRecord> {
  return simulatedSubject(engine, checkedEngineOf).run(trial)
}

async function verdictOf(trial: Trial, record: RunRecord): Promise<string> {
  const { plan, dataflow } = await builtPlan(trial.config.plan)
  const oracle = planOracle({ plan, staticInputs: trial.staticInputs ?? {} })
  return describeVerdict(judge(record, trial, dueCommits(dataflow, trial.config), oracle))
}

async function runValid(engine: EngineName, trial: Trial): Promise<void> {
  const record = await recordOf(engine, trial)
  expect(await verdictOf(trial, record)).toMatch(/^valid/)
  expect(record.commits.length).toBeGreaterThan(0)
}

const KILL = { kind: 'kill', process: 1, at: milliseconds(1_310) } as const

/** Each of them reads its records in another way. */
const INPUTS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'a past before the clock starts': {
    config: {
      input: {
        rate: 100,
        duration: milliseconds(2_400),
        history: { duration: milliseconds(1_200), rate: 300 },
      },
    },
  },
  'records that come late': {
    config: {
      input: {
        rate: 150,
        duration: milliseconds(2_400),
        disorder: { bound: milliseconds(900), share: 0.4, seed: 5 },
      },
    },
  },
  'bytes that are not UTF-8, and a killed worker': {
    lines: ['the river \udcff', 'the straße', ''],
    faults: [KILL],
  },
}

describe.each(ENGINES)('on %s', (engine) => {
  // Each on one engine: that their commits are the same, their conformance says.
  const names = PLAN_NAMES.filter((_, place) => ENGINES[place % ENGINES.length] === engine)
  it.each(names)('%s: valid', async (name) => {
    await runValid(engine, trialOf(engine, { plan: conformancePlan(name, INTERVAL_MS) }))
  })

  it.each(Object.entries(INPUTS))('%s', async (_, scenario) => {
    for (const name of [
      'windows by event time, and what was late',
      'join',
      'topK of windows',
    ] as const) {
      const plan = conformancePlan(name, INTERVAL_MS)
      await runValid(engine, trialOf(engine, { plan, ...scenario }))
    }
  })

  it.each([
    'runningReduce, sum',
    'reduceByWindow, inverse',
    'windows by event time, and what was late',
    'a join with static data',
  ] as const)('an input that ends: %s', async (name) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    await runValid(engine, await boundedTrialOf(engine, { plan }))
  })
})

it.each(LOOP_NAMES)('a loop on timely, %s: valid', async (name) => {
  await runValid('timely', trialOf('timely', { plan: conformancePlan(name, INTERVAL_MS) }))
})

describe('of a run that is wrong', () => {
  type Change = (commits: readonly VisibleCommit[]) => readonly VisibleCommit[]

  /** Each is run once, and changed again and again. */
  const records = new Map<PlanName, Promise<RunRecord>>()

  async function changed(name: PlanName, change: Change): Promise<string> {
    const trial = trialOf('timely', { plan: conformancePlan(name, INTERVAL_MS) })
    const ran = records.get(name) ?? recordOf('timely', trial)
    records.set(name, ran)
    const record = await ran
    return verdictOf(trial, { ...record, commits: change(record.commits) })
  }

  /** In which a change is seen: the first that has rows. */
  const placeIn = (commits: readonly VisibleCommit[]): number =>
    commits.findIndex(({ rows }) => rows > 0)

  const another: Change = (commits) =>
    commits.map((commit, at) =>
      at === placeIn(commits) ? { ...commit, lane1: commit.lane1 ^ 1 } : commit,
    )

  const fewer: Change = (commits) =>
    commits.map((commit, at) =>
      at === placeIn(commits) ? { ...commit, rows: commit.rows - 1 } : commit,
    )

  const missing: Change = (commits) => commits.toSpliced(placeIn(commits), 1)

  /** What two partitions have committed, the one in place of the other. */
  const swapped: Change = (commits) => {
    const from = commits.findIndex(({ rows }, at) => rows > 0 && othersOf(commits, at).length > 0)
    const { output, tick, partition, ...digest } = commits[from]!
    const other = othersOf(commits, from)[0]!
    return commits.map((commit) => {
      if (commit.output !== output || commit.tick !== tick) return commit
      if (commit.partition === partition) return { ...other, partition }
      return commit.partition === other.partition ? { ...commit, ...digest } : commit
    })
  }

  /** Of the same output and tick, with another digest. */
  const othersOf = (commits: readonly VisibleCommit[], at: number): readonly VisibleCommit[] => {
    const { output, tick, partition, lane0 } = commits[at]!
    return commits.filter(
      (each) =>
        each.output === output &&
        each.tick === tick &&
        each.partition !== partition &&
        each.lane0 !== lane0,
    )
  }

  it.each(['runningReduce, sum', 'topK of a running table', 'join', 'map, plain'] as const)(
    '%s: what was committed is another, less, or missing',
    async (name) => {
      expect(await changed(name, (commits) => commits)).toMatch(/^valid/)
      expect(await changed(name, another)).toMatch(/^invalid: wrong ×1/)
      expect(await changed(name, fewer)).toMatch(/^invalid: wrong ×1/)
      expect(await changed(name, missing)).toMatch(/^invalid: missing ×1/)
    },
  )

  it('rows of a key in the partition of another are wrong; what has no key may lie anywhere', async () => {
    expect(await changed('runningReduce, sum', swapped)).toMatch(/^invalid: wrong ×2/)
    expect(await changed('join', swapped)).toMatch(/^valid/)
  })
})
