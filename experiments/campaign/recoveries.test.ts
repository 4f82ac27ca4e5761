/** What histories tell of recoveries that meet, and which faults hit work in flight, by example. */
import { describe, expect, it } from 'vitest'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { trialOf } from '../../engines/core/conformance/scenario.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent, HistoryFields } from '../../engines/core/metrics/history.ts'
import type { VisibleCommit } from '../../engines/core/output/commit.ts'
import type { Resize } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { hitsOf } from './hits.ts'
import { hitsInFlight } from './in-flight.ts'
import {
  committedAgain,
  hadZombie,
  hitAsItLeft,
  lostDriverInRecovery,
  passedOver,
  recomputedAgain,
  rolledBackAgain,
} from './recoveries.ts'

const told = (
  event: string,
  process = 0,
  fields: HistoryFields = {},
  { ms = 0, incarnation = 1 } = {},
): HistoryEvent => ({ at: milliseconds(ms), process, incarnation, event, fields })

const recordOf = (
  history: readonly HistoryEvent[],
  commits: readonly VisibleCommit[] = [],
): RunRecord => ({
  world: 'simulated',
  outcome: 'completed',
  commits,
  staleCommits: 0,
  rows: [],
  history,
  processes: [],
})

const commit = (tick: number, visible: number): VisibleCommit => ({
  generation: 1,
  output: 0,
  partition: 0,
  tick: milliseconds(tick),
  rows: 0,
  lane0: 0,
  lane1: 0,
  visibleAt: milliseconds(visible),
})

describe('a rollback', () => {
  it('is overtaken by a generation that comes before all have ended theirs', () => {
    const began = [
      told('generation-issued', -1),
      told('rollback-began', 0),
      told('rollback-began', 1),
    ]
    const ended = [told('rollback-ended', 0), told('rollback-ended', 1)]
    const again = told('generation-issued', -1)
    expect(rolledBackAgain(recordOf([...began, ended[0]!, again, ended[1]!]))).toBe(true)
    expect(rolledBackAgain(recordOf([...began, ...ended, again]))).toBe(false)
  })

  it('passes over what is unusable', () => {
    const unusable = told('checkpoint-unusable', 0, { generation: 2 })
    const ended = (generation: number, tick: number) =>
      told('rollback-ended', 0, { generation, tick })
    expect(passedOver(recordOf([unusable, ended(2, 400)]))).toBe(true)
    expect(passedOver(recordOf([unusable, ended(2, 0)]))).toBe(false)
    expect(passedOver(recordOf([unusable, ended(3, 400)]))).toBe(false)
  })
})

it('who is to leave is hit between the instant of its change and its leaving', () => {
  const resize: Resize = { from: 3, steps: [{ at: milliseconds(500), workers: 1 }] }
  const killed = (process: number, ms: number) =>
    told('fault-kill', -1, { process, witnessed: true }, { ms })
  const left = told('worker-left', -1, { process: 2 }, { ms: 540 })
  const isHit = (...history: readonly HistoryEvent[]) =>
    hitAsItLeft(recordOf(history), { resize }, 'kill')
  expect(isHit(killed(2, 510), left)).toBe(true)
  expect(isHit(killed(2, 510))).toBe(true)
  expect(isHit(killed(2, 490), left)).toBe(false)
  expect(isHit(left, killed(2, 560))).toBe(false)
  expect(isHit(killed(0, 510), left)).toBe(false)
  expect(hitAsItLeft(recordOf([killed(2, 510)]), {}, 'kill')).toBe(false)
  expect(hitAsItLeft(recordOf([killed(2, 510)]), { resize }, 'pause')).toBe(false)
})

it('lineage is made again for somebody else, too', () => {
  const issued = told('generation-issued', -1)
  const [planned, completed] = [told('recovery-planned', 3), told('recovery-completed', 3)]
  expect(recomputedAgain(recordOf([issued, planned, issued, planned, completed]))).toBe(true)
  expect(recomputedAgain(recordOf([issued, planned, completed, issued]))).toBe(false)
})

