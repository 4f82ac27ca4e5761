/** `ad-analytics` joined with static data on real threads, with a worker killed that needs the table again. */
import { expect, it } from 'vitest'
import { milliseconds } from '../../engines/core/units.ts'
import { ENGINES } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { INTERVAL_MS, rightWhenKilled } from './on-threads.fixture.ts'

const cases = ENGINES.flatMap((engine) =>
  (['ad-analytics', 'ad-analytics-integers'] as const).map((name) => ({ engine, name })),
)

it.each(cases)('$name on $engine', async ({ engine, name }) => {
  const lengths = { interval: `${INTERVAL_MS}ms`, length: `${2 * INTERVAL_MS}ms` }
  const parameters = { ...lengths, join: 'static' }
  const { commits } = await rightWhenKilled(engine, { workload: workloadNamed(name), parameters })
  expect(commits.some(({ rows, tick }) => rows > 0 && tick > milliseconds(480))).toBe(true)
})
