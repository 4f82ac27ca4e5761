/** How long children may take, and that one that takes longer is ended and told by name. */
import { expect, it } from 'vitest'
import { DeadlineError } from '../../engines/core/errors.ts'
import { runBaselineIsolated } from './baseline-isolated.ts'
import { cannedSpec } from './canned.fixture.ts'
import { baselineLimitMs, trialLimitMs } from './child-limits.ts'
import { runIsolated } from './isolate.ts'
import { PRINTED } from './trial-spec.ts'

const ALLOWANCE_MS = 1_200_000

it('a trial has its time and twice its grace, where the clock is real and its rows wait for nobody', () => {
  expect(trialLimitMs(cannedSpec)).toBe(5_000 + ALLOWANCE_MS)
  expect(trialLimitMs({ ...cannedSpec, saved: '/some/folder' })).toBe(5_000 + ALLOWANCE_MS)
  expect(trialLimitMs({ ...cannedSpec, world: 'simulated' })).toBe(180_000)
  expect(trialLimitMs({ ...cannedSpec, saved: PRINTED })).toBeUndefined()
  expect(baselineLimitMs({ durationMs: 100 })).toBe(2_000 + ALLOWANCE_MS)
})

const ended = (of: string): RegExp =>
  new RegExp(`^the end of ${of}: its process went on for 1ms and was ended.*\\. .*try again`)

it('a trial whose process goes on for longer is ended', async () => {
  const trial = runIsolated(cannedSpec, { limitMs: 1 })
  await expect(trial).rejects.toThrow(DeadlineError)
  await expect(trial).rejects.toThrow(ended('a trial \\(timely, word-count\\)'))
})

it('so is a baseline’s', async () => {
  const { workload, parameters } = cannedSpec
  const input = { kind: 'lines', records: 1_000 } as const
  const spec = { workload, parameters, input, durationMs: 1e6 }
  const baseline = runBaselineIsolated(spec, undefined, 1)
  await expect(baseline).rejects.toThrow(DeadlineError)
  await expect(baseline).rejects.toThrow(ended('a baseline \\(word-count\\)'))
})
