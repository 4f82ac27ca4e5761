/**
 * `ad-analytics` joined with static data on real threads, with a worker killed that needs the table again. Each engine has it in the
 * simulated world over both inputs (`statics.sim.test.ts`).
 */
import { expect, it } from 'vitest'
import { milliseconds } from '../../engines/core/units.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { INTERVAL_MS, rightWhenKilled } from './on-threads.fixture.ts'

it.each([
  ['ad-analytics', 'timely'],
  ['ad-analytics-integers', 'dstream'],
] as const)('%s on %s', async (name, engine) => {
  const lengths = { interval: `${INTERVAL_MS}ms`, length: `${2 * INTERVAL_MS}ms` }
  const parameters = { ...lengths, join: 'static' }
  const { commits } = await rightWhenKilled(engine, { workload: workloadNamed(name), parameters })
  expect(commits.some(({ rows, tick }) => rows > 0 && tick > milliseconds(480))).toBe(true)
})
