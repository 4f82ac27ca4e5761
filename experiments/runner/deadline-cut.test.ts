/** What a deadline may cut off is late; what others have left behind is lost. */
import { expect, it } from 'vitest'
import { TickLog } from '../../engines/core/input/tick-log.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import type { ExpectedCommits } from '../../engines/core/output/expected-commits.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { cannedSpec } from './canned.fixture.ts'
import { cutAtDeadline } from './deadline-cut.ts'
import { configOf } from './trial.ts'

const TICK = milliseconds(10)
/** The input lasts 3 s. */
const DEADLINE = seconds(6)
const PARTITIONS = [0, 1, 2, 3]
const spec = { ...cannedSpec, tick: TICK, partitions: PARTITIONS.length }
/** Up to 4 batches are in flight, and who is silent for a second is given up for dead. */
const config = configOf(spec)

/** What is visible by the deadline, in order. `pace`: how many times its length a tick of a partition takes. */
function commitsAt(pace: (partition: number) => number, period = TICK): VisibleCommit[] {
  return PARTITIONS.flatMap((partition) => {
    const until = Math.min(config.input.duration, DEADLINE / pace(partition))
    return Array.from({ length: Math.floor(until / period) }, (_, place) => {
      const tick = (place + 1) * period
      const visibleAt = tick * pace(partition)
      return { generation: 1, output: 0, partition, tick, visibleAt, rows: 0, lane0: 0, lane1: 0 }
    })
  }).sort((one, other) => one.visibleAt - other.visibleAt)
}

/** Where they are cut, if they are. */
function cutOf(commits: readonly VisibleCommit[], period = TICK): number | undefined {
  const output: ExpectedCommits = { output: 0, partitions: PARTITIONS, ticks: new TickLog(period) }
  const record = { world: 'simulated', outcome: 'timed-out', commits } as const
  const none = { staleCommits: 0, rows: [], history: [], processes: [] }
  return cutAtDeadline({ ...record, ...none }, spec, config, [output]).cutAt
}

/** Without what partition 0 has committed at an instant, or after it. */
const lostAt = (at: number) => (commit: VisibleCommit) =>
  commit.partition !== 0 || commit.tick !== milliseconds(at)
const stoppedAt = (at: number) => (commit: VisibleCommit) =>
  commit.partition !== 0 || commit.tick <= milliseconds(at)

it('cuts an overload in which all are as far', () => {
  expect(cutOf(commitsAt(() => 3))).toBe(seconds(2))
})

it('cuts one in which a worker falls behind for as long as it lasts', () => {
  // At the deadline 150 ticks lie between them, and nobody stands still.
  expect(cutOf(commitsAt((partition) => (partition < 2 ? 4 : 2)))).toBe(seconds(1.5))
})

it('does not cut where a commit is lost', () => {
  expect(cutOf(commitsAt(() => 3).filter(lostAt(1_500)))).toBeUndefined()
})

it('cuts where commits are out of order by what may be in flight', () => {
  const commits = commitsAt(() => 3)
  expect(cutOf(commits.filter(lostAt(1_960)))).toBeUndefined()
  expect(cutOf(commits.filter(lostAt(1_970)))).toBe(milliseconds(1_960))
})

it('does not cut where a partition stands still for longer than a pause', () => {
  const commits = commitsAt(() => 3)
  // Its last commits are of 4.5 and 5.25 s, those of others of 6 s.
  expect(cutOf(commits.filter(stoppedAt(1_500)))).toBeUndefined()
  expect(cutOf(commits.filter(stoppedAt(1_750)))).toBe(milliseconds(1_750))
})

it('cuts where periods are long and it is few of them behind', () => {
  const period = milliseconds(500)
  expect(cutOf(commitsAt(() => 2, period).filter(stoppedAt(2_000)), period)).toBe(seconds(2))
})
