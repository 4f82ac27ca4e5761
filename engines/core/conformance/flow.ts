/**
 * Conformance: sources stop when what is behind them does not keep up, and memory does not depend on how long that lasts.
 *
 * Overload is made by the cost model (records that cost three times the time that there is for them) and by the network
 * (links that carry a third of what is exchanged). The input is a log, so nothing is lost: results come late, and right.
 */
import { expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../cost/cost-model.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos, seconds } from '../units.ts'
import { SESSION_LIMITS } from '../world/session-limits.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import { INTERVAL_MS, type Scenario, type Subject } from './scenario.ts'

const WORKERS = 2
const RATE = 2_000

const scenario = (duration: Nanos): Scenario => ({
  plan: conformancePlan('reduceByWindow, inverse', INTERVAL_MS),
  config: {
    workers: WORKERS,
    tick: milliseconds(200),
    input: { rate: RATE, duration },
    // A step that costs this much, and heartbeats behind this much data, are slow, not dead.
    detector: { heartbeat: milliseconds(200), timeout: seconds(15) },
  },
  // Different words in each line: combining before the exchange saves little.
  lines: Array.from({ length: 1_000 }, (_, line) => `line-${line} of-${line % 333} river`),
})

/** A record costs this many times what a worker has for it. */
function overloaded(factor: number, duration: Nanos): Scenario {
  const costNs = Math.round((1e9 / RATE) * WORKERS * factor)
  const kernels = { other: 0, read: costNs }
  return { ...scenario(duration), options: { costs: { ...NOMINAL_COSTS, kernels } } }
}

/**
 * Outboxes that are soon full: a source that did not stop when they are half full would end the run by a
 * `CapacityError`. Links take seconds for what is in flight on them, and nothing is lost.
 */
function throttled(duration: Nanos): Scenario {
  const { config, ...rest } = scenario(duration)
  const session = { ...SESSION_LIMITS, dataOutboxBytesMax: 128 * 1024 }
  return {
    ...rest,
    config: { ...config, input: { rate: 6_000, duration }, tick: milliseconds(50) },
    options: { session, network: { ...NETWORK, bytesPerSecond: 50_000 } },
  }
}

const memoryOf = (record: RunRecord): number =>
  Math.max(...record.processes.map(({ memoryBytesMax }) => memoryBytesMax))

const lagOf = (record: RunRecord): Nanos =>
  Math.max(...record.commits.map(({ tick, visibleAt }) => visibleAt - tick))

export function flowConforms(subject: Subject): void {
  it('three times too much work: late, right, and in the same memory', async () => {
    const calm = await runRight(subject, overloaded(0.3, milliseconds(2_400)))
    const short = await runRight(subject, overloaded(3, milliseconds(2_400)))
    const long = await runRight(subject, overloaded(3, milliseconds(4_800)))
    expect(lagOf(calm)).toBeLessThan(milliseconds(400))
    expect(lagOf(short)).toBeGreaterThan(milliseconds(2_400))
    expect(lagOf(long)).toBeGreaterThan(lagOf(short) * 1.5)
    expect(memoryOf(short)).toBeLessThan(memoryOf(calm) * 2)
    expect(memoryOf(long)).toBeLessThan(memoryOf(short) * 1.1)
  })

  it('links that carry a third of what is exchanged: late, right, and in the same memory', async () => {
    const short = await runRight(subject, throttled(milliseconds(1_600)))
    const long = await runRight(subject, throttled(milliseconds(3_200)))
    expect(lagOf(short)).toBeGreaterThan(milliseconds(1_000))
    expect(lagOf(long)).toBeGreaterThan(lagOf(short) * 1.5)
    expect(memoryOf(long)).toBeLessThan(memoryOf(short) * 1.25)
  })
}
