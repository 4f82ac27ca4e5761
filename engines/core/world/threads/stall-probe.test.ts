/** Gaps of a probe that is given its clocks: what was slept is no gap, and what comes after the alarm is. */
import { expect, it } from 'vitest'
import { Histogram } from '../../metrics/histogram.ts'
import { StallProbe } from './stall-probe.ts'

const MS = 1_000_000

function probeOf() {
  const gaps = new Histogram()
  let cpu = 0
  const probe = new StallProbe(gaps, () => cpu)
  probe.begin(0)
  const work = (ns: number): void => {
    cpu += ns
  }
  return { gaps, probe, work }
}

it('a thread that works all the time has no gap', () => {
  const { gaps, probe, work } = probeOf()
  for (let now = 1; now <= 5; now++) {
    work(MS)
    probe.round(now * MS)
  }
  expect([gaps.count, gaps.max]).toEqual([5, 0])
})

it('rounds shorter than a window wait for it', () => {
  const { gaps, probe } = probeOf()
  probe.round(MS / 2)
  expect(gaps.count).toBe(0)
  probe.round(MS)
  expect([gaps.count, gaps.max]).toEqual([1, MS])
})

it('time without CPU is a gap, chosen sleep is none, and lateness after the alarm is one', () => {
  const { gaps, probe, work } = probeOf()
  work(MS)
  probe.round(4 * MS)
  expect(gaps.max).toBe(3 * MS)
  probe.parked(4 * MS, 20 * MS, 10 * MS)
  probe.round(10 * MS)
  expect([gaps.count, gaps.quantile(0.5)]).toEqual([2, 0])
  probe.parked(10 * MS, 20 * MS, 27 * MS)
  probe.round(27 * MS)
  expect(gaps.max).toBe(7 * MS)
})
