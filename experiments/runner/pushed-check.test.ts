/** Pushed input that cannot fit is refused before the run; lines are 100 bytes, so a record takes 105 of the room. */
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { cannedSpec } from './canned.fixture.ts'
import { runTrial, TRIAL_DEFAULTS } from './trial.ts'
import { checkTrial } from './trial-check.ts'
import type { TrialSpec } from './trial-spec.ts'

const MIB = 2 ** 20

/** 3 s of input for two workers, whose receivers have 4 MiB together: 39,945 records. */
function specOf(changes: Partial<TrialSpec> & { readonly checkpointInterval?: number }): TrialSpec {
  const { checkpointInterval = 2e9, ...rest } = changes
  return {
    ...cannedSpec,
    world: 'simulated',
    tick: 100e6,
    input: { kind: 'lines', records: 1_000 },
    ingest: 'pushed',
    timely: { ...TRIAL_DEFAULTS.timely, recovery: 'checkpoint', checkpointInterval },
    workerMemoryBytes: 8 * MIB,
    grace: 30e9,
    ...rest,
  }
}

describe('two checkpoint intervals of pushed input', () => {
  it('are refused where they surely do not fit, with an interval that does', async () => {
    await expect(checkTrial(specOf({ rate: 14_000 }))).rejects.toThrow(
      '--checkpoint-interval 2s with --ingest pushed on timely: 4.206MiB of input to hold at once, and room for 4MiB. ' +
        'Blocks stay for 2 checkpoint intervals, in 0.25 of the memory of all workers. ' +
        'Give --checkpoint-interval 700ms, a lower --rate or more --worker-memory.',
    )
  })

  it.each<[string, TrialSpec]>([
    ['fit', specOf({ rate: 13_000 })],
    ['are short', specOf({ rate: 14_000, checkpointInterval: 700e6 })],
    ['are longer than the run', specOf({ rate: 13_000, checkpointInterval: 100e9 })],
    ['are read from a log', specOf({ rate: 14_000, ingest: 'log' })],
    ['are for no recovery', specOf({ rate: 14_000, timely: TRIAL_DEFAULTS.timely })],
    ['have more memory', specOf({ rate: 14_000, workerMemoryBytes: 9 * MIB })],
  ])('are accepted where they %s', async (_, spec) => {
    await checkTrial(spec)
  })

  it('count from the history, at its rate', async () => {
    const history = { duration: 4e9, rate: 11_000 }
    await expect(checkTrial(specOf({ rate: 1_000, history }))).rejects.toThrow(/4\.406MiB of input/)
    const thin = { duration: 4e9, rate: 1_000 }
    await expect(checkTrial(specOf({ rate: 14_000, history: thin }))).rejects.toThrow(/4\.206MiB/)
  })

  it('advise no interval where none is short enough', async () => {
    const spec = specOf({ rate: 2_000_000 })
    await expect(checkTrial(spec)).rejects.toThrow(/Give a lower --rate or more --worker-memory\.$/)
  })

  it('that are refused would have failed, and what is advised is right', async () => {
    const refused = await runTrial(specOf({ rate: 14_000 }))
    expect(refused).toMatchObject({ outcome: 'failed', errorCode: 'capacity' })
    const advised = await runTrial(specOf({ rate: 14_000, checkpointInterval: 700e6 }))
    expect(advised).toMatchObject({ outcome: 'completed', verdict: 'valid' })
  })
})

describe('a batch of pushed input', () => {
  const batch = (rate: number): TrialSpec =>
    specOf({ engine: 'dstream', parameters: { interval: '3s' }, tick: 1e9, rate })

  it('is refused where it surely does not fit', async () => {
    const trial = checkTrial(batch(41_000))
    await expect(trial).rejects.toThrow(ConfigurationError)
    await expect(trial).rejects.toThrow(
      /^--tick 1s with --ingest pushed on dstream: 4\.106MiB .* Give a shorter --tick, a lower --rate/,
    )
  })

  it('is accepted where it fits', async () => {
    await checkTrial(batch(39_000))
  })
})
