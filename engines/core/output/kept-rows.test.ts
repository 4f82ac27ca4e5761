/** What is kept of a run's rows: all, or as many of the last ones as will be looked at, whatever the run's length. */
import { expect, it } from 'vitest'
import type { CommittedRows } from './commit.ts'
import { KeptRows, SPARE_ROWS } from './kept-rows.ts'

const EACH = 1_000

function commitOf(tick: number, partition: number, rows: number): CommittedRows {
  const made = Array.from({ length: rows }, (_, at) => [`${tick}/${partition}`, at] as const)
  return { generation: 1, output: 0, partition, tick, rows: made }
}

const rowsOf = (kept: KeptRows): number => kept.all.reduce((sum, { rows }) => sum + rows.length, 0)

it('keeps all, in order, where nobody says how many', () => {
  const kept = new KeptRows()
  const commits = [commitOf(2, 0, 3), commitOf(1, 1, 0), commitOf(1, 0, 2)]
  for (const commit of commits) kept.add(commit)
  expect(kept.all).toEqual(commits)
})

it('keeps of a commit the last rows that will be looked at', () => {
  const kept = new KeptRows(2)
  kept.add(commitOf(1, 0, 5))
  kept.add(commitOf(2, 0, 0))
  expect(kept.all.map(({ tick, rows }) => [tick, rows.map(([, at]) => at)])).toEqual([[1, [3, 4]]])
})

it('never holds much more than it is asked for, and the latest', () => {
  const kept = new KeptRows(EACH)
  const most = 2 * (EACH + SPARE_ROWS)
  const last = (3 * most) / EACH
  for (let tick = 1; tick <= last; tick++) {
    // One that comes late, and one again.
    kept.add(commitOf(tick % 7 === 0 ? tick - 3 : tick, tick % 4, EACH))
    expect(rowsOf(kept)).toBeLessThanOrEqual(most)
  }
  const ticks = new Set(kept.all.map(({ tick }) => tick))
  for (let tick = last - SPARE_ROWS / EACH; tick <= last; tick++) {
    if (tick % 7 !== 0) expect(ticks).toContain(tick)
  }
})
