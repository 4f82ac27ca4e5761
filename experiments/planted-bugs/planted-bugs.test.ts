/**
 * Planted bugs: the checks of a run are tried on engines that are wrong on purpose (DESIGN §3.5).
 *
 * Every bug's text must still be in its file once, the battery must pass without a bug, and fail with each. A child process
 * a bug, as many at once as there are cores.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { BUGS, occurrences } from './bugs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bugs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Outcome {
  readonly status: number
  readonly said: string
}

/** Runs the battery in a process of its own. One that does not end in a minute is killed: that is no way to be caught. */
function battery(bug: string, first: readonly string[]): Promise<Outcome> {
  const args = [
    '--import',
    './experiments/preflight.mjs',
    '--import',
    './experiments/planted-bugs/plant.ts',
    'experiments/planted-bugs/battery.ts',
    ...first,
  ]
  const env = { ...process.env, PLANTED_BUG: bug, TMPDIR: folder }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, said: stdout + stderr })
      },
    )
  })
}

describe('the list', () => {
  it.each(BUGS)('$name: its text is there once', ({ file, find, replace }) => {
    expect(occurrences(readFileSync(new URL(file, `file://${root}`), 'utf8'), find)).toBe(1)
    expect(replace).not.toBe(find)
  })

  it('has each name once, and enough bugs that take a kill or an interleaving', () => {
    expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length)
    const rare = BUGS.filter(({ needs }) => needs !== 'nothing')
    expect(rare.length).toBeGreaterThanOrEqual(BUGS.length / 3)
  })
})

it('passes without a bug', async () => {
  expect(await battery('', [])).toEqual({ status: 0, said: '' })
})

/** A process for each bug: on a machine that others use it takes as long as it takes. */
const HUNT_MS = 30 * 60_000

it('catches every bug', { timeout: HUNT_MS }, async () => {
  const pending = [...BUGS]
  const missed: string[] = []
  const work = async (): Promise<void> => {
    for (let bug = pending.pop(); bug !== undefined; bug = pending.pop()) {
      const { status, said } = await battery(bug.name, [bug.caughtBy])
      // Said on purpose: a battery that could not start has caught nothing.
      const caught = status === 1 && /^(laws|loop|ledger|session|timely: |dstream: )/.test(said)
      if (!caught) missed.push(`${bug.name}: exit status ${status}. ${said.slice(0, 500)}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
  expect(missed).toEqual([])
})
