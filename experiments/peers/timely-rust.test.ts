/**
 * The proof that a peer fits the contract of a system: Timely Dataflow in Rust under our input log, judged by our oracle.
 *
 * Runs wherever cargo is found and has its crates or can fetch them; elsewhere it is skipped, and says why. The first build
 * takes a minute. A program that does not compile is a failure.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigurationError, PlanError } from '../../engines/core/errors.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { PoolBytes, RunRecord, Trial } from '../../engines/core/system.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { available, cargo, timelyRustSystem } from '../../engines/peers/timely-rust/adapter.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { syntheticLines } from '../../workloads/input/lines.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict, type Verdict } from '../checkers/verdict.ts'

const system = timelyRustSystem('dev')

const BUILD_TIMEOUT_MS = 600_000

const INTERVAL = { interval: '50ms' }
const workload = workloadNamed('word-count')

const config: RunConfig = {
  engine: 'timely',
  plan: workload.plan(INTERVAL),
  workers: 2,
  partitions: 8,
  tick: milliseconds(10),
  input: { rate: 50_000, duration: milliseconds(500) },
  seed: 1,
  kernels: 'columns',
  keepRows: false,
  digests: true,
  replacement: 'respawn',
  detector: { heartbeat: milliseconds(10), timeout: milliseconds(200) },
  timely: {
    recovery: 'none',
    checkpointInterval: milliseconds(500),
    accumulation: 'local',
    flushInterval: milliseconds(1),
  },
  dstream: {
    checkpointInterval: milliseconds(500),
    batchesInFlightMax: 2,
    blockStoreBytesMax: 1 << 20,
  },
}
const trial: Trial = {
  config,
  pool: syntheticLines({ lines: 2_000 }),
  faults: [],
  deadline: seconds(60),
}

async function verdictOf(record: RunRecord, run: Trial, pool?: PoolBytes): Promise<Verdict> {
  const outputs = dueCommits(buildDataflow(await loadPlan(run.config.plan)), run.config)
  return judge(record, { ...run, ...(pool && { pool }) }, outputs, workload.oracle(INTERVAL))
}

async function check(run: Trial): Promise<RunRecord> {
  const record = await system.run(run)
  expect(record.error).toBeUndefined()
  expect(record.outcome).toBe('completed')
  const { input, tick, partitions } = run.config
  const commits = (input.duration / tick) * partitions
  expect(describeVerdict(await verdictOf(record, run))).toBe(`valid: ${commits} commits`)
  return record
}

const reason = available()
if (reason !== undefined) console.log(`timely-rust: skipped, ${reason}`)

describe.skipIf(reason !== undefined)('timely-rust', () => {
  // Here rather than in the first trial: on a busy machine a first build takes longer than a test may.
  beforeAll(async () => void (await cargo('build', 'dev')), BUILD_TIMEOUT_MS)

  it('commits what the oracle expects, none before its due instants', async () => {
    const record = await check(trial)
    const visible = record.commits.map(({ visibleAt }) => visibleAt)
    expect(visible).toEqual(visible.toSorted((a, b) => a - b))
    for (const { counters } of record.processes) {
      expect(counters.dataRows).toBeGreaterThan(counters.dataRowsRemote!)
      expect(counters.dataRowsRemote).toBeGreaterThan(0)
    }
    // The verdict is not valid for any input: the digests are of this pool.
    const other = syntheticLines({ lines: 2_000, seed: 2 })
    expect((await verdictOf(record, trial, other)).state).toBe('invalid')
  })

  it('shares out rates and pools that do not divide, and any bytes', async () => {
    const texts = [' a\tb\vc\fd\re ', '', 'Straße straße', 'a a a', '   ', 'word\u00a0word \udcff']
    await check({
      ...trial,
      config: { ...config, workers: 3, partitions: 7, input: { ...config.input, rate: 9_999 } },
      pool: poolBytesOf(texts),
    })
  })

  it('commits empty ticks', async () => {
    const input = { ...config.input, rate: 10 }
    const record = await check({ ...trial, config: { ...config, workers: 1, input } })
    expect(record.commits.some(({ rows }) => rows === 0)).toBe(true)
  })

  it('times out by the deadline, and gives what was committed', async () => {
    const late = { ...trial, deadline: config.input.duration + 1 }
    const record = await system.run(late)
    expect(record.outcome).toBe('timed-out')
    expect(record.error?.message).toMatch(/are missing, .*tick is/)
    expect((await verdictOf(record, late)).state).toBe('unknown')
  })

  it('says why a worker failed', async () => {
    const { bytes, offsets } = trial.pool
    const pool = { bytes, offsets: offsets.map((offset) => offset * 2) }
    const record = await system.run({ ...trial, pool })
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toContain('out of range')
  })

  it('agrees with the published vectors of the digest', async () => {
    expect(await cargo('test', 'dev')).toContain('test result: ok. 3 passed')
  })
})

describe('timely-rust refuses', () => {
  it.each([
    ['grep', {}],
    ['word-count', { mode: 'window' }],
    ['word-count', { prefix: 3 }],
  ])('the plan of %s with %j', async (name, parameters) => {
    const plan = workloadNamed(name).plan(parameters)
    const run = system.run({ ...trial, config: { ...config, plan } })
    await expect(run).rejects.toThrow(PlanError)
  })

  it.each<[string, Partial<Trial>]>([
    ['faults', { faults: [{ kind: 'kill', process: 0, at: 0 }] }],
    ['rows', { config: { ...config, keepRows: true } }],
    [
      'checkpoints',
      { config: { ...config, timely: { ...config.timely, recovery: 'checkpoint' } } },
    ],
    ['a tick that divides nothing', { config: { ...config, tick: milliseconds(7) } }],
    ['pushed input', { config: { ...config, ingest: 'pushed' } }],
    [
      'a past',
      {
        config: {
          ...config,
          input: { ...config.input, history: { duration: seconds(1), rate: 1_000 } },
        },
      },
    ],
    [
      'workers that join',
      {
        config: { ...config, resize: { from: 1, steps: [{ at: milliseconds(100), workers: 2 }] } },
      },
    ],
    ['queries', { queries: [{ of: 'counts', want: 'count', at: 0 }] }],
    ['a deadline before the end', { deadline: config.input.duration }],
  ])('%s', async (_, change) => {
    const run = system.run({ ...trial, ...change })
    await expect(run).rejects.toThrow(ConfigurationError)
    await expect(run).rejects.toThrow(/^a trial on timely-rust: /)
  })
})
