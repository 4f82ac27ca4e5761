/** The null engine is judged as any other, by an oracle that counts. */
import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { cannedSpec } from './canned.fixture.ts'
import { nullOracle } from './null-oracle.ts'
import { runTrial } from './trial.ts'
import { trialRow } from './trial-rows.ts'
import type { TrialSpec } from './trial-spec.ts'

const spec: TrialSpec = {
  ...cannedSpec,
  workload: 'grep',
  input: { kind: 'lines', records: 700 },
  world: 'simulated',
  isNull: true,
  timely: { ...cannedSpec.timely, recovery: 'none' },
  // Passes the pool several times, and does not end with it.
  rate: 100_003,
  warmup: 20e6,
  measured: 80e6,
}

describe('the null engine', () => {
  it('commits of every tick how many records were due, and is valid by its oracle', async () => {
    const outcome = await runTrial(spec)
    expect(outcome).toMatchObject({ outcome: 'completed', verdict: 'valid', ticksCompleted: 10 })
    expect(outcome.recordsAll).toBeGreaterThan(10_000)
    expect(outcome.rowsCommitted).toBe(outcome.recordsMeasured)
    const of = { trialId: 't', role: 'probe', repeat: 1, repeats: 1, clockResolutionNs: 1 } as const
    expect(trialRow(spec, outcome, of, { cores: 2 }).engine).toBe('null')
  })

  it('has an oracle of how many records are due, of their bytes and of where they lie', () => {
    const pool = poolBytesOf(['a', 'bb', 'ccc'])
    const expected = (rate: number) => [
      ...nullOracle.expect({
        pool,
        partitions: 2,
        input: { rate, duration: 2e9 },
        ticks: [1e9, 2e9],
      }),
    ]
    const digest = (rows: number, lane0: number, lane1: number) => ({ rows, lane0, lane1 })
    // Records of 2, 3 and 4 bytes at 0, 2 and 5; the second partition begins with the second one.
    expect(expected(4)).toEqual([
      { output: 0, tick: 1e9, digests: [digest(2, 5, 2), digest(2, 7, 7)] },
      { output: 0, tick: 2e9, digests: [digest(2, 6, 5), digest(2, 5, 2)] },
    ])
    // Six passes and two records.
    expect(expected(40)[0]!.digests[0]).toEqual(digest(20, 6 * 9 + 5, 6 * 7 + 2))
  })
})
