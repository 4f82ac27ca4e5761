/**
 * Times micro-benchmarks with tinybench. A batch is one sample: the case says how many units it was, and the clock's
 * own cost is taken off each, so that what is reported is a unit's time (ns).
 */
import { Bench } from 'tinybench'
import { median } from '../statistics/quantiles.ts'
import type { MicroCase } from './micro-case.ts'

export interface MicroResult {
  readonly name: string
  readonly unit: string
  /** Median over batches, and the median absolute deviation from it. */
  readonly nsPerUnit: number
  readonly nsPerUnitDeviation: number
  readonly batches: number
  readonly check: number
}

export interface MicroTiming {
  /** Both are reached: batches, and time in ms. */
  readonly batches: number
  readonly timeMs: number
  readonly warmupMs: number
}

export const QUICK_TIMING: MicroTiming = { batches: 20, timeMs: 60, warmupMs: 30 }

export function measureCase(micro: MicroCase, timing: MicroTiming): MicroResult {
  const { batches, timeMs, warmupMs } = timing
  const bench = new Bench({
    time: timeMs,
    iterations: batches,
    warmupTime: warmupMs,
    warmupIterations: Math.min(5, batches),
    throws: true,
  })
  const perUnit: number[] = []
  bench.add(micro.name, () => {
    micro.before?.()
    const start = performance.now()
    const units = micro.run()
    const duration = Math.max(performance.now() - start - CLOCK_MS, 0)
    micro.after?.()
    perUnit.push((duration * 1e6) / units)
    return { overriddenDuration: duration }
  })
  bench.runSync()
  // Warm-up batches come first; tinybench counts the others.
  const measured = perUnit.slice(-(bench.tasks[0]!.runs || batches))
  const middle = median(measured)
  return {
    name: micro.name,
    unit: micro.unit,
    nsPerUnit: middle,
    nsPerUnitDeviation: median(measured.map((value) => Math.abs(value - middle))),
    batches: measured.length,
    check: checkOf(micro),
  }
}

/** What one batch makes from a defined beginning: independent of how many were timed. */
export function checkOf(micro: MicroCase): number {
  micro.before?.()
  micro.run()
  micro.after?.()
  return micro.check()
}

/** What reading the clock costs: the least of many. */
const CLOCK_MS = ((): number => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 200; i++) {
    const start = performance.now()
    least = Math.min(least, performance.now() - start)
  }
  return least
})()
