/** Floors and the thread from rows, and that no trial of the published runs was sooner than its floor. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { periodOf } from '../../results/row-ticks.ts'
import type { TrialRow } from '../../results/schema.ts'
import { floorsOf, oneThreadOf, waitCurve } from './floor.ts'
import { loadRun } from './load.ts'

const compare = fileURLToPath(new URL('../../results/reference/compare', import.meta.url))
const windowed = JSON.stringify({ mode: 'window-inverse', length: '30s', slide: '500ms' })
const trial = (given: Partial<TrialRow>) => given as TrialRow

describe('the floor', () => {
  it('is of the tick, and with a window of its slide', () => {
    const running = JSON.stringify({ mode: 'running', interval: '500ms' })
    expect(periodOf(trial({ tick_ns: 5e6, workload_parameters: running }))).toBe(5e6)
    expect(periodOf(trial({ tick_ns: 5e6 }))).toBe(5e6)
    expect(periodOf(trial({ tick_ns: 5e6, workload_parameters: windowed }))).toBe(500e6)
    expect(periodOf(trial({ tick_ns: 2e9, workload_parameters: windowed }))).toBe(2e9)
    const odd = JSON.stringify({ length: '30s', slide: 'often' })
    expect(periodOf(trial({ tick_ns: 5e6, workload_parameters: odd }))).toBeUndefined()
  })

  it('is one for engines of one period, the lowest first', () => {
    const timely = { engine: 'timely', tick_ns: 10e6 }
    const dstream = { engine: 'dstream', tick_ns: 500e6 }
    expect(floorsOf([dstream, timely, timely].map(trial))).toEqual([
      { engines: ['timely'], periodMs: 10 },
      { engines: ['dstream'], periodMs: 500 },
    ])
    const same = [timely, dstream].map((row) => trial({ ...row, workload_parameters: windowed }))
    expect(floorsOf(same)).toEqual([{ engines: ['timely', 'dstream'], periodMs: 500 }])
  })

  it('was beaten by no trial of a published run', () => {
    for (const name of readdirSync(compare)) {
      const measured = loadRun(join(compare, name)).trials.filter(
        ({ latency_ns_p50: p50, verdict }) => p50 !== undefined && verdict === 'valid',
      )
      expect(measured.length).toBeGreaterThan(0)
      for (const row of measured) {
        // A histogram's bins are 3 % wide at most.
        const sooner = (row.latency_ns_p50! * 1.03) / (periodOf(row)! / 2)
        expect(sooner, `${name} ${row.trial_id}`).toBeGreaterThanOrEqual(1)
      }
    }
  })
})

describe('one thread', () => {
  const rows = [
    trial({ engine: 'dstream', tick_ns: 500e6, offered_records_per_s: 3e6 }),
    trial({ engine: 'timely', tick_ns: 10e6, offered_records_per_s: 1e6 }),
  ]
  it('works off the shortest tick after it has ended', () => {
    expect(oneThreadOf(rows, 4e6)).toEqual({ behind: false, periodMs: 10, workMs: 2.5 })
    const curve = waitCurve({ periodMs: 10, workMs: 2.5 }, 1e-3)
    expect(curve.find(({ aboveShare }) => aboveShare === 0.5)).toMatchObject({ latencyMs: 7.5 })
    expect(curve.at(-1)).toEqual({ latencyMs: 12.49, aboveShare: 1e-3 })
  })
  it('has no latency at a rate above its pace, and is left out where it was not measured', () => {
    expect(oneThreadOf(rows, 1e6)).toEqual({ behind: true })
    expect(oneThreadOf(rows, undefined)).toBeNull()
    expect(oneThreadOf([trial({ engine: 'timely' })], 1e6)).toBeNull()
  })
})
