/**
 * Both engines against the interpreter: a campaign of random plans over random inputs, cut at random, with random kills, on
 * two threads. A failure names the command that replays it; `npm start -- fuzz` looks further.
 *
 * `PLANS=<count>` runs another number of them, `PROPERTY_SEED=<integer>` others.
 */
import { expect, it } from 'vitest'
import { runCampaign } from './campaign.ts'
import type { ChunkResult } from './chunk.ts'
import { reportOf, SOMETIMES_FROM_PLANS, summaryOf } from './report.ts'

const PLANS = Number(process.env.PLANS ?? 2_000)
const SEED = Number(process.env.PROPERTY_SEED ?? 1)

it('random plans are right on every engine that runs them', {
  timeout: 24 * 3_600_000,
}, async () => {
  expect(PLANS).toBeGreaterThanOrEqual(SOMETIMES_FROM_PLANS)
  const results: ChunkResult[] = []
  await runCampaign({
    seed: SEED,
    plans: PLANS,
    threads: 2,
    finished: (result) => results.push(result),
  })
  const head = { seed: SEED, plansPerChunk: 0, commit: null, dirty: null, node: '', startedAt: '' }
  const summary = summaryOf(head, results, '')
  const report = reportOf(summary).join('\n')
  console.log(report)
  expect(summary.failures, report).toEqual([])
  expect(summary.never, report).toEqual([])
  expect(summary.plans).toBe(PLANS)
  const { coverage } = summary
  // Each is counted once, and loops do not crowd out what both engines run.
  expect(Object.values(coverage).reduce((sum, count) => sum + count, 0)).toBe(PLANS)
  expect(coverage['both-engines']).toBeGreaterThan(PLANS / 2)
  expect(coverage['rounds-as-jobs']).toBeGreaterThan(PLANS / 50)
  expect(coverage['timely-alone']).toBeGreaterThan(PLANS / 50)
})
