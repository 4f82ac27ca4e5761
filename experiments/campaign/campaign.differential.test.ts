/**
 * Both engines in all their recovery modes against the interpreter: a campaign of random plans over random inputs, cut at random, under
 * random faults, on two threads. A plan is run on both engines, on one of them without a fault. A failure names the command that replays it; `npm start -- fuzz` looks further.
 *
 * `SEEDS=<count>` runs another number of them, `PROPERTY_SEED=<integer>` others. Those are the same for every commit. A few more are of
 * the commit's own seed, so that the tests of many commits look at many trials; too few to say what was never seen.
 */
import { expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import type { ChunkResult } from './chunk.ts'
import { commitHere, seedOf } from './commit-seed.ts'
import { COVERAGES } from './coverage.ts'
import { JUDGED_FROM_TRIALS, reportOf, summaryOf } from './report.ts'

const TRIALS = Number(process.env.SEEDS ?? 2_000)
/** Share of plans that both engines can run. */
const BOTH_MIN = 0.75
const SEED = Number(process.env.PROPERTY_SEED ?? 1)
const HUNT_TRIALS = 300

it('random trials are right on every engine and in every mode', {
  timeout: 24 * 3_600_000,
}, async () => {
  expect(TRIALS).toBeGreaterThanOrEqual(JUDGED_FROM_TRIALS)
  const { summary, report } = await campaignOf(SEED, TRIALS)
  expect(summary.failures, report).toEqual([])
  expect(summary.never, report).toEqual([])
  expect(summary.small, report).toEqual([])
  expect(summary.trials).toBe(TRIALS)
  // All but those with loops that are no jobs.
  expect(summary.sometimes['both engines ran the plan']).toBeGreaterThan(TRIALS * BOTH_MIN)
  // Each is counted once, and none is crowded out.
  const counts = Object.values(summary.coverage)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(TRIALS)
  expect(Math.min(...counts)).toBeGreaterThan(TRIALS / (40 * COVERAGES.length))
})

const commit = commitHere()

it.skipIf(commit === undefined)(
  'a short hunt, seeded by the commit',
  {
    timeout: 24 * 3_600_000,
  },
  async () => {
    const { summary, report } = await campaignOf(seedOf(commit!), HUNT_TRIALS)
    expect(summary.failures, report).toEqual([])
    expect(summary.trials).toBe(HUNT_TRIALS)
  },
)

async function campaignOf(seed: number, trials: number) {
  const results: ChunkResult[] = []
  await runCampaign({ seed, trials, threads: 2, finished: (result) => results.push(result) })
  const head = { seed, trialsPerChunk: 0, commit: null, dirty: null, node: '', startedAt: '' }
  const summary = summaryOf(head, results, '')
  const report = reportOf(summary).join('\n')
  console.log(report)
  return { summary, report }
}
