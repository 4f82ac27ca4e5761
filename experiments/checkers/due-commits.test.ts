/** The judge's list of commits and the one by which runs end are two, and say the same of every plan there is. */
import { describe, expect, it } from 'vitest'
import { conformancePlan, LOOP_NAMES, PLAN_NAMES } from '../../engines/core/conformance/plans.ts'
import { expectedCommits } from '../../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { WORKLOADS } from '../../workloads/index.ts'
import { dueCommits } from './due-commits.ts'

const config = { partitions: 3, tick: milliseconds(10) }

const PLANS = [
  ...WORKLOADS.map(({ name, plan }) => [name, plan({ interval: '100ms' })] as const),
  ...[...PLAN_NAMES, ...LOOP_NAMES].map((name) => [name, conformancePlan(name, 100)] as const),
]

describe('the commits that are due are those by which a run ends:', () => {
  it.each(PLANS)('%s', async (_, plan) => {
    const dataflow = buildDataflow(await loadPlan(plan))
    const ends = expectedCommits(dataflow, config).map(({ ticks, ...rest }) => {
      return { ...rest, period: ticks.length }
    })
    expect(dueCommits(dataflow, config)).toEqual(ends)
  })
})

it('of some plans an output is on one partition, of others its period is its own', async () => {
  const due = await Promise.all(
    PLANS.map(async ([, plan]) => dueCommits(buildDataflow(await loadPlan(plan)), config)),
  )
  const outputs = due.flat()
  expect(new Set(outputs.map(({ partitions }) => partitions.length))).toEqual(new Set([1, 3]))
  expect(outputs.some(({ period }) => period !== config.tick)).toBe(true)
  expect(outputs.some(({ period }) => period === config.tick)).toBe(true)
})
