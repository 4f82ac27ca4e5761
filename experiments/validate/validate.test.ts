/** `validate` with trials that need no thread: what is compared, what is written, when it fails, where the calibration is. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Calibration } from '../../engines/core/cost/calibration.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { readManifest } from '../../results/reader.ts'
import { CALIBRATION_FILE, calibrationHash } from '../micro/calibration-file.ts'
import { processIo } from '../runner/command-io.ts'
import { runTrial } from '../runner/trial.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { validateCommand } from './command.ts'
import { inSituOf } from './in-situ.ts'
import { QUICK_SCALE, rateOf, type ValidateScale } from './pairs.ts'
import { earlierVerdicts, judgementOf, misses, residualSummary, residualsOf } from './residuals.ts'

const SMALL = {
  ...QUICK_SCALE,
  workloads: ['word-count'] as const,
  workers: [1],
  loads: ['overload', 'light'] as const,
  input: { kind: 'lines' as const, records: 1_000 },
  warmup: milliseconds(200),
  measured: milliseconds(400),
  repeats: { overload: 2, light: 2, heavy: 2 },
  overloadsMax: 2,
  cores: 2,
  rateFactor: 0.002,
}
const MICRO = {
  size: { lines: 1_200, tableLines: 600, repetitions: 8 },
  timing: { batches: 2, timeMs: 1, warmupMs: 1 },
  wakes: 3,
}

let results = ''
beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'streamgauge-validate-'))
})
afterEach(() => rmSync(results, { recursive: true, force: true }))

/** By what was run: a trial of one world is the other's, and most are the same in each test. */
const outcomes = new Map<string, Promise<TrialOutcome>>()

function outcomeOf(spec: TrialSpec): Promise<TrialOutcome> {
  const name = JSON.stringify(spec)
  const known = outcomes.get(name) ?? runTrial(spec)
  outcomes.set(name, known)
  return known
}

/** Runs `validate` on a world that is the same under both names, but for what `change` does to the simulated one. */
async function validated(
  change: (outcome: TrialOutcome) => TrialOutcome,
  onThreads: (outcome: TrialOutcome, trial: number) => TrialOutcome = (outcome) => outcome,
  scale: ValidateScale = SMALL,
) {
  const worlds: string[] = []
  const specs: TrialSpec[] = []
  const printed: string[] = []
  const trial = async (spec: TrialSpec): Promise<TrialOutcome> => {
    const { simulation, ...rest } = spec
    specs.push(spec)
    worlds.push(`${spec.world}${simulation?.stalls ? ' with stalls' : ''}`)
    const ran = await outcomeOf({ ...rest, world: 'simulated' })
    if (spec.world === 'simulated') return change(ran)
    const outcome = onThreads(ran, worlds.filter((world) => world === 'threads').length - 1)
    const { latency } = outcome
    return latency ? { ...outcome, stalls: { ...latency, ccdf: [[1_000, 0]] } } : outcome
  }
  const io = processIo({
    signal: new AbortController().signal,
    command: 'npm start -- validate',
    results,
    trial,
    print: (text) => void printed.push(text),
    progress: { isTTY: false, write: () => true } as never,
  })
  const status = await validateCommand({ scale, micro: MICRO }, io)
  const [run] = readdirSync(join(results, 'validate')).filter((name) => name !== 'latest')
  return {
    status,
    worlds,
    specs,
    text: printed.join('\n'),
    folder: join(results, 'validate', run!),
  }
}

it('runs each configuration in both worlds, and writes calibrations, rows and residuals', async () => {
  const { status, worlds, text, folder } = await validated((outcome) => outcome)
  expect(status).toBe(0)
  const times = (world: string) => worlds.filter((each) => each === world).length
  // Two engines; on threads a probe, two repeats of two loads, two calibrations around the overloads, two that are idle.
  expect(times('threads')).toBe(2 * (1 + 2 * 2 + 2 * 3 + 2))
  // Calibrations, of those that spin also the kernels alone; each repeat of the overload, the light load; both with the factor 1;
  // once with stalls.
  expect(times('simulated')).toBe(2 * (5 + 2 + 1 + 2))
  expect(times('simulated with stalls')).toBe(2)
  const calibration = readFileSync(join(folder, CALIBRATION_FILE), 'utf8')
  expect(readManifest(folder).calibrationSha256).toBe(calibrationHash(calibration))
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown[]
  expect(json('residuals.json').length).toBe(2 * (3 + 1))
  const [header, ...lines] = readFileSync(join(folder, 'residuals.csv'), 'utf8').trim().split('\n')
  expect(header).toContain(',residual,residual_low,residual_high,spread,residual_factor_1,')
  expect(lines.length).toBe(2 * (3 + 1))
  expect(json('in-situ.json')).toMatchObject([{ factor: 1 }, { factor: 1 }])
  expect(text).toContain(
    'p50: 2 of 2 within 30 %, 0 not steady: cannot be tested; median distance 0.0 % of all',
  )
  expect(text).toContain('recorded stalls replayed in 2 of 2')
})

