/** Runs of the scripted engine on real threads, for tests: one scene on two workers, and what every run has to leave as it was. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { HistoryEvent } from '../../metrics/history.ts'
import type { RunRecord } from '../../system.ts'
import { runOnThreads, type ThreadsOptions } from './run-on-threads.ts'
import type { Scene } from './scripted-engine.ts'
import { type GivenTrial, SCRIPTED_THREADS, scriptedTrial } from './scripted-trial.ts'

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

export interface Play extends GivenTrial {
  readonly options?: Partial<ThreadsOptions>
}

/** Plays a scene, and checks that nothing is left behind. */
export async function play(scene: Scene, { options, ...given }: Play = {}): Promise<RunRecord> {
  const trial = scriptedTrial(scene, given)
  const resources = activeWorkers()
  const record = await runOnThreads(trial, { ...SCRIPTED_THREADS, ...options })
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
