/**
 * Both engines on real threads under faults of every kind, several at once: right by the workload's oracle, and each fault has a
 * witness that it hit something. What they do to scripted processes is in `world/threads/faults/faults.threads.test.ts`.
 */
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../../engines/core/conformance/scenario.ts'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { ENGINES } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { INTERVAL_MS, rightOnThreads } from './on-threads.fixture.ts'

const FOREVER = { at: 0, length: Number.POSITIVE_INFINITY } as const

const between = (from: number, to: number) => ({
  at: milliseconds(from),
  length: milliseconds(to - from),
})

const BOTH_WAYS = [
  { from: 0, to: 1 },
  { from: 1, to: 0 },
]

/** Process 2 is the driver, of an engine that has one. */
const FROM_ONE = [
  { from: 1, to: 0 },
  { from: 1, to: 2 },
]

const PLANS: Readonly<Record<string, FaultPlan>> = {
  'a slow worker, another that is fenced while it stands still, a disk that is slow and tears': [
    { kind: 'slow', process: 0, ...FOREVER, share: 0.5 },
    { kind: 'pause', process: 1, at: milliseconds(330), length: seconds(600) },
    { kind: 'storage', what: 'slow', ...FOREVER, factor: 2, share: 1 },
    { kind: 'storage', what: 'torn', ...FOREVER, factor: 1, share: 0.2 },
  ],
  'links that lose, double, delay and reorder, a split longer than the detector waits, a clock that is behind':
    [
      { kind: 'duplicate', ...FOREVER, links: BOTH_WAYS, by: 0, share: 0.1 },
      { kind: 'delay', ...FOREVER, links: BOTH_WAYS, by: milliseconds(1), share: 0.1 },
      { kind: 'reorder', ...FOREVER, links: BOTH_WAYS, by: milliseconds(1), share: 0.1 },
      { kind: 'drop', ...FOREVER, links: BOTH_WAYS, by: 0, share: 0.05 },
      // Four times as long as the detector waits: who watches may stand still on a busy machine, and says so.
      { kind: 'split', ...between(400, 2_000), links: FROM_ONE },
      { kind: 'skew', process: 0, ...FOREVER, by: -milliseconds(30) },
    ],
}

const workload = workloadNamed('word-count')
const parameters = { interval: `${INTERVAL_MS}ms` }

describe.each(ENGINES)('%s', (engine) => {
  it.each(Object.entries(PLANS))('%s', async (_, faults) => {
    const record = await rightOnThreads(engine, { workload, parameters, faults })
    const hits = eventsOf(record, 'fault-ended').map(({ fields }) => [fields.fault, fields.hits])
    expect(hits.map(([fault]) => fault).sort()).toEqual([...faults.keys()])
    for (const [fault, times] of hits) expect(times, `fault ${fault}`).toBeGreaterThan(0)
    expect(eventsOf(record, 'generation-issued').length).toBeGreaterThan(0)
  })
})