it('fails when simulation is far from threads, and says where and why', async () => {
  const { status, text } = await validated((outcome) => {
    const { latency } = outcome
    return latency ? { ...outcome, latency: { ...latency, p50: latency.p50 * 2 } } : outcome
  })
  expect(status).toBe(1)
  expect(text).toContain('p50: 0 of 2 within 30 %')
  expect(text).toMatch(
    /Not within:\n {2}word-count, timely, 1 worker, light, p50: 100.0 %; .*equal work/,
  )
})

it('holds each overload against the costs of its neighbours, and other loads against their median', async () => {
  // Of a subject on threads: probe, two calibrations, overload, two, overload, two; the light load and the idle one twice.
  const cpu = [1, 1, 1, 9, 3, 3, 9, 5, 5, 1, 3, 1, 3]
  const { specs } = await validated(
    (outcome) => outcome,
    (outcome, trial) => ({
      ...outcome,
      cpuNsMeasured: outcome.cpuNsMeasured.map((ns) => ns * cpu[trial % cpu.length]!),
    }),
  )
  const subject = specs.slice(0, specs.length / 2)
  const [probe, parking, spinning] = subject
  expect(parking!.rate).toBeLessThan(probe!.rate)
  expect(spinning!.rate).toBe(parking!.rate)
  expect([parking!.spin, spinning!.spin]).toEqual([undefined, 1e9])
  const costOf = ({ simulation }: TrialSpec) => simulation!.costs!.kernels.read!
  const simulated = subject.filter(({ world }) => world === 'simulated')
  const alone = costOf(simulated[0]!)
  const overloads = simulated.filter(({ rate }) => rate > probe!.rate).map(costOf)
  expect(overloads.map((cost) => cost / alone)).toEqual([1, 2, 4].map((f) => expect.closeTo(f)))
  // Two of the idle load with the micro-benchmarks' costs, then the light load with them, as it is, and with stalls.
  const below = simulated.filter(({ rate }) => rate < parking!.rate).map(costOf)
  expect(below.map((cost) => cost / alone)).toEqual([1, 1, 1, 3, 3].map((f) => expect.closeTo(f)))
})

