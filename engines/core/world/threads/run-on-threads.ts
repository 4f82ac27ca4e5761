/**
 * The threads world: real `worker_threads`, real time, real files; the one place that has them.
 *
 * It promises equal commits for equal trials, not equal traces. What it adds to an engine's own work is in `README.md`.
 */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunMemory } from '../../columns/memory.ts'
import { ConfigurationError } from '../../errors.ts'
import { PUSHED_RING_BYTES } from '../../ingest/block.ts'
import { engineWithIngest } from '../../ingest/pushed-engine.ts'
import { ROW_BYTES_MAX } from '../../input/formats/record-cutter.ts'
import { longestRecord, poolBytesOf, poolFootprint, writePool } from '../../input/pool.ts'
import { expectedCommits } from '../../output/expected-commits.ts'
import { formatDuration } from '../../plan/duration.ts'
import { checkQueries } from '../../queries/check-queries.ts'
import type { RunRecord, System, Trial } from '../../system.ts'
import { milliseconds, type Nanos } from '../../units.ts'
import { checkFaults } from './faults/run-faults.ts'
import { type LayoutSizes, planLayout } from './layout.ts'
import { closeOn, liveConfig, liveSource, withArrived } from './live/live-run.ts'
import { windowBytes } from './live/window-layout.ts'
import type { EngineModule, SetupModule } from './process-setup.ts'
import type { ThreadModules } from './process-thread.ts'
import { printedRows, savedFilesOf, savedOutputs } from './saved-folder.ts'
import { Supervisor } from './supervisor.ts'

const MIB = 1024 * 1024

export interface ThreadsOptions extends LayoutSizes {
  /** Time that an idle worker looks for work before it parks. More than 0 only with a core for each worker. */
  readonly spin: Nanos
  /** How often the supervisor looks at rings that are not half full. */
  readonly drainEvery: Nanos
  /** Real time that threads have to become ready, and to end by themselves. */
  readonly bootTimeoutMs: number
  readonly stopTimeoutMs: number
  /** The registry of engines and what rebuilds a process's setup, by URL. */
  readonly modules: ThreadModules
  /** Arguments of Node for threads; the main thread's own if not given. */
  readonly execArgv?: readonly string[]
}

export const THREADS: ThreadsOptions = {
  workerRegionBytes: 96 * MIB,
  driverRegionBytes: 16 * MIB,
  controlRingBytes: 64 * 1024,
  dataRingBytes: MIB,
  commitRingBytes: 256 * 1024,
  reportRingBytes: 256 * 1024,
  storageRingBytes: 512 * 1024,
  spin: 0,
  drainEvery: milliseconds(200),
  bootTimeoutMs: 60_000,
  stopTimeoutMs: 5_000,
  modules: {
    engines: new URL('../../../index.ts', import.meta.url).href,
    setup: new URL('./process-setup.ts', import.meta.url).href,
  },
}

/**
 * Runs one trial on threads of this process.
 *
 * Rejects with a `ConfigurationError` or `PlanError` when the trial cannot be started, and with a `StorageError` when what it told
 * (`gathered.ts`) cannot be read back; what else goes wrong later is the record's `outcome` and `error`. Afterwards no thread or timer is left,
 * and no file but those that were saved.
 *
 * Cost: one address range of about `workers` × (region + links) bytes, of which only touched pages take memory.
 */
export async function runOnThreads(
  trial: Trial,
  options: Partial<ThreadsOptions> = {},
): Promise<RunRecord> {
  const resolved: ThreadsOptions = { ...THREADS, ...options }
  const { modules } = resolved
  checkTrial(trial)
  const setups = (await import(/* @vite-ignore */ modules.setup)) as SetupModule
  const engines = (await import(/* @vite-ignore */ modules.engines)) as EngineModule
  const { input } = trial
  const config = input ? liveConfig(trial.config) : trial.config
  const pool = input ? NO_POOL : trial.pool
  const itself = await engines.engineOf(config.engine)
  const engine = engineWithIngest(itself, config)
  const dataflow = await setups.dataflowOf(config)
  engine.check(config, dataflow)
  checkQueries(trial.queries ?? [], config, dataflow)
  const layout = planLayout({
    sizes: sizesFor(config, resolved, input ? ROW_BYTES_MAX : longestRecord(pool)),
    workers: config.workers,
    processes: engine.processes(config),
    partitions: config.partitions,
    poolBytes: input ? windowBytes(config.partitions) : poolFootprint(pool),
    faults: trial.faults.length,
  })
  const memory = RunMemory.reserve(layout.bytes)
  const directory = fs.mkdtempSync(join(tmpdir(), 'streamgauge-'))
  const live = input && liveSource(input, { config, dataflow, layout, directory })
  if (live && trial.closing) closeOn(trial.closing, memory, live)
  try {
    const outputs = savedOutputs(dataflow, config)
    const saved = savedFilesOf(trial.saved, { outputs, directory })
    const expected = expectedCommits(dataflow, config)
    const record = await new Supervisor({
      trial: { ...trial, config },
      memory,
      layout,
      pool: input ? { bytes: 0, offsets: 0, records: 0 } : writePool(memory, layout.pool, pool),
      source: live,
      expected,
      watching: itself.processes(config),
      directory,
      saved,
      printed: saved && printedRows(saved.folder, trial.saved, { expected, outputs }),
      modules,
      spin: resolved.spin,
      drainEvery: resolved.drainEvery,
      bootTimeoutMs: resolved.bootTimeoutMs,
      stopTimeoutMs: resolved.stopTimeoutMs,
      execArgv: resolved.execArgv,
    }).run()
    return live ? withArrived(record, memory, live) : record
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

const NO_POOL = poolBytesOf([])

/** What a record that crosses by itself has around it: headers of its frame, message and row, padding. */
const AROUND_RECORD_BYTES = 4 * 1024

/**
 * Links carry the longest record that may come; what has none that long keeps its rings, which a cache holds. Blocks of pushed input
 * pass a link without waiting for room in it, if a window of them fits.
 */
function sizesFor(
  { ingest }: Trial['config'],
  sizes: LayoutSizes,
  recordBytes: number,
): LayoutSizes {
  const least = ingest === 'pushed' ? PUSHED_RING_BYTES : 0
  const forRecord = 2 ** Math.ceil(Math.log2(recordBytes + AROUND_RECORD_BYTES))
  return { ...sizes, dataRingBytes: Math.max(sizes.dataRingBytes, least, forRecord) }
}

/** The threads world behind the contract that experiments know. */
export function threadsSystem(options: Partial<ThreadsOptions> = {}): System {
  return { name: 'threads', run: (trial) => runOnThreads(trial, options) }
}

function checkTrial({ config, deadline, faults }: Trial): void {
  if (deadline <= config.input.duration) {
    throw new ConfigurationError({
      asked: `a deadline of ${formatDuration(deadline)}`,
      found: `an input of ${formatDuration(config.input.duration)}`,
      rule: 'the last tick can only be committed after the input has ended',
      remedy: 'Give the trial a later deadline',
    })
  }
  checkFaults(faults)
}
