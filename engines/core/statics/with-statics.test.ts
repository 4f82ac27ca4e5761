/** What a system with static data asks of the system inside it, and how it ends when that ends badly. */
import { expect, test } from 'vitest'
import { conformancePlan } from '../conformance/plans.ts'
import { INTERVAL_MS, trialOf } from '../conformance/scenario.ts'
import { CapacityError, InputError, UserFunctionError } from '../errors.ts'
import { digestOfRows } from '../output/digest.ts'
import type { RunRecord, System, Trial } from '../system.ts'
import { seconds } from '../units.ts'
import { decodeRows, type StaticRow } from './encoded-rows.ts'
import { withStatics } from './with-statics.ts'

const recordOf = (changes: Partial<RunRecord> = {}): RunRecord => ({
  world: 'simulated',
  outcome: 'completed',
  commits: [],
  staleCommits: 0,
  rows: [],
  history: [],
  processes: [],
  ...changes,
})

/** What a run of a static part commits: each of the rows in a partition of its own. */
function answering({ config }: Trial, rows: readonly StaticRow[]): RunRecord {
  const place = { generation: 1, output: 0, tick: config.input.duration }
  return recordOf({
    rows: rows.map((row, partition) => ({ ...place, partition, rows: [row] })),
    commits: rows.map((row, partition) => {
      return { ...place, partition, ...digestOfRows([row]), visibleAt: place.tick }
    }),
  })
}

/** A system that notes what it is asked to run; static parts have these rows. */
function noting(rows: readonly StaticRow[] = [], failed?: RunRecord) {
  const asked: Trial[] = []
  const system: System = {
    name: 'noting',
    async run(trial) {
      asked.push(trial)
      if (trial.config.plan.static === undefined) return recordOf()
      return failed ?? answering(trial, rows)
    },
  }
  return { asked, system }
}

const trial = (name: Parameters<typeof conformancePlan>[0]) =>
  trialOf('timely', { plan: conformancePlan(name, INTERVAL_MS), faults: [KILL] })

const KILL = { kind: 'kill', process: 1, at: seconds(1) } as const

test('a plan without static data is run as it is', async () => {
  const { asked, system } = noting()
  const given = trial('groupByKey')
  await withStatics(system).run(given)
  expect(asked).toEqual([given])
})

test('static data is computed first, over its own input, as a whole, without the faults', async () => {
  const { asked, system } = noting([
    ['b', 2],
    ['a', 1],
  ])
  const asking = trial('a join with static data')
  const given = { ...asking, config: { ...asking.config, keepRowsMax: 1 } }
  await withStatics(system).run(given)
  const [part, whole] = asked as [Trial, Trial]
  expect(asked.length).toBe(2)
  expect(part.config.plan).toEqual({ ...given.config.plan, static: 'kinds' })
  expect(part.config).toMatchObject({ keepRows: true, digests: true, tick: seconds(1) })
  expect(part.config).not.toHaveProperty('keepRowsMax')
  expect(part.config.input).toMatchObject({ once: true, rate: 0, duration: seconds(1) })
  expect(part.pool).toBe(given.staticInputs!['input:kinds'])
  expect(part.faults).toEqual([])
  expect(part.deadline - part.config.input.duration).toBe(
    given.deadline - given.config.input.duration,
  )
  const { statics, ...rest } = whole
  expect(rest).toEqual(given)
  expect(statics?.map(({ name }) => name)).toEqual(['kinds'])
  expect(decodeRows(statics![0]!)).toEqual([
    ['a', 1],
    ['b', 2],
  ])
})

test('each static data of a plan is computed once', async () => {
  const { asked, system } = noting()
  await withStatics(system).run(trial('static data that is reduced and grouped'))
  await withStatics(system).run(trial('the changes of a table joined with static data'))
  const parts = asked.map(({ config }) => config.plan.static ?? 'the plan')
  expect(parts).toEqual(['lengths', 'letters', 'the plan', 'shared kinds', 'the plan'])
})

test('a static part that fails is the end of the run, which commits nothing', async () => {
  const error = new UserFunctionError('map (node 1): its function threw')
  const given = trial('a join with static data')
  const failed = { ...answering(given, [['a', 1]]), outcome: 'failed', error } as const
  const { asked, system } = noting([], failed)
  const record = await withStatics(system).run(given)
  expect(record).toMatchObject({ outcome: 'failed', error, commits: [], rows: [] })
  expect(asked.length).toBe(1)
})

test('an input that nobody gave, and rows that no process could hold, are refused', async () => {
  const { staticInputs: _, ...without } = trial('a join with static data')
  const missing = withStatics(noting().system).run(without)
  await expect(missing).rejects.toThrow(InputError)
  await expect(missing).rejects.toThrow("static data kinds: no records of its input 'input:kinds'.")
  const { system } = noting([['a', 'x'.repeat(1_000)]])
  const large = withStatics(system, 1_000).run(trial('a join with static data'))
  await expect(large).rejects.toThrow(CapacityError)
  await expect(large).rejects.toThrow('static data kinds: 1015 bytes with 1 rows.')
})
