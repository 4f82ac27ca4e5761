/** What of a run's trials the figure of latencies shows, and what it says of the others. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { TrialRow } from '../../results/schema.ts'
import { latencyFigure } from './latency-figure.ts'
import { loadRun } from './load.ts'
import { summarizeLatency } from './summarize.ts'

const run = loadRun(fileURLToPath(new URL('../../results/golden/compare', import.meta.url)))
const isHalf = ({ role, engine, workload }: TrialRow): boolean =>
  role === 'half-load' && engine === 'dstream' && workload === 'word-count'
const firstHalf = run.trials.find(isHalf)!

/** The golden run, with changes of the half loads of D-Stream's word-count. */
const changed = (change: Partial<TrialRow>, all = false): readonly TrialRow[] =>
  run.trials.map((row) => (row === firstHalf || (all && isHalf(row)) ? { ...row, ...change } : row))

it.each([
  ['fell behind', { sustained: false }],
  ['was ended at its deadline', { outcome: 'timed-out' }],
] as const)('a trial that %s has no curve, and is named', (_, change) => {
  const of = run.trials.filter(isHalf).length
  const { panels, shown, notHeld } = summarizeLatency(changed(change), run.latency, 'threads')
  const panel = panels.find(
    ({ workload, role }) => workload === firstHalf.workload && role === 'half-load',
  )!
  expect(panel.notHeld).toEqual([{ engine: 'dstream', trials: 1, of }])
  expect(panels.filter((each) => each.notHeld.length > 0)).toEqual([panel])
  const curves = new Set(panel.curve.map(({ engine, repeat }) => `${engine} ${repeat}`))
  expect(curves).not.toContain(`dstream ${firstHalf.repeat}`)
  expect(curves.size).toBe(3)
  expect(notHeld.map((row) => row.trial_id)).toEqual([firstHalf.trial_id])
  expect(shown.map((row) => row.trial_id)).not.toContain(firstHalf.trial_id)

  const some = latencyFigure(run.manifest, changed(change), run.latency, 'threads')!
  expect(JSON.stringify(some.spec)).toContain(`dstream: 1 of ${of} not held, so no latency`)
  const none = latencyFigure(run.manifest, changed(change, true), run.latency, 'threads')!
  expect(JSON.stringify(none.spec)).toContain(`dstream: ${of} of ${of} not held, so no latency`)
})
