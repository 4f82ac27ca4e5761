/** Conformance: in the simulated world equal seeds give equal traces, byte for byte; other seeds, other traces. */
import { expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import { INTERVAL_MS, type Scenario, SPARSE, type Subject } from './scenario.ts'

const plan = conformancePlan('everything', INTERVAL_MS)
const faults = [{ kind: 'kill', process: 1, at: milliseconds(1_234) }] as const

/** Up to its kill a run is one without faults. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'without faults, plain': { plan, config: { kernels: 'plain', workers: 3, ...SPARSE } },
  'with a killed worker': { plan, faults, config: SPARSE },
  'with a killed worker and survivors': {
    plan,
    faults,
    config: {
      workers: 3,
      replacement: 'survivors',
      timely: { accumulation: 'both' },
      ...SPARSE,
    },
  },
}

export function tracesConform(subject: Subject): void {
  it.each(Object.entries(SCENARIOS))('equal seeds, equal traces: %s', async (_, scenario) => {
    const first = await runRight(subject, scenario)
    const second = await runRight(subject, scenario)
    expect(first.traceHash).toMatch(/^[0-9a-f]{16}$/)
    expect(second.traceHash).toBe(first.traceHash)
    expect(second.history).toEqual(first.history)
    // The hash has what was committed and not when, on which latencies rest.
    expect(second.commits).toEqual(first.commits)
    expect(second.processes).toEqual(first.processes)
    const config = { ...scenario.config, seed: 2 }
    const other = await runRight(subject, { ...scenario, config })
    expect(other.traceHash).not.toBe(first.traceHash)
    expect(commitsByPlace(other)).toEqual(commitsByPlace(first))
  })
}
