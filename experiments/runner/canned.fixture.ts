/** Canned outcomes and a command's surroundings for tests: a clock that only trials move, and nothing that is measured. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../results/manifest.ts'
import type { BaselineRate } from './baseline-trial.ts'
import type { CommandIo } from './command-io.ts'
import { TRIAL_DEFAULTS } from './trial.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

/** WordCount on timely, on threads. */
export const cannedSpec: TrialSpec = {
  workload: 'word-count',
  parameters: {},
  input: { kind: 'lines' },
  engine: 'timely',
  world: 'threads',
  workers: 2,
  partitions: 8,
  tick: 10e6,
  rate: 1_000,
  warmup: 1e9,
  measured: 2e9,
  seed: 1,
  kernels: 'columns',
  digests: true,
  timely: TRIAL_DEFAULTS.timely,
  dstream: TRIAL_DEFAULTS.dstream,
  replacement: 'respawn',
  detector: TRIAL_DEFAULTS.detector,
  faults: [],
  grace: 1e9,
  keepHistory: false,
}

/** A trial of an engine that keeps up below its capacity, and falls behind above it. */
export function cannedOutcome(load: {
  readonly rate: number
  readonly capacity: number
  readonly tick?: number
}): TrialOutcome {
  const { rate, capacity, tick = 10e6 } = load
  const keepsUp = rate <= capacity
  const latency = (share: number): number => Math.round(tick * share + (keepsUp ? 1e6 : 2e9))
  return {
    outcome: capacity > 0 ? 'completed' : 'timed-out',
    verdict: capacity > 0 ? 'valid' : 'unknown',
    reasons: capacity > 0 ? [] : ['not-completed × 1: timed-out'],
    recordsMeasured: rate * 2,
    recordsAll: rate * 3,
    ticksCompleted: 300,
    processedPerSecond: Math.min(rate, capacity),
    latency: {
      count: rate * 2,
      p50: latency(0.5),
      p90: latency(0.9),
      p95: latency(0.95),
      p99: latency(0.99),
      p999: latency(0.999),
      max: latency(1),
      ccdf: [
        [latency(0.5), 0.5],
        [latency(0.9), 0.1],
        [latency(0.99), 0.01],
        [latency(1), 0],
      ],
    },
    lagSlope: {
      estimate: keepsUp ? 0 : 5e8,
      low: keepsUp ? -1e5 : 4e8,
      high: 6e8,
      thirds: keepsUp ? 0 : 5e8,
    },
    rowsCommitted: 1_000,
    counters: { dataRows: 1_000, shuffleBytes: 30_000, checkpointsDurable: 1 },
    cpuNs: [1e9, 1e9],
    cpuNsMeasured: [8e8, 8e8],
    memoryBytesMax: 1e6,
    residentBytesMax: 2e8,
    commitsHash: '',
    oracleMs: 3,
  }
}

const environment: Environment = {
  commit: '4e7552a0000000000000000000000000000000ff',
  dirty: false,
  lockfileSha256: null,
  node: 'v24.0.0',
  v8: '13.6',
  nodeFlags: [],
  platform: 'test',
  kernel: 'test',
  cpuModel: null,
  cores: 2,
  coresLimit: null,
  governor: null,
  memoryBytes: 1,
  memoryBytesLimit: null,
  clockResolutionNs: 40,
}

export interface CannedIo extends CommandIo {
  /** What was printed. */
  readonly printed: string[]
  /** Labels of the trials that ran. */
  readonly trials: string[]
}

const plain = (loop: string, recordsPerSecond: number): BaselineRate => ({
  loop,
  kernels: 'plain',
  recordsPerSecond,
  wrong: '',
})

function ratesOf(workload: string): readonly BaselineRate[] {
  if (workload === 'connected-components') {
    return [plain('label propagation', 10_000_000), plain('union-find', 20_000_000)]
  }
  return [
    { ...plain('kernel loop', 1_000_000), kernels: 'columns' },
    ...(workload === 'grep'
      ? [
          plain('chunk indexOf', 400_000),
          plain('Buffer.includes', 95_000),
          plain('string.includes', 310_000),
        ]
      : [
          plain('byte loop', 160_000),
          plain('split + Map', 53_000),
          plain('byte loop, wide table', 160_000),
        ]),
  ]
}

/** A second of the clock passes with each trial; a baseline takes none and does a million records a second. */
export function cannedIo(
  results: string,
  given: Pick<CommandIo, 'trial'> & Partial<CommandIo>,
): CannedIo {
  let clock = 0
  const printed: string[] = []
  const trials: string[] = []
  return {
    print: (text) => void printed.push(text),
    progress: { write: () => true },
    signal: new AbortController().signal,
    elapsedMs: () => clock,
    now: () => new Date(Date.UTC(2025, 0, 1) + clock).toISOString(),
    baseline: async ({ workload, kernelsOnly }) => ({
      rates: ratesOf(workload).filter(({ kernels }) => !kernelsOnly || kernels === 'columns'),
      records: 1_000,
      bytes: 100_000,
      residentBytesMax: 50 * 1_048_576,
    }),
    environment: () => environment,
    residentBytesMax: () => 100 * 1_048_576,
    launchers: () => [{ name: 'npm start', residentBytesMax: 60 * 1_048_576 }],
    results,
    command: 'npm start -- test',
    ...given,
    trial: async (spec) => {
      clock += 1_000
      trials.push(`${spec.engine} ${spec.workload}`)
      return given.trial(spec)
    },
    printed,
    trials,
  }
}

/** A folder that is there meanwhile; tests that are tried with planted bugs have no hooks. */
export async function inTemporaryFolder<T>(use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'streamgauge-canned-'))
  try {
    return await use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