it('a driver is lost while something else is made good', () => {
  const config = { engine: 'dstream', workers: 3 } as const
  const lost = (process: number) => told('fault-kill', -1, { process, witnessed: true })
  const [issued, completed] = [told('generation-issued', -1), told('recovery-completed', 3)]
  expect(lostDriverInRecovery(recordOf([issued, lost(3)]), config)).toBe(true)
  expect(lostDriverInRecovery(recordOf([issued, lost(2)]), config)).toBe(false)
  expect(lostDriverInRecovery(recordOf([issued, completed, lost(3)]), config)).toBe(false)
})

it('a zombie goes on when another life has begun', () => {
  const pause: Fault = { kind: 'pause', process: 1, at: 0, length: milliseconds(400) }
  const paused = told('fault-pause', -1, { fault: 0, process: 1, incarnation: 1 })
  const ended = (ms: number) => told('fault-ended', -1, { fault: 0, hits: 1 }, { ms })
  const born = (ms: number) => told('generation-adopted', 1, {}, { ms, incarnation: 2 })
  expect(hadZombie(recordOf([paused, born(300), ended(400)]), [pause])).toBe(true)
  expect(hadZombie(recordOf([paused, ended(400), born(500)]), [pause])).toBe(false)
  // The run was over before it went on.
  expect(hadZombie(recordOf([paused, born(200), ended(300)]), [pause])).toBe(false)
})

it('a commit is made again', () => {
  expect(committedAgain(recordOf([], [commit(100, 101), commit(200, 201)]))).toBe(false)
  expect(committedAgain(recordOf([], [commit(100, 101), commit(100, 301)]))).toBe(true)
})

describe('faults', () => {
  const at = (ms: number): Fault => ({ kind: 'kill', process: 1, at: milliseconds(ms) })
  const trialWith = (faults: readonly Fault[], rate = 10) => ({
    ...trialOf('timely', {
      plan: conformancePlan('runningReduce, sum', 400),
      config: { partitions: 1, input: { rate, duration: milliseconds(400) } },
    }),
    faults,
  })
  const hit = (fault: number, ms: number, witnessed = true) =>
    told('fault-kill', -1, { fault, process: 1, witnessed }, { ms })

  it('hit work in flight from the instant at which a record is due until it is visible', () => {
    // Records are due at 0, 100, 200 and 300 ms.
    const commits = [commit(100, 130), commit(200, 210), commit(300, 310), commit(400, 410)]
    const trial = trialWith([at(120), at(450)])
    expect(hitsInFlight(trial, recordOf([hit(0, 120), hit(1, 450)], commits))).toBe(1)
    expect(hitsInFlight(trial, recordOf([hit(0, 120, false), hit(1, 450)], commits))).toBe(0)
    expect(hitsInFlight(trialWith([at(120)], 0), recordOf([hit(0, 120)], commits))).toBe(0)
    // What never became visible is on its way for ever.
    expect(hitsInFlight(trial, recordOf([hit(1, 450)], commits.slice(0, 3)))).toBe(1)
  })

  it('that lasted hit something if they changed something', () => {
    const slow: Fault = { kind: 'storage', what: 'torn', at: 0, length: 1, factor: 1, share: 1 }
    const began = told('fault-storage', -1, { fault: 0, what: 'torn', witnessed: true })
    const ended = (hits: number) => told('fault-ended', -1, { fault: 0, hits })
    expect(hitsOf([slow], [began, ended(2)])).toEqual(['torn storage'])
    expect(hitsOf([slow], [began, ended(0)])).toEqual([])
    const later: Fault = { kind: 'kill', process: 1, at: { on: 'recovery', from: 0 } }
    expect(hitsOf([later], [hit(0, 5)])).toEqual(['kill', 'during recovery'])
  })
})
