/** Trials that their deadline ends are judged as far as they came; those to which something was to happen are not. */
import { expect, it } from 'vitest'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { cannedSpec } from './canned.fixture.ts'
import { runTrial } from './trial.ts'
import { asRun } from './trial-rows.ts'
import { type TrialSpec, verdictOfAll } from './trial-spec.ts'

/** Ended where its input ends, so that the last of its ticks are missing. */
const late: TrialSpec = {
  ...cannedSpec,
  parameters: { interval: '100ms', mode: 'running' },
  world: 'simulated',
  input: { kind: 'lines', records: 200 },
  tick: milliseconds(100),
  warmup: milliseconds(200),
  measured: milliseconds(500),
  grace: 0,
}

it.each(['timely', 'dstream'] as const)('up to the last whole tick: %s', async (engine) => {
  const outcome = await runTrial({ ...late, engine })
  expect(outcome).toMatchObject({ outcome: 'timed-out', verdict: 'valid', reasons: [] })
  expect(outcome.error).toMatch(
    /^every commit by the deadline at 700ms: 8 are missing, the last whole tick is 600ms/,
  )
  expect(outcome).toMatchObject({ cutAt: milliseconds(600), recordsMeasured: 400 })
  expect(asRun(late, outcome).measured).toBe(milliseconds(400))
  expect(outcome.processedPerSecond).toBeGreaterThan(900)
  // Of what became visible by the deadline there is one: what did not took longer.
  expect(outcome.latency).toBeUndefined()
  expect(verdictOfAll(outcome)).toBe('unknown')
})

it('not where no tick that is measured is whole', async () => {
  const outcome = await runTrial({
    ...late,
    warmup: milliseconds(600),
    measured: milliseconds(100),
  })
  expect(outcome).toMatchObject({ outcome: 'timed-out', verdict: 'unknown' })
  expect(outcome.cutAt).toBeUndefined()
})

it.each([
  ['a fault', { faults: [{ kind: 'kill', process: 1, at: milliseconds(300) }] }],
  ['a burst', { burst: { from: milliseconds(300), until: milliseconds(400), rate: 2_000 } }],
] as const)('not with %s, after which a run has to come to its end', async (_, change) => {
  const outcome = await runTrial({ ...late, ...change })
  expect(outcome).toMatchObject({ outcome: 'timed-out', verdict: 'unknown' })
  expect(outcome.cutAt).toBeUndefined()
})

it('one that comes to its end is judged as a whole', async () => {
  const outcome = await runTrial({ ...late, grace: seconds(1) })
  expect(outcome).toMatchObject({ outcome: 'completed', verdict: 'valid' })
  expect(outcome.cutAt).toBeUndefined()
  expect(outcome.latency).toBeDefined()
  expect(verdictOfAll(outcome)).toBe('valid')
})
