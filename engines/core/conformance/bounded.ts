/**
 * Conformance: the same plans over an input that ends. One final answer, that of the interpreter, however the work is cut.
 *
 * Plans without lengths have all of the input in one tick; in those with lengths records are due by a rate, and the answer is
 * what many ticks add up to.
 */
import { describe, expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../cost/cost-model.ts'
import { milliseconds } from '../units.ts'
import { answerDigests, answerProblemsOf, boundedTrialOf } from './bounded-trial.ts'
import { conformancePlan, isDesugared, PLAN_NAMES } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  LINES,
  type Scenario,
  type Subject,
} from './scenario.ts'
import { problemsOf } from './truth.ts'

/** So many that they take some intervals at the rate that scenarios have. */
const MANY_LINES = Array.from({ length: 30 }, (_, time) =>
  LINES.map((line) => (line.length % 4 === time % 4 ? `${line} again` : line)),
).flat()

/** Runs a scenario over its lines as a whole, and fails with all that is wrong. Returns the digests of its answers, too. */
export async function answered(subject: Subject, scenario: Scenario) {
  const trial = await boundedTrialOf(subject.engine, { lines: MANY_LINES, ...scenario })
  const record = await subject.run(trial, scenario.options)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(await answerProblemsOf(trial, record)).toEqual([])
  return { trial, record, digests: await answerDigests(trial, record) }
}

const CUTS: Readonly<Record<string, ConfigChanges>> = {
  'plain functions': { kernels: 'plain' },
  'one worker, one partition': { workers: 1, partitions: 1 },
  'three workers, seven partitions': { workers: 3, partitions: 7 },
}

/** So slow that a worker can be killed while it reads. */
const SLOW = { costs: { ...NOMINAL_COSTS, kernels: { other: 0, read: milliseconds(0.5) } } }

/** What is made of operators that others try is answered as they are; two of them are below. */
const TRIED = PLAN_NAMES.filter((name) => !isDesugared(name))

export function boundedConforms(subject: Subject): void {
  it.each(TRIED)('%s', async (name) => {
    const { record } = await answered(subject, { plan: conformancePlan(name, INTERVAL_MS) })
    expect(record.outcome).toBe('completed')
  })

  describe.each(['runningReduce, sum', 'groupByKey', 'a join with static data'] as const)(
    '%s',
    (name) => {
      const plan = conformancePlan(name, INTERVAL_MS)

      it('has all of the input in one tick, and the same answer in every cut', async () => {
        const { record, digests } = await answered(subject, { plan })
        expect(new Set(record.commits.map(({ tick }) => tick)).size).toBe(1)
        expect(digests[0]!.rows).toBeGreaterThan(0)
        for (const config of Object.values(CUTS)) {
          expect((await answered(subject, { plan, config })).digests).toEqual(digests)
        }
      })

      it('waits for no clock', async () => {
        const { record } = await answered(subject, { plan })
        const clock = record.commits[0]!.tick
        for (const { visibleAt } of record.commits) {
          expect(visibleAt).toBeGreaterThanOrEqual(clock)
          expect(visibleAt).toBeLessThan(clock + milliseconds(INTERVAL_MS))
        }
      })
    },
  )

  it.each(['runningReduce, sum', 'reduceByWindow, inverse', 'topK of windows'] as const)(
    '%s, with a worker killed while it reads',
    async (name) => {
      const plan = conformancePlan(name, INTERVAL_MS)
      const calm = await answered(subject, { plan })
      const at = calm.trial.config.input.duration + milliseconds(40)
      const faults = [{ kind: 'kill', process: 1, at }] as const
      const killed = await answered(subject, { plan, faults, options: SLOW })
      expect(eventsOf(killed.record, 'worker-suspected')).not.toEqual([])
      expect(killed.digests).toEqual(calm.digests)
    },
  )

  it('more partitions than records', async () => {
    const plan = conformancePlan('groupByKey', INTERVAL_MS)
    const few = { plan, lines: LINES.slice(0, 4) }
    const { digests } = await answered(subject, few)
    const config = { partitions: 7 }
    expect((await answered(subject, { ...few, config })).digests).toEqual(digests)
  })

  it('an input without records', async () => {
    const { digests } = await answered(subject, {
      plan: conformancePlan('runningReduce, sum', INTERVAL_MS),
      lines: [],
    })
    expect(digests).toEqual([{ rows: 0, lane0: 0, lane1: 0 }])
  })
}
