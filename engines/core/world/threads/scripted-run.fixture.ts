/** Runs of the scripted engine on real threads, for tests: one scene on two workers, and what every run has to leave as it was. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { FaultPlan } from '../../faults/fault.ts'
import type { HistoryEvent } from '../../metrics/history.ts'
import type { RunConfig } from '../../run-config.ts'
import type { RunRecord, Trial } from '../../system.ts'
import { milliseconds, seconds } from '../../units.ts'
import { runOnThreads, type ThreadsOptions } from './run-on-threads.ts'
import type { Scene } from './scripted-engine.ts'

export const SCRIPTED = new URL('./scripted-engine.ts', import.meta.url).href
const MIB = 1024 * 1024

let temporary: string

/** Call once a test file: its runs have a temporary folder of their own, so that what they leave behind is seen. */
export function useTemporaryFolder(): void {
  let before: string | undefined

  beforeAll(() => {
    before = process.env.TMPDIR
    temporary = fs.mkdtempSync(join(tmpdir(), 'threads-test-'))
    process.env.TMPDIR = temporary
  })

  afterAll(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    fs.rmSync(temporary, { recursive: true })
  })
}

export interface Play {
  readonly config?: Partial<RunConfig>
  readonly faults?: FaultPlan
  readonly deadline?: number
  readonly closing?: AbortSignal
  readonly options?: Partial<ThreadsOptions>
}

/** Plays a scene on two workers, four partitions, five ticks of 20 ms, and checks that nothing is left behind. */
export async function play(
  scene: Scene,
  { config, faults, deadline, closing, options }: Play = {},
): Promise<RunRecord> {
  const trial: Trial = {
    config: {
      engine: 'timely',
      plan: { module: 'scripted', export: 'scene', parameters: { scene } },
      workers: 2,
      partitions: 4,
      tick: milliseconds(20),
      input: { rate: 0, duration: milliseconds(100) },
      seed: 1,
      kernels: 'plain',
      keepRows: false,
      digests: true,
      replacement: 'respawn',
      detector: { heartbeat: milliseconds(5), timeout: milliseconds(100) },
      timely: {
        recovery: 'none',
        checkpointInterval: seconds(1),
        accumulation: 'local',
        flushInterval: milliseconds(10),
      },
      dstream: {
        checkpointInterval: seconds(1),
        batchesInFlightMax: 1,
        blockStoreBytesMax: MIB,
      },
      ...config,
    },
    pool: { bytes: Buffer.from('a\nb\n'), offsets: Uint32Array.of(0, 2, 4) },
    faults: faults ?? [],
    deadline: deadline ?? seconds(60),
    ...(closing ? { closing } : {}),
  }
  const resources = activeWorkers()
  const record = await runOnThreads(trial, {
    workerRegionBytes: MIB,
    modules: { engines: SCRIPTED, setup: SCRIPTED },
    ...options,
  })
  expect(activeWorkers()).toEqual(resources)
  expect(fs.readdirSync(temporary)).toEqual([])
  return record
}

function activeWorkers(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /worker|port/i.test(name))
}

export function events(record: RunRecord, name: string): readonly HistoryEvent[] {
  return record.history.filter(({ event }) => event === name)
}

/** Every tick of every partition once, in order of visibility, never visible before it ended. */
export function expectComplete(record: RunRecord): void {
  expect(record.error).toBeUndefined()
  expect(record.outcome).toBe('completed')
  const keys = new Set(record.commits.map(({ partition, tick }) => `${partition}/${tick}`))
  expect(keys.size).toBe(4 * 5)
  let before = 0
  for (const { tick, partition, lane0, lane1, visibleAt } of record.commits) {
    expect(visibleAt).toBeGreaterThanOrEqual(Math.max(tick, before))
    expect([lane0, lane1]).toEqual([partition, tick])
    before = visibleAt
  }
}
