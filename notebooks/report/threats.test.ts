/** The paragraph changes with the rows: every sentence is seen with and without its cause. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { TrialRow } from '../../results/schema.ts'
import { figuresOf } from './figures.ts'
import { loadRun } from './load.ts'
import { threatsOf, type threatsView } from './threats.ts'

const run = loadRun(fileURLToPath(new URL('../../results/golden/compare', import.meta.url)))
const maxima = run.trials.filter(({ role, engine }) => role === 'maximum' && engine === 'timely')
const baselines = run.trials.filter(({ role }) => role === 'baseline')

const text = (
  shown: readonly TrialRow[],
  more: { unconfirmed?: readonly TrialRow[]; warnings?: string[]; cores?: number } = {},
): string => {
  const { unconfirmed = [], warnings = [], cores = 2 } = more
  const environment = { ...run.manifest.environment, cores }
  const manifest = { ...run.manifest, warnings, environment }
  return threatsOf(manifest, 'threads', { shown, decided: 12, unconfirmed, baselines }).join(' ')
}
const changed = (given: Partial<TrialRow>): readonly TrialRow[] =>
  maxima.map((row, index) => (index === 0 ? { ...row, ...given } : row))

describe('threats to validity', () => {
  it('tell how long, how often, on how many cores', () => {
    expect(text(maxima)).toContain(
      'Measured for 5 s after 2 s of warm-up; trials for each engine, workload and role: 3.',
    )
    expect(text(changed({ measured_ns: 1.5e9, warnings: 'quick' }))).toContain(
      'Measured for 1.5 s to 5 s after 2 s of warm-up; trials for each engine, workload and role: 3 (quick:',
    )
    expect(text(maxima)).toContain('Measurements of each loop of one thread: 3.')
    expect(text(maxima)).toContain('At most 2 busy threads on 2 cores.')
    expect(text(changed({ cpu_ns_driver: 1e6 }))).toContain(
      '1 of 9 trials (timely) have up to 3 workers and drivers on 2 cores',
    )
    expect(text(changed({ cpu_ns_driver: 1e6 }), { cores: 4 })).toContain('At most 3 busy threads')
  })

  it('count what is left out, name the doubts of rows, and what came near to a limit', () => {
    expect(text(maxima)).toContain(
      'Invalid or unconfirmed: none of the 12 trials that decided this.',
    )
    expect(text(maxima.slice(1), { unconfirmed: maxima.slice(0, 1) })).toContain(
      'unconfirmed: 1 of the 12 trials that decided this (timely on word-count).',
    )
    expect(text(changed({ warnings: 'not-steady quick' }))).toContain(
      'not-steady 1 of 9 (timely on word-count)',
    )
    const near = { latency_ns_p99: 99.9e6, latency_bound_ns: 100e6, stall_ns_p99: 9.99e6 }
    expect(text(changed({ ...near, stall_ns_max: 70e6 }))).toMatch(
      /p99 99.9 % of the bound \(timely on word-count\); pace .+; p99 of stalls 10 % of the p99 latency .+ Longest stall of a thread: 70 ms \(timely on word-count\)/,
    )
    const unknown = maxima.map((row): TrialRow => ({ ...row, stall_ns_max: undefined }))
    expect(text(unknown)).toContain('Stalls of threads were not recorded.')
  })

  it('tell how much the host stole, where that is known', () => {
    expect(text(maxima)).toContain('What the host stole is not recorded apart.')
    expect(text(changed({ stolen_share: 0.0123 }))).toContain(
      'Stolen by the host: at most 1.23 % of the CPU time (timely on word-count).',
    )
  })

  it("end with the run's own words", () => {
    const warnings = ['Shortened for want of time: probe of timely on grep.']
    expect(text(maxima, { warnings })).toMatch(/Shortened for want of time: [^.]+\.$/)
  })

  it('say of what a simulation is as good as', () => {
    const rows = { shown: maxima, decided: 9, unconfirmed: [], baselines: [] }
    const [first, ...rest] = threatsOf(run.manifest, 'simulated', rows)
    expect(first).toBe('Simulated: as good as its calibration (none).')
    expect(rest.join(' ')).not.toMatch(/cores|Longest stall|host/)
  })

  it('stand below every figure, in lines that fit', () => {
    for (const { spec } of figuresOf(run)) {
      if (!('vconcat' in spec)) throw new Error('nothing stands below the figure')
      const view = spec.vconcat[1] as unknown as ReturnType<typeof threatsView>
      const lines = view.layer[1].encoding.text.value
      expect(lines.join(' ')).toContain('Threads of one machine')
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(150)
    }
  })
})
