/** What the report says of a trial beside its numbers: of its faults, and of what a wrong plan of the user's may have done. */
import { expect, it } from 'vitest'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import { seconds } from '../../engines/core/units.ts'
import { cannedOutcome, cannedSpec } from '../runner/canned.fixture.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { joinWarnings, reportTrial, storageWarnings } from './trial-report.ts'

const OUTCOME = cannedOutcome({ rate: 1_000, capacity: 2_000 })

it('of each fault: when it took effect, who noticed, and when it was over', () => {
  const faults: FaultPlan = [
    { kind: 'kill', process: 1, at: seconds(2) },
    { kind: 'kill', process: 0, at: seconds(9) },
  ]
  const hit = {
    witnessedAt: seconds(3),
    detectedAt: seconds(3.5),
    processingAt: seconds(4.25),
    latencyBackAt: seconds(6),
  }
  const outcome = { ...OUTCOME, recoveries: [hit, {}] }
  const history = { duration: seconds(1), rate: 1_000 }
  const lines = reportTrial({ ...cannedSpec, faults, history }, outcome, [])
  expect(lines.filter((line) => line.startsWith('  fault ')).map((line) => line.trim())).toEqual([
    expect.stringMatching(
      /^fault +kill of worker 1: took effect at 2s, suspected after 500ms, processing again after 1.25s, latency back after 3s$/,
    ),
    expect.stringMatching(/^fault +kill of worker 0: took no effect$/),
  ])
})

it('of a fault after which latency was not seen back: how long it took at least', () => {
  const faults: FaultPlan = [{ kind: 'kill', process: 1, at: seconds(2) }]
  const recoveries = [{ witnessedAt: seconds(3), latencyBackAfter: seconds(7.9) }]
  const text = reportTrial({ ...cannedSpec, faults }, { ...OUTCOME, recoveries }, []).join('\n')
  expect(text).toMatch(/worker 1: took effect at 3s, latency back after 4\.9s at the earliest$/m)
})

it.each([
  [{ checkpointsFailed: 1 }, 'storage did not take a checkpoint: '],
  [{ logsFailed: 2 }, "storage did not take 2 times a worker's log: "],
  [{ driverRecordsFailed: 3 }, 'storage did not take 3 records of the driver: '],
])('of what storage refused: %j', (counters, start) => {
  const [warning, ...more] = storageWarnings({ counters })
  expect(warning).toMatch(/ history\.jsonl says why \([a-z-]+-failed|logging-failed\)\.$/)
  expect(warning!.startsWith(start)).toBe(true)
  expect(more).toEqual([])
})

it('of a join whose keys are never equal: a key of each side', () => {
  const apart = { word: 'join', node: 3, left: "'k' (text)", right: '17 (number)' }
  expect(joinWarnings({ joinsApart: [apart] })).toEqual([
    "join (node 3) gave nothing: keys like 'k' (text) came on the left and 17 (number) on the right, and none of a type that came on both. Convert one side with map.",
  ])
  expect(joinWarnings({})).toEqual([])
})

it.each([
  ['a wrong plan of the user’s own', 'mine.ts#counts', 'wrong × 101: output 0', true],
  ['a wrong workload', 'word-count', 'wrong × 101: output 0', false],
  ['a run that is late', 'mine.ts#counts', 'not-completed × 1: timed-out', false],
])('of %s: what may be the cause', (_, workload, reason, isHinted) => {
  const outcome: TrialOutcome = { ...OUTCOME, verdict: 'invalid', reasons: [reason] }
  const text = reportTrial({ ...cannedSpec, workload }, outcome, []).join('\n')
  expect(text).toContain(reason)
  expect(text.includes('changes its arguments')).toBe(isHinted)
})
