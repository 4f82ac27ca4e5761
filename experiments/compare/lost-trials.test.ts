/** Trials of a compare that did not keep up, were ended by their deadline or by an error: counted, named, and without a latency. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import { cannedIo, cannedOutcome } from '../runner/canned.fixture.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { fullScale } from './cases.ts'
import { compareClaims } from './claims.ts'
import { compareCommand } from './command.ts'
import { conclusions } from './conclusions.ts'
import { REPORT_WIDTH } from './report.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamgauge-compare-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const capacities = { timely: 1_500_000, dstream: 1_000_000 }
const canned = ({ rate, engine, tick }: TrialSpec): TrialOutcome =>
  cannedOutcome({ rate, capacity: capacities[engine], tick })

it('counts a trial that its deadline has ended as judged', async () => {
  const io = cannedIo(root, {
    trial: async (spec) => {
      const { latency, ...outcome } = canned(spec)
      return spec.rate > capacities[spec.engine]
        ? { ...outcome, outcome: 'timed-out', error: 'every commit by the deadline' }
        : { ...outcome, latency: latency! }
    },
  })
  expect(await compareCommand({ figures: false, cases: ['grep'] }, io)).toBe(0)
  const text = io.printed.join('\n')
  expect(text).toMatch(/^grep +timely .* valid, (\d+) of \1$/m)
  expect(text).not.toMatch(/Unconfirmed|What this run does not tell/)
  const { trials } = readRun(join(root, 'compare', 'latest'))
  expect(trials.filter(({ outcome }) => outcome === 'timed-out').length).toBeGreaterThan(1)
})

it('names an engine that ended with an error, takes it for no limit, and exits with 2', async () => {
  const full = '14680064 bytes from the region of worker 0: 44 % is free. Give the run more memory.'
  const io = cannedIo(root, {
    trial: async (spec) => {
      const { latency, ...outcome } = canned(spec)
      return spec.engine === 'dstream' && spec.rate > capacities.dstream
        ? { ...outcome, outcome: 'failed', verdict: 'unknown', error: full, reasons: [full] }
        : { ...outcome, latency: latency! }
    },
  })
  expect(await compareCommand({ figures: false, cases: ['grep'] }, io)).toBe(2)
  const text = io.printed.join('\n')
  const { trials } = readRun(join(root, 'compare', 'latest'))
  const crashed = trials.filter(({ outcome }) => outcome === 'failed')
  expect(crashed.length).toBeGreaterThan(1)
  // The table is there, and where the error was is not as if the rate had been too high.
  expect(text).toMatch(/^grep +dstream +\S+ms +\S+k\/s +1\.\d+M\/s \(error\) .* valid, \d of \d$/m)
  expect(text).toMatch(/^grep +timely +\S+ms +\S+M\/s +1\.\d+M\/s +\d/m)
  expect(text).not.toContain('Unconfirmed')
  expect(text.match(/^Error: dstream on grep, search at 1\.\d+M\/s: 14680064/gm)).toHaveLength(
    crashed.length,
  )
  for (const line of text.split('\n').filter((shown) => !/^(run|figure): /.test(shown))) {
    expect(line.length).toBeLessThanOrEqual(REPORT_WIDTH)
  }
  // By the rule before, an error was as good as a failure.
  expect(text).toMatch(
    /^batches-sustain-more .*: cannot be tested here\n.*\n {2}by the rule before \(errors are failures\): fails$/m,
  )
  expect(text).toMatch(
    /^ {2}by the rule before \(windows of .*\): not computed, rows do not\n {2}have the lags/m,
  )
  expect(conclusions(trials)[0]).toMatch(/cannot tell who sustains more: .* or with an error/)
  expect(compareClaims[1]!.judge(trials).state).toBe('cannot be tested here')
  const behind = trials.map((row) =>
    row.outcome === 'failed' ? ({ ...row, outcome: 'timed-out' } as const) : row,
  )
  expect(compareClaims[1]!.judge(behind).state).toBe('fails')
})

it('names an engine that ended with an error at a load', async () => {
  const io = cannedIo(root, {
    trial: async (spec) => {
      const outcome = canned(spec)
      return spec.engine === 'dstream' && spec.rate < 0.7 * capacities.dstream
        ? { ...outcome, outcome: 'failed', verdict: 'unknown', error: 'full' }
        : outcome
    },
  })
  expect(await compareCommand({ figures: false, cases: ['word-count'] }, io)).toBe(2)
  const text = io.printed.join('\n')
  expect(text).toMatch(/^Error: dstream on word-count, running, half load at \S+k\/s: full$/m)
  expect(text).toMatch(/^Error: dstream on word-count, running, kill at /m)
})

/** Dstream falls behind in trials for latency of these seeds, or does not come to their end. */
const behind =
  (seeds: number, change: Partial<TrialOutcome> = {}) =>
  async (spec: TrialSpec): Promise<TrialOutcome> => {
    const isLoad = spec.rate < 0.7 * capacities.dstream
    if (spec.engine !== 'dstream' || !isLoad || spec.seed > seeds) return canned(spec)
    const { latency, ...late } = cannedOutcome({ rate: spec.rate, capacity: spec.rate / 2 })
    return change.outcome === undefined ? { ...late, latency: latency! } : { ...late, ...change }
  }
