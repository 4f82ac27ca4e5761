/** The claims of the simulated world, from rows alone. */
import { expect, it } from 'vitest'
import type { ClaimRow } from '../experiment.ts'
import { validateClaims } from './claims.ts'

const row = (world: 'threads' | 'simulated', changes: Partial<ClaimRow>): ClaimRow =>
  ({
    engine: 'timely',
    workload: 'grep',
    workers: 1,
    role: 'maximum',
    offered_records_per_s: 100,
    verdict: 'valid',
    ...changes,
    world,
  }) as ClaimRow

const pair = (workers: number, real: number, imagined: number): readonly ClaimRow[] => [
  row('threads', { workers, throughput_records_per_s: real }),
  row('simulated', { workers, throughput_records_per_s: imagined }),
]

const [throughput, p50] = validateClaims

it('hold when every pair is within the bound', () => {
  const rows = [...pair(1, 100, 114), ...pair(2, 100, 86)]
  expect(throughput!.judge(rows)).toEqual({
    state: 'holds',
    evidence: '2 of 2 pairs within 15 %, median distance 14.0 %; 0 of 2 not steady',
  })
})

it('hold in shape when the median is, and fail when it is not', () => {
  const near = [...pair(1, 100, 110), ...pair(2, 100, 95)]
  expect(throughput!.judge([...near, ...pair(3, 100, 200)]).state).toBe('holds in shape')
  expect(throughput!.judge([...pair(1, 100, 110), ...pair(2, 100, 300)]).state).toBe('fails')
})

it('tests no pair whose repeats are further apart than the bound, and does not hold with one', () => {
  const unsteady = (workers: number) => [
    row('threads', { workers, throughput_records_per_s: 108 }),
    ...pair(workers, 92, 100),
  ]
  const steady = pair(1, 100, 101)
  expect(throughput!.judge([...steady, ...unsteady(2)])).toEqual({
    state: 'holds in shape',
    evidence: '1 of 1 pairs within 15 %, median distance 1.0 %; 1 of 2 not steady',
  })
  expect(throughput!.judge([...steady, ...unsteady(2), ...unsteady(3)])).toEqual({
    state: 'cannot be tested here',
    evidence: '2 of 3 not steady',
  })
  const beyond = [
    row('threads', { workers: 2, throughput_records_per_s: 160 }),
    ...pair(2, 200, 100),
  ]
  expect(throughput!.judge([...steady, ...beyond])).toMatchObject({
    evidence: expect.stringMatching(/^1 of 2 pairs within 15 %.*; 0 of 2 not steady$/),
  })
})

it('compare each repeat with the simulation of its own', () => {
  const drifted = [...pair(1, 100, 110), ...pair(1, 50, 54), ...pair(1, 200, 216)]
  expect(throughput!.judge(drifted)).toEqual({
    state: 'holds',
    evidence: '1 of 1 pairs within 15 %, median distance 8.0 %; 0 of 1 not steady',
  })
})

it('say nothing without a valid pair', () => {
  const [threads, simulated] = pair(1, 100, 100)
  const rows = [threads!, { ...simulated!, verdict: 'invalid' } as ClaimRow]
  expect(throughput!.judge(rows).state).toBe('cannot be tested here')
  expect(p50!.judge(pair(1, 100, 100)).state).toBe('cannot be tested here')
})
