/**
 * How long a death goes unnoticed by default: at most a second, wherever between two heartbeats it comes (issue 5, "How fast"). In
 * virtual time, so a machine that stands still is not in it.
 */
import { describe, expect, it } from 'vitest'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { cannedSpec } from './canned.fixture.ts'
import { runTrial, TRIAL_DEFAULTS } from './trial.ts'
import type { TrialSpec } from './trial-spec.ts'

const { heartbeat, timeout } = TRIAL_DEFAULTS.detector

/** Of the time between two heartbeats. */
const PHASES = 8

const CHECKPOINTS = { checkpointInterval: seconds(1) }

async function detectionOf(
  change: Pick<TrialSpec, 'engine'> & { readonly killed: number },
  phase: number,
): Promise<number> {
  const { killed, engine } = change
  const outcome = await runTrial({
    ...cannedSpec,
    engine,
    world: 'simulated',
    input: { kind: 'lines', records: 1_000 },
    parameters: { mode: 'running' },
    tick: milliseconds(100),
    timely: {
      ...TRIAL_DEFAULTS.timely,
      ...CHECKPOINTS,
      recovery: 'checkpoint',
      flushInterval: milliseconds(100),
    },
    dstream: { ...TRIAL_DEFAULTS.dstream, ...CHECKPOINTS },
    faults: [
      {
        kind: 'kill',
        process: killed,
        at: milliseconds(1_510) + Math.floor((phase * heartbeat) / PHASES),
      },
    ],
    grace: seconds(20),
  })
  expect(outcome.reasons).toEqual([])
  expect(outcome.verdict).toBe('valid')
  const [{ witnessedAt, detectedAt } = {}] = outcome.recoveries!
  return detectedAt! - witnessedAt!
}

describe.each([
  ['a worker of timely', { engine: 'timely', killed: 1 }],
  ['a worker of dstream', { engine: 'dstream', killed: 1 }],
  ['the driver of dstream', { engine: 'dstream', killed: 2 }],
] as const)('%s', (_, change) => {
  it('is missed within a second of its death, at each phase of its heartbeats', async () => {
    const lengths: number[] = []
    for (let phase = 0; phase < PHASES; phase++) lengths.push(await detectionOf(change, phase))
    expect(Math.max(...lengths)).toBeLessThanOrEqual(seconds(1))
    // Phases are of heartbeats, or nothing was tried.
    expect(Math.max(...lengths)).toBeGreaterThan(timeout)
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeGreaterThan(heartbeat / 2)
  })
})
