/** The micro-benchmarks run small: what they make is held, and that a calibration comes out of them; never a time. */
import { expect, it } from 'vitest'
import { type Calibration, parseCalibration } from '../../engines/core/cost/calibration.ts'
import { costOf } from '../../engines/core/cost/cost-model.ts'
import { calibrationOf, costsOf, inChain } from './calibrate.ts'
import { calibrationDoubts, calibrationText } from './calibration-file.ts'
import { microCases } from './cases.ts'
import { checkOf, measureCase } from './measure.ts'
import { measureWake } from './wake.ts'

const SIZE = { lines: 1_600, tableLines: 800, repetitions: 16 }
const TIMING = { batches: 2, timeMs: 1, warmupMs: 1 }
const ENVIRONMENT = {
  commit: null,
  dirty: null,
  lockfileSha256: null,
  node: 'v24',
  v8: '13',
  nodeFlags: [],
  platform: 'linux x64',
  kernel: '6',
  cpuModel: null,
  cores: 2,
  coresLimit: null,
  governor: null,
  memoryBytes: 1,
  memoryBytesLimit: null,
  clockResolutionNs: 1,
}

it('makes the same from the same input, and something in every case', () => {
  const checks = () =>
    Object.fromEntries(microCases(SIZE).map((each) => [each.name, checkOf(each)]))
  const first = checks()
  expect(checks()).toEqual(first)
  expect(first.words).toBeGreaterThan(512 * 5)
  // Of 1,600 lines.
  expect(first['chain of grep']).toBeGreaterThan(5)
  expect(first['chain of word count']).toBeGreaterThan(1_000)
  expect(first['ring push and poll']).toBe((15 * 16) / 2)
  expect(first['message, small']).toBe(16 * 64)
  expect(first['message, large']).toBe(16 * 16 * 1024)
  expect(first.step).toBe(16 * 6)
  expect(first['task dispatch']).toBeGreaterThan(0)
})

it('times every seam that the issue names', () => {
  const names = microCases(SIZE).map(({ name }) => name)
  for (const seam of ['words', 'hash', 'codec', 'ring push and poll', 'commit']) {
    expect(names).toContain(seam)
  }
  expect(names).toContain('progress update')
  expect(names).toContain('task dispatch')
  expect(new Set(names).size).toBe(names.length)
})

it('makes a calibration with a cost for every seam, which can be read back', () => {
  const results = microCases(SIZE).map((each) => measureCase(each, TIMING))
  const costs = costsOf(results, { parkNs: 4_000, times: 1 })
  for (const seam of ['dispatch', 'progress'] as const) {
    expect(costOf(costs, seam, 1_000)).toBeGreaterThan(0)
  }
  expect(costOf(costs, 'kernel', 1_000, 'words')).toBeGreaterThan(0)
  expect(costs.stepNs).toBeGreaterThan(0)
  const calibration = calibrationOf(results, {
    wakeNs: 1_000,
    alarmNs: 2_000,
    ranShare: 0.99,
    times: 1,
    parkNs: 4_000,
    at: '2026-01-01T00:00:00Z',
    environment: ENVIRONMENT,
  })
  expect(parseCalibration(calibrationText(calibration), 'of this test')).toEqual(calibration)
  // Every cost says which benchmark it is from, in which unit and with what spread.
  const paid = calibration.measured.map(({ paysFor }) => paysFor)
  const { kernels, ...seams } = costs
  for (const kernel of Object.keys(kernels)) {
    if (kernel !== 'other') expect(paid).toContain(`kernels.${kernel}`)
  }
  // `parkNs` is measured with the wake-up, by two threads.
  for (const seam of Object.keys(seams)) if (seam !== 'parkNs') expect(paid).toContain(seam)
  for (const { unit, nsPerUnitDeviation } of calibration.measured) {
    expect(unit).not.toBe('')
    expect(nsPerUnitDeviation).toBeGreaterThanOrEqual(0)
  }
})

it('takes of a kernel what it costs within a chain', () => {
  const ns: Record<string, number> = { read: 1, contains: 9, output: 100, words: 20, combine: 10 }
  // 11 by themselves; 90.
  const times = inChain((name) => ns[name] ?? (name === 'chain of grep' ? 13.2 : 126))
  expect(times).toBeCloseTo((1.2 + 1.4) / 2, 10)
  const results = microCases(SIZE).map((each) => measureCase(each, TIMING))
  const [one, other] = [1, 1.5].map((times) => costsOf(results, { parkNs: 1, times }))
  expect(other!.kernels.words! / one!.kernels.words!).toBeCloseTo(1.5, 2)
  expect(other!.stepNs).toBe(one!.stepNs)
})

it('doubts a calibration of a busy or unsteady machine', () => {
  const cost = { name: 'fold', unit: 'row', nsPerUnit: 10, batches: 9, paysFor: null }
  const of = (ranShare: number, ...deviations: readonly number[]) =>
    calibrationDoubts({
      ranShare,
      measured: deviations.map((nsPerUnitDeviation) => ({ ...cost, nsPerUnitDeviation })),
    } as unknown as Calibration)
  expect(of(1, 1, 1, 1, 1, 2)).toEqual([])
  expect(of(0.9, 1)).toEqual([expect.stringContaining('ran for 90 % of the time')])
  expect(of(1, 1, 2)).toEqual([expect.stringContaining('1 of 2 benchmarks')])
})

it('wakes a thread', async () => {
  let worked = 0
  const wake = await measureWake(5, () => void worked++)
  expect(wake.wakeNs).toBeGreaterThan(0)
  expect(wake.parkNs).toBeGreaterThanOrEqual(0)
  expect(worked).toBeGreaterThanOrEqual(10)
})

it.each([
  ['not JSON', 'not JSON'],
  ['{}', 'version undefined'],
  ['{"version":1}', 'no provenance'],
  ['{"version":1,"provenance":{},"wakeNs":-1}', 'a wake-up of -1 ns'],
  ['{"version":1,"provenance":{},"wakeNs":1,"costs":{}}', 'messageNs of undefined'],
])('refuses the calibration %s', (text, found) => {
  expect(() => parseCalibration(text, 'bad.json')).toThrow(`the calibration bad.json: `)
  expect(() => parseCalibration(text, 'bad.json')).toThrow(found)
})
