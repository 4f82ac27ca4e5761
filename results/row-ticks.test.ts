import { expect, it } from 'vitest'
import { carries, ticksOf } from './row-ticks.ts'

const windowed = JSON.stringify({ mode: 'window-inverse', length: '30s', slide: '500ms' })

it('ticks are those of the measured interval, with windows its slides', () => {
  const row = { tick_ns: 10e6, measured_ns: 2e9, ticks_completed: 300 }
  expect(ticksOf(row)).toBe(200)
  expect(ticksOf({ ...row, workload_parameters: windowed })).toBe(4)
  expect(ticksOf({ ...row, tick_ns: 500e6 })).toBe(4)
  // Of a plan's own periods.
  expect(ticksOf({ ...row, ticks_completed: 3 })).toBe(3)
  expect([ticksOf({ tick_ns: 10e6 }), ticksOf({ measured_ns: 2e9 })]).toEqual([
    undefined,
    undefined,
  ])
})

it('p99 takes a hundred of them, p99.9 a thousand', () => {
  const of = (ticks: number) => ({ tick_ns: 10e6, measured_ns: ticks * 10e6 })
  for (const share of [0.5, 0.1, 0.05, 0.01, 0.001]) {
    expect(carries(of(1 / share), share)).toBe(true)
    expect(carries(of(1 / share - 1), share)).toBe(false)
  }
  expect(carries({}, 0.001)).toBe(true)
})
