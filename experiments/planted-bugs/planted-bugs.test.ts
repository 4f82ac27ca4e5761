/**
 * Planted bugs: the checks of a run are tried on engines that are wrong on purpose (DESIGN §3.5).
 *
 * Every bug's text must still be in its file once, the battery must pass without a bug, and the run that a bug names must catch it.
 * A child process a bug, as many at once as there are cores. `BUG=<name>` hunts one.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUGS, occurrences } from './bugs.ts'
import { readFinds } from './finds.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bugs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly status: number
  readonly said: string
}

/** Exit status of a battery that has caught something. */
const CAUGHT = 3

/**
 * Runs the battery, or one run of it, in a process of its own. One that does not end in a minute is killed: that is no way to
 * be caught.
 */
function battery(bug: string, run: readonly string[]): Promise<Outcome> {
  const args = [
    '--import',
    './experiments/preflight.mjs',
    '--import',
    './experiments/planted-bugs/plant.ts',
    'experiments/planted-bugs/battery.ts',
    ...run,
  ]
  const env = { ...process.env, PLANTED_BUG: bug, TMPDIR: folder }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env, timeout: bug === '' ? HUNT_MS : 60_000 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, said: stdout + stderr })
      },
    )
  })
}

/** A process for each bug: on a machine that others use it takes as long as it takes. */
const HUNT_MS = 30 * 60_000

const { BUG } = process.env
const hunted = BUGS.filter(({ name }) => BUG === undefined || name === BUG)

describe('the list', () => {
  it.each(BUGS)('$name: its text is there once', ({ file, find, replace }) => {
    expect(occurrences(readFileSync(new URL(file, `file://${root}`), 'utf8'), find)).toBe(1)
    expect(replace).not.toBe(find)
  })

  it('has each name once, and enough bugs that take a kill or an interleaving', () => {
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length)
    expect(hunted).not.toEqual([])
    const rare = BUGS.filter(({ needs }) => needs !== 'nothing')
    expect(rare.length).toBeGreaterThanOrEqual(BUGS.length / 3)
  })

  it('has enough that random trials have found, most of them by a fault or an interleaving', () => {
    const finds = new Map(readFinds().map((find) => [find.bug, find]))
    const byTrials = BUGS.filter(({ caughtBy }) => caughtBy === 'seeds')
    expect(byTrials.length).toBeGreaterThanOrEqual(25)
    for (const { name } of byTrials) {
      expect(finds.get(name)?.seeds, name).toBeLessThanOrEqual(5_000)
      finds.delete(name)
    }
    expect([...finds.keys()]).toEqual([])
    const rare = byTrials.filter(({ needs }) => needs !== 'nothing')
    expect(rare.length).toBeGreaterThanOrEqual(byTrials.length / 2)
  })
})

it('passes without a bug', { timeout: HUNT_MS }, async () => {
  expect(await battery('', [])).toEqual({ status: 0, said: '' })
})

describe('is caught by the run that it names', () => {
  const outcomes = new Map<string, Outcome>()

  beforeAll(async () => {
    const pending = [...hunted]
    const work = async (): Promise<void> => {
      for (let bug = pending.pop(); bug !== undefined; bug = pending.pop()) {
        outcomes.set(bug.name, await battery(bug.name, [bug.caughtBy]))
      }
    }
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
  }, HUNT_MS)

  it.each(hunted)('$name, by $caughtBy', ({ name, caughtBy }) => {
    const { status, said } = outcomes.get(name)!
    // Said on purpose: a battery that could not start has caught nothing.
    expect({ status, said: said.slice(0, caughtBy.length + 2) }, said.slice(0, 500)).toEqual({
      status: CAUGHT,
      said: `${caughtBy}: `,
    })
  })
})