it('repeats overloads until their median is known well enough, and no more often than it may', async () => {
  const overloadsOf = async (paces: readonly number[]) => {
    const { specs } = await validated(
      (outcome) => outcome,
      (outcome, trial) => {
        const share = paces[trial % paces.length]!
        return { ...outcome, processedPerSecond: outcome.processedPerSecond * share }
      },
      { ...SMALL, overloadsMax: 4 },
    )
    const [probe, parked] = specs
    const subject = specs.slice(
      0,
      specs.findIndex(({ engine }) => engine !== probe!.engine),
    )
    const on = (world: string) => subject.filter((spec) => spec.world === world)
    const parking = on('threads').filter(({ rate, spin }) => rate === parked!.rate && !spin)
    const overloads = (world: string) => on(world).filter(({ rate }) => rate > probe!.rate)
    return [overloads('threads').length, overloads('simulated').length, parking.length]
  }
  // Simulated: with the factor 1, and one for each on threads.
  expect(await overloadsOf([1])).toEqual([2, 3, 3])
  expect(await overloadsOf([1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toEqual([4, 5, 3])
})

it('prints what a model without a simulator would be off', () => {
  const pair = { ...PAIR, workers: 2 }
  const threads = [paced(10e6), paced(20e6)]
  const simulated = [paced(10e6), paced(20e6)]
  const comparison = { ...compared(threads, ...simulated), pair, besideNs: [200, 80] }
  // 2 cores at 200 and 80 ns a record: 10 and 25 M/s.
  expect(residualsOf(comparison as never)).toMatchObject([{ residualOfNull: 0.125 }])
  expect(residualSummary([comparison as never])[0]).toContain('; without a simulator: 1 of 1')
})

const OUTCOME = {
  verdict: 'valid',
  processedPerSecond: 10,
  latency: { p50: 1, p90: 2, p99: 3 },
  recordsAll: 10,
  recordsMeasured: 5,
  cpuNs: [100, 7],
  cpuNsMeasured: [50, 4],
}
const paced = (processedPerSecond: number) => ({ ...OUTCOME, processedPerSecond })
const PAIR = { workload: 'grep', engine: 'timely', workers: 1, load: 'overload' } as const
const compared = (threads: readonly object[], ...simulated: readonly object[]) =>
  ({ pair: PAIR, threads, simulated, alone: simulated[0] }) as Parameters<typeof residualsOf>[0]

it('compares each repeat with a simulation of its own, and takes the median', () => {
  const [slow, fast, late] = [paced(5), paced(20), paced(8)]
  const drifted = compared([slow, fast, late], paced(5.5), paced(22), paced(8))
  expect(residualsOf(drifted)).toMatchObject([
    {
      threads: 8,
      simulated: 8,
      residual: expect.closeTo(0.1),
      low: expect.closeTo(0),
      high: expect.closeTo(0.1),
      spread: expect.closeTo(0.1 / 1.1),
    },
  ])
  expect(judgementOf(residualsOf(drifted)[0]!)).toBe('yes')
  expect(judgementOf(residualsOf(compared([slow, fast, late], paced(8)))[0]!)).toBe('not steady')
})

it('shows what earlier rules say of the same run', () => {
  const wide = compared([5, 20, 8].map(paced), paced(8))
  const steady = compared([9.5, 10, 10.5].map(paced), paced(11))
  expect(earlierVerdicts([wide, steady])).toEqual([
    'throughput by earlier rules: 2 of 2 within, steady or not (the first); 1 of 1 steady within, 1 not steady (the fifth); 1 of 1 steady within, 1 not steady, of the first 7 overloads (the fourth)',
  ])
  // Seven that are far off, and enough others that are not.
  const late = compared(
    [...Array(7).fill(20), ...Array(9).fill(10)].map(paced),
    ...Array(16).fill(paced(10)),
  )
  expect(earlierVerdicts([late])[0]).toMatch(
    /1 of 1 within, steady or not \(the first\); .* \(the fifth\); 0 of 1 steady/,
  )
})

it('compares nothing of a trial that is not valid, or that did nothing', () => {
  expect(residualsOf(compared([OUTCOME, paced(0)], OUTCOME))).toEqual([])
  const invalid = { ...OUTCOME, verdict: 'invalid' }
  expect(residualsOf(compared([OUTCOME, OUTCOME], invalid))).toEqual([])
  expect(residualsOf(compared([OUTCOME, invalid], OUTCOME))).toEqual([])
  const twice = compared([OUTCOME], { ...OUTCOME, processedPerSecond: 20 })
  expect(residualsOf(twice)).toMatchObject([{ quantity: 'throughput', residual: 1 }])
  expect(residualSummary([twice])).toEqual([
    'throughput: 0 of 1 within 15 %, 0 not steady: cannot be tested; median distance 100.0 % of all; by micro alone: 0 of 1',
  ])
})

it('counts repeats that are further apart than the bound neither as within nor as beyond', () => {
  const steady = compared([9.5, 10, 10.5].map(paced), paced(11))
  const unsteady = compared([9, 10, 10.6].map(paced), paced(10))
  const judged = [steady, unsteady].map((each) => judgementOf(residualsOf(each)[0]!))
  expect(judged).toEqual(['yes', 'not steady'])
  // However far apart: all of them are beyond it.
  const beyond = residualsOf(compared([10, 12, 14].map(paced), paced(8)))[0]!
  expect(beyond.spread).toBeGreaterThan(0.15)
  expect(judgementOf(beyond)).toBe('no')
  expect(residualSummary([steady, unsteady])[0]).toContain('1 of 1 within 15 %, 1 not steady')
})

it('loads are shares of the pace that the probe had', () => {
  const pair = { ...PAIR, workers: 2 }
  const calibration = { costs: NOMINAL_COSTS } as Calibration
  const at = (load: 'light' | 'heavy' | 'overload' | 'probe', pace: number) =>
    rateOf({ ...pair, load }, { calibration, scale: { ...QUICK_SCALE, cores: 2 }, pace })
  expect(at('light', 1_000)).toBe(100)
  expect(at('heavy', 1_000)).toBe(350)
  expect(at('overload', 1_000)).toBe(1_700)
  expect(at('probe', 1_000)).toBe(at('probe', 5))
})

it('finds out at once that the results cannot be written, before it measures', async () => {
  const file = join(results, 'a-file')
  writeFileSync(file, '')
  let reported = false
  const io = processIo({
    signal: new AbortController().signal,
    command: 'npm start -- validate',
    results: file,
    trial: runTrial,
    print: () => {},
    progress: {
      isTTY: false,
      write: () => {
        reported = true
        return true
      },
    } as never,
  })
  await expect(validateCommand({ scale: SMALL, micro: MICRO }, io)).rejects.toThrow('open a run')
  expect(reported).toBe(false)
})

it.each([
  [[{ processedPerSecond: 5 }, { processedPerSecond: 30 }], {}, 'interval is 142.9 % wide'],
  [[{}], { cpuNs: [50, 7] }, 'the work is not what was calibrated'],
  [[{}], {}, 'equal work, other waits'],
])(
  'gives as the reason of a miss what the trials tell: %j against %j',
  (threads, simulated, why) => {
    const comparison = compared(
      threads.map((changes) => ({ ...OUTCOME, ...changes })),
      { ...OUTCOME, processedPerSecond: 20, ...simulated },
    )
    expect(misses([comparison])[0]).toContain(why)
  },
)

describe('the calibration in situ', () => {
  const taking = (ns: number, verdict = 'valid') =>
    ({ ...OUTCOME, verdict, cpuNsMeasured: [ns * 5, 1_000] }) as unknown as TrialOutcome
  const NOT = taking(9, 'unknown')
  const costs = { ...NOMINAL_COSTS, stepNs: 100, parkNs: 10 }
  // 80 ns of kernels a record; 1 of coordination, and 60 where there are few records; half a park of 10 ns for each.
  const calibrated = (
    changes: Partial<Record<'parking' | 'spinning' | 'idle', readonly TrialOutcome[]>>,
  ) =>
    inSituOf({
      ...{ workers: 1, costs, parking: [], spinning: [], idle: [], ...changes },
      simulatedParking: taking(86),
      simulatedSpinning: { whole: taking(81), kernels: taking(80) },
      simulatedIdle: { whole: taking(140), kernels: taking(80) },
    })

  it('finds the factors of kernels and of coordination, and what a park costs, by medians', () => {
    // Twice the kernels and twenty times the coordination: 180 and 1,360 ns; parking makes a quarter more of it.
    const inSitu = calibrated({
      spinning: [180, 90, 180, 360].map((ns) => taking(ns)),
      parking: [225, 180, 225, 450].map((ns) => taking(ns)),
      idle: [taking(1_360)],
    })
    expect(inSitu.coordination).toBeCloseTo(10)
    expect(inSitu.costs.dispatchNs).toBeCloseTo(1_000)
    expect(inSitu.costs.stepNs).toBe(100)
    expect(inSitu.costs.kernels).toEqual(costs.kernels)
    expect(inSitu.factor).toBeCloseTo(2)
    // Half a park a record is a quarter of 90 ns.
    expect(inSitu.costs.parkNs).toBeCloseTo(45)
    expect(inSitu.costs.coordinatorParkNs).toBe(10)
    // Around the first overload, the second, the third.
    expect(inSitu.besideNs).toEqual([135, 135, 270])
    expect(inSitu.factors).toEqual([1.5, 1.5, 3].map((factor) => expect.closeTo(factor)))
  })

  it('leaves out what is not valid, and keeps what was there before where it can tell nothing', () => {
    const one = calibrated({
      spinning: [taking(81), taking(162), NOT],
      parking: [taking(86), NOT, taking(300)],
    })
    expect(one).toMatchObject({ spinningNs: [81, 162], parkingNs: [86, 300], coordination: 1 })
    expect(one.factor).toBeCloseTo(1.5)
    expect(one.costs.parkNs).toBeCloseTo(10)
    const none = calibrated({ spinning: [NOT, NOT], parking: [NOT, NOT], idle: [NOT] })
    expect(none).toMatchObject({ costs, factor: 1, factors: [1], coordination: 1 })
    // Less than without a park is no negative cost, nor is an idle load that takes less than kernels alone.
    const less = calibrated({ spinning: [taking(80)], parking: [taking(70)], idle: [taking(70)] })
    expect(less.costs.parkNs).toBe(0)
    expect(less.coordination).toBe(0)
    expect(less.costs.dispatchNs).toBe(0)
  })
})
