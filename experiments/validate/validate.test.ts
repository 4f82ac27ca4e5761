/** `validate` with canned trials: what is compared, what is written, and that the calibration is in the run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { milliseconds } from '../../engines/core/units.ts'
import { readManifest } from '../../results/reader.ts'
import { CALIBRATION_FILE, calibrationHash } from '../micro/command.ts'
import { processIo } from '../runner/command-io.ts'
import { runTrial } from '../runner/trial.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { validateCommand } from './command.ts'
import { pairsOf, QUICK_SCALE } from './pairs.ts'
import { residualSummary, residualsOf } from './residuals.ts'

const SMALL = {
  ...QUICK_SCALE,
  workloads: ['word-count'] as const,
  workers: [1],
  loads: ['light', 'overload'] as const,
  input: { kind: 'lines' as const, records: 1_000 },
  warmup: milliseconds(200),
  measured: milliseconds(400),
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

it('runs each configuration in both worlds, and writes calibration, rows and residuals', async () => {
  const worlds: string[] = []
  const printed: string[] = []
  // Both worlds are simulated here, one of them with other costs: threads are slow to start and belong to real runs.
  const trial = (spec: TrialSpec): Promise<TrialOutcome> => {
    worlds.push(spec.world)
    return runTrial({ ...spec, world: 'simulated' })
  }
  const io = processIo({
    signal: new AbortController().signal,
    command: 'npm start -- validate',
    results,
    trial,
    print: (text) => void printed.push(text),
    progress: { isTTY: false, write: () => true } as never,
  })
  expect(await validateCommand({ scale: SMALL, micro: MICRO }, io)).toBe(0)
  expect(worlds).toHaveLength(pairsOf(SMALL).length * 2)
  expect(worlds.filter((world) => world === 'threads')).toHaveLength(pairsOf(SMALL).length)
  const [run] = readdirSync(join(results, 'validate')).filter((name) => name !== 'latest')
  const folder = join(results, 'validate', run!)
  const calibration = readFileSync(join(folder, CALIBRATION_FILE), 'utf8')
  expect(readManifest(folder).calibrationSha256).toBe(calibrationHash(calibration))
  const residuals = JSON.parse(readFileSync(join(folder, 'residuals.json'), 'utf8')) as unknown[]
  expect(residuals.length).toBe(2 * (3 + 1))
  expect(printed.join('\n')).toContain('p50')
})

it('compares nothing of a trial that is not valid', () => {
  const outcome = { verdict: 'valid', processedPerSecond: 10, latency: { p50: 1, p90: 2, p99: 3 } }
  const invalid = { ...outcome, verdict: 'invalid' }
  const pair = { workload: 'grep', engine: 'timely', workers: 1, load: 'overload' } as const
  const comparison = (threads: object, simulated: object) =>
    ({ pair, threads, simulated }) as Parameters<typeof residualsOf>[0]
  expect(residualsOf(comparison(outcome, invalid))).toEqual([])
  const twice = comparison(outcome, { ...outcome, processedPerSecond: 20 })
  expect(residualsOf(twice)).toMatchObject([{ quantity: 'throughput', residual: 1 }])
  expect(residualSummary([twice])).toEqual([
    'throughput: 0 of 1 within 15 %, median distance 100.0 %',
  ])
})
