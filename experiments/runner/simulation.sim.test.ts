/**
 * Trials in the simulated world: equal seeds give equal traces, scales agree, a cluster of 20 nodes runs.
 *
 * All in virtual time: nothing here depends on how fast this machine is.
 */
import { describe, expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { cannedSpec } from './canned.fixture.ts'
import { sampledRate, shapeOf } from './simulation-spec.ts'
import { runTrial, TRIAL_DEFAULTS } from './trial.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

const ENGINES = ['timely', 'dstream'] as const

function specOf(changes: Partial<TrialSpec> = {}): TrialSpec {
  return {
    ...cannedSpec,
    parameters: { mode: 'running' },
    input: { kind: 'lines', records: 40_000 },
    engine: 'dstream',
    world: 'simulated',
    tick: milliseconds(500),
    rate: 2_000,
    timely: { ...TRIAL_DEFAULTS.timely, flushInterval: milliseconds(500) },
    grace: seconds(20),
    ...changes,
  }
}

/**
 * What all processes worked, and the longest interval from the end of a tick to its last commit: the record that waits
 * longest is due at the beginning of its tick. Both in ns.
 */
function workOf({ cpuNs, latency }: TrialOutcome, tick: number) {
  return { work: cpuNs.reduce((sum, ns) => sum + ns, 0), interval: latency!.max - tick }
}

describe.each(ENGINES)('%s', (engine) => {
  it.each([
    ['cores of their own', {}],
    [
      'shared cores and stalls',
      {
        processesPerNode: 3,
        coresPerNode: 1,
        stalls: [
          [0, 0.5],
          [100_000, 0],
        ],
      },
    ],
  ] as const)('has the trace of its seed, with %s', async (_, simulation) => {
    const run = async (seed: number) =>
      (await runTrial(specOf({ engine, seed, simulation }))).traceHash
    const first = await run(1)
    expect(await run(1)).toBe(first)
    expect(await run(2)).not.toBe(first)
  })

  it('knows what of the CPU time was in the measured interval', async () => {
    const spec = specOf({ engine, warmup: seconds(1), measured: seconds(3) })
    const { cpuNs, cpuNsMeasured } = await runTrial(spec)
    const sum = (all: readonly number[]) => all.reduce((total, ns) => total + ns, 0)
    // Three of four seconds, but for batches that are in progress at its ends.
    expect(sum(cpuNsMeasured) / sum(cpuNs)).toBeGreaterThan(0.55)
    expect(sum(cpuNsMeasured) / sum(cpuNs)).toBeLessThan(0.8)
  })

  it('pays for parking, and nothing for standing still', async () => {
    const work = async (parkNs: number) => {
      const outcome = await runTrial(
        specOf({ engine, simulation: { costs: { ...NOMINAL_COSTS, parkNs } } }),
      )
      return outcome.cpuNs.reduce((sum, ns) => sum + ns, 0)
    }
    const [free, paid] = [await work(0), await work(1_000)]
    // Each process parks for every tick, more often than once and less than each ms.
    const perProcess = (paid - free) / 1_000 / 3
    expect(perProcess).toBeGreaterThan(6)
    expect(perProcess).toBeLessThan(3_000 * 3)
  })

  it.runIf(engine === 'dstream')('pays for a driver’s parks by their own price', async () => {
    const workers = 2
    const work = async (coordinatorParkNs: number) => {
      const simulation = { costs: { ...NOMINAL_COSTS, parkNs: 1_000, coordinatorParkNs } }
      const { cpuNs } = await runTrial(specOf({ engine, simulation }))
      return { workersNs: cpuNs.slice(0, workers), driverNs: cpuNs[workers]! }
    }
    const [free, paid] = [await work(0), await work(1)]
    expect(paid.workersNs).toEqual(free.workersNs)
    expect(paid.driverNs).toBeGreaterThan(free.driverNs)
  })

  it('latency from the reading on stands still while a backlog grows, and leaves out the wait for a tick', async () => {
    const tick = milliseconds(20)
    const at = async (read: number) => {
      const costs = { ...NOMINAL_COSTS, kernels: { ...NOMINAL_COSTS.kernels, read } }
      const timely = { ...TRIAL_DEFAULTS.timely, flushInterval: tick }
      const spec = specOf({ engine, rate: 20_000, tick, timely, simulation: { costs } })
      const outcome = await runTrial(spec)
      expect(outcome.verdict, outcome.reasons.join()).toBe('valid')
      return { due: outcome.latency!, sent: outcome.sentLatency! }
    }
    // Two workers read 10,000 records a second.
    const overload = await at(200_000)
    expect(overload.due.p50).toBeGreaterThan(overload.sent.p50 * 10)
    expect(overload.sent.max).toBeLessThan(overload.sent.p50 * 2)
    const quiet = await at(NOMINAL_COSTS.kernels.read!)
    expect(quiet.sent.count).toBe(quiet.due.count)
    // Half of the records wait for half of a tick, or longer, until the last of it is read.
    const waited = (quiet.due.p50 - quiet.sent.p50) / tick
    expect(waited).toBeGreaterThan(0.4)
    expect(waited).toBeLessThan(0.6)
  })

  it('a parked process is late for messages and alarms by their latencies', async () => {
    const p50 = async (simulation: TrialSpec['simulation'] = {}) =>
      (await runTrial(specOf({ engine, simulation }))).latency!.p50
    const prompt = await p50()
    expect(await p50({ alarmLatency: milliseconds(2) })).toBeGreaterThan(prompt + milliseconds(1))
    expect(await p50({ wakeLatency: milliseconds(2) })).toBeGreaterThan(prompt + milliseconds(1))
  })

  // A record of a sample stands for up to 1,000: they must be few of those that an interval works on, and grep's is short.
  it.each([
    ['word-count', { mode: 'running' }, 400_000],
    ['word-count', { mode: 'window', length: '2s' }, 400_000],
    ['grep', {}, 2_000_000],
  ])(
    'pays alike for %s %j at the scales 1, 10, 100 and 1,000',
    async (workload, parameters, rate) => {
      const tick = seconds(1)
      const at = async (scale: number) => {
        const timely = { ...TRIAL_DEFAULTS.timely, flushInterval: tick }
        const spec = specOf({ engine, workload, parameters, rate, tick, timely })
        const outcome = await runTrial({ ...spec, simulation: { scale } })
        expect(outcome.verdict, outcome.reasons.join()).toBe('valid')
        return outcome
      }
      const whole = await at(1)
      for (const scale of [10, 100, 1_000]) {
        const sample = await at(scale)
        expect(sample.recordsAll * scale).toBe(whole.recordsAll)
        const { work, interval } = workOf(sample, tick)
        const expected = workOf(whole, tick)
        expect(Math.abs(work / expected.work - 1)).toBeLessThan(0.05)
        expect(Math.abs(interval / expected.interval - 1)).toBeLessThan(0.05)
      }
    },
  )

  it.each(['node-processes', 'core-processes'] as const)('runs on 20 nodes as %s', async (as) => {
    const { workers, partitions, simulation } = shapeOf({ nodes: 20, cores: 2, as })
    const outcome = await runTrial(
      specOf({
        engine,
        workers,
        partitions,
        rate: 1_000_000,
        tick: seconds(1),
        simulation: { ...simulation, scale: 500 },
      }),
    )
    expect(outcome.verdict, outcome.reasons.join()).toBe('valid')
    expect(outcome.ticksCompleted).toBe(3)
    expect(outcome.processedPerSecond).toBeGreaterThan(900_000)
  })
})

it('refuses a scale for keys that no law is known of', async () => {
  const spec = specOf({ parameters: { mode: 'running', prefix: 2 }, simulation: { scale: 10 } })
  await expect(runTrial(spec)).rejects.toThrow('no law')
})

it('charges a node that has cores less for its kernels', async () => {
  const work = async (coresPerProcess: number) =>
    workOf(await runTrial(specOf({ rate: 100_000, simulation: { coresPerProcess } })), 0).work
  const [one, four] = [await work(1), await work(4)]
  expect(four).toBeLessThan(one / 2)
  expect(four).toBeGreaterThan(one / 4)
})

it('samples whole records', () => {
  expect(sampledRate(25_000_000, { scale: 1_000 })).toBe(25_000)
  expect(sampledRate(10, { scale: 100 })).toBe(1)
  expect(sampledRate(10)).toBe(10)
})