const soonerIn = (): string => {
  const { trials } = readRun(join(root, 'compare', 'latest'))
  const { state, evidence } = compareClaims[0]!.judge(trials)
  return `${state}: ${evidence}`
}

it('a load that was not kept up with has no latency, in tables, claims and conclusions', async () => {
  const io = cannedIo(root, { trial: behind(1) })
  expect(await compareCommand({ figures: false, cases: ['word-count'] }, io)).toBe(0)
  const text = io.printed.join('\n')
  expect(text).toMatch(
    /^word-count, running +half load +dstream .* not held +– +– +– +valid, not held$/m,
  )
  const shown = text.replaceAll('\n', ' ')
  expect(shown).toMatch(
    /not held by dstream \(batches of \d+ ms\): p99 \S+ ms \(timely\), none \(dstream\)\./,
  )
  expect(soonerIn()).toBe(
    'cannot be tested here: 0 of 1 cases, 1 open: word-count not held by dstream',
  )
  expect(text).toMatch(
    /^continuous-is-sooner .*: cannot be tested here\n.*\n.*one tick\): cannot be tested here\n {2}by the rule before \(a queue is a latency, .*\): holds$/m,
  )
})

it('a load that did not come to its end is not known to be right, and is not tried again with another tick', async () => {
  const ended = cannedIo(root, { trial: behind(1, { outcome: 'timed-out' }) })
  expect(await compareCommand({ figures: false, cases: ['word-count'] }, ended)).toBe(2)
  expect(ended.printed.join('\n')).toMatch(
    /^word-count, running +half load +dstream .* not held +– +– +– +unknown, timed out$/m,
  )
  const { trials } = readRun(join(root, 'compare', 'latest'))
  const loads = trials.filter(({ engine, role }) => engine === 'dstream' && role === 'half-load')
  expect(loads.map(({ outcome, verdict }) => `${outcome} ${verdict}`)).toEqual(['timed-out valid'])
})

it.each([
  ['fell behind', {}, 'not held'],
  ['timed out', { outcome: 'timed-out' }, 'timed out'],
  ['crashed', { outcome: 'failed', verdict: 'unknown', error: 'full' }, 'error'],
] as const)(
  'of repeats one that %s is longer than all others, and is counted',
  async (_, change, what) => {
    const options = { figures: false, cases: ['word-count'], scale: fullScale }
    const few = cannedIo(root, { trial: behind(4, change) })
    await compareCommand(options, few)
    expect(few.printed.join('\n')).toMatch(
      new RegExp(`^word-count, running +half load +dstream .* ∞ +\\S+–∞ +\\w+, 4 ${what}$`, 'm'),
    )
    expect(soonerIn()).toMatch(/^holds: .* word-count 0\.\d\d×, 4 of 10 not held by dstream$/)
    const half = cannedIo(root, { trial: behind(5, change) })
    await compareCommand(options, half)
    expect(half.printed.join('\n')).toMatch(
      new RegExp(
        `^word-count, running +half load +dstream .* not held +– +– +– +– +\\w+, 5 ${what}$`,
        'm',
      ),
    )
    expect(soonerIn()).toMatch(/^cannot be .* word-count 5 of 10 not held by dstream$/)
  },
)
