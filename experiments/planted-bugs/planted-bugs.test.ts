/**
 * Planted bugs: the checks of a run are tried on engines that are wrong on purpose (DESIGN §3.5).
 *
 * Every bug's text must still be in its file once, the battery must pass without a bug, and the run that a bug names must catch it.
 * A child process tries some bugs, and there are as many at once as cores. `BUG=<name>` hunts one.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TIMED_BUGS } from './bugs/timed.ts'
import { BUGS, occurrences } from './bugs.ts'
import { readFinds } from './finds.ts'
import type { Outcome } from './try-bugs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-bugs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process keeps all modules that it has loaded anew, for each bug: 480 MiB after 48. To start one takes as long as some four bugs. */
const BUGS_A_PROCESS = 45

/**
 * Tries bugs in a process of their own, which is killed when it takes too long: that is no way to be caught. Bugs that were not tried by then
 * have no outcome.
 */
function tried(
  bugs: readonly string[],
  timeout: number,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly said: string }> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    './experiments/preflight.mjs',
    '--import',
    './experiments/planted-bugs/plant.ts',
    'experiments/planted-bugs/try-bugs.ts',
    ...bugs,
  ]
  // Modules of each load have URLs of their own, of which the cache of compiled modules would keep thousands that nobody asks for again.
  const env = {
    ...process.env,
    NODE_DISABLE_COMPILE_CACHE: '1',
    PLANTED_BUG: '',
    TMPDIR: folder,
  }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, timeout }, (error, stdout, stderr) => {
      // What is behind the last line's end is of a bug that was not tried.
      const lines = stdout.split('\n').slice(0, -1)
      const said = `${error?.message ?? ''} ${stderr}`.slice(0, 500)
      resolve({ outcomes: lines.map((line) => JSON.parse(line) as Outcome), said })
    })
  })
}

/** Hundreds of runs: on a machine that others use it takes as long as it takes. */
const HUNT_MS = 30 * 60_000

/** Caught by code that breaks, since that is what they do: a torn blob is read beyond its end. */
const BREAKING: ReadonlySet<string> = new Set(['a blob that is torn is taken for whole'])

const { BUG } = process.env
const hunted = BUGS.filter(({ name }) => BUG === undefined || name === BUG)

describe('the list', () => {
  it.each([...BUGS, ...TIMED_BUGS])('$name: its text is there once', ({ file, find, replace }) => {
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
  const { outcomes, said } = await tried([''], HUNT_MS)
  expect(outcomes, said).toEqual([{ bug: '' }])
})

describe('is caught by the run that it names', () => {
  const outcomes = new Map<string, Outcome>()
  /** Of runs without a bug, behind bugs. */
  const afterwards: Outcome[] = []

  beforeAll(async () => {
    // Those in one file follow each other: those in the kernels need a compiler, which a process loads once.
    const inFiles = hunted.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
    const pending = inFiles.map(({ name }) => name)
    const work = async (): Promise<void> => {
      while (pending.length > 0) {
        const bugs = pending.splice(0, BUGS_A_PROCESS)
        const { outcomes: found, said } = await tried([...bugs, ''], bugs.length * 60_000)
        for (const outcome of found) {
          if (outcome.bug === '') afterwards.push(outcome)
          else outcomes.set(outcome.bug, outcome)
        }
        const [stuck, ...others] = bugs.slice(found.length)
        if (stuck === undefined) continue
        outcomes.set(stuck, { bug: stuck, failed: `its process has ended: ${said}` })
        pending.push(...others)
      }
    }
    await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
  }, HUNT_MS)

  it.each(hunted)('$name, by $caughtBy', ({ name }) => {
    // By its run on purpose: one that could not be tried has caught nothing.
    const outcome = outcomes.get(name)
    expect(outcome).toEqual({ bug: name, by: expect.any(String), caught: expect.any(String) })
    if (!BREAKING.has(name)) expect(outcome!.by, outcome!.caught).not.toBe('crash')
  })

  afterAll(() => {
    const counts = Map.groupBy(outcomes.values(), ({ by }) => by ?? 'not caught')
    const texts = [...counts].map(([by, caught]) => `${by} ${caught.length}`)
    console.log(`planted bugs by what caught them: ${texts.join(', ')}`)
  })

  it('and leaves nothing wrong in what it shares with others', () => {
    expect(afterwards.length).toBeGreaterThan(0)
    for (const outcome of afterwards) expect(outcome).toEqual({ bug: '' })
  })
})
