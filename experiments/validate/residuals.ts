/** How far simulation is from threads: (simulated − threads) / threads, per pair and quantity. */
import { formatTable } from '../runner/table.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { median } from '../statistics/quantiles.ts'
import { cellOf, type Pair } from './pairs.ts'

export const QUANTITIES = ['throughput', 'p50', 'p90', 'p99'] as const
export type Quantity = (typeof QUANTITIES)[number]

/** What the issue asks for; of p99 nothing is asked without recorded stalls. */
export const BOUNDS: Readonly<Partial<Record<Quantity, number>>> = {
  throughput: 0.15,
  p50: 0.3,
  p90: 0.3,
}

export interface Comparison {
  readonly pair: Pair
  readonly threads: TrialOutcome
  readonly simulated: TrialOutcome
}

export interface Residual {
  readonly pair: Pair
  readonly quantity: Quantity
  readonly threads: number
  readonly simulated: number
  readonly residual: number
}

/** Throughput where the load is above reach, latencies where it is below; nothing of a trial that is not valid. */
export function residualsOf({ pair, threads, simulated }: Comparison): readonly Residual[] {
  if (threads.verdict !== 'valid' || simulated.verdict !== 'valid') return []
  const residuals: Residual[] = []
  for (const quantity of QUANTITIES) {
    if ((quantity === 'throughput') !== (pair.load === 'overload')) continue
    const real = measureOf(threads, quantity)
    const imagined = measureOf(simulated, quantity)
    if (real === undefined || imagined === undefined || real === 0) continue
    const residual = (imagined - real) / real
    residuals.push({ pair, quantity, threads: real, simulated: imagined, residual })
  }
  return residuals
}

function measureOf({ processedPerSecond, latency }: TrialOutcome, quantity: Quantity) {
  return quantity === 'throughput' ? processedPerSecond : latency?.[quantity]
}

export function residualTable(comparisons: readonly Comparison[]): string {
  return formatTable(
    [
      { title: 'trial', align: 'left' },
      { title: 'what', align: 'left' },
      { title: 'threads' },
      { title: 'simulated' },
      { title: 'residual', unit: '%' },
      { title: 'bound', unit: '%' },
      { title: 'within', align: 'left' },
    ],
    comparisons.flatMap((comparison) => {
      const residuals = residualsOf(comparison)
      if (residuals.length === 0) {
        const { threads, simulated } = comparison
        const why = `${threads.verdict} on threads, ${simulated.verdict} in simulation`
        return [[cellOf(comparison.pair), why, undefined, undefined, undefined, undefined, '']]
      }
      return residuals.map(({ pair, quantity, threads, simulated, residual }) => {
        const bound = BOUNDS[quantity]
        return [
          cellOf(pair),
          quantity,
          shown(quantity, threads),
          shown(quantity, simulated),
          (residual * 100).toFixed(1),
          bound === undefined ? undefined : (bound * 100).toFixed(0),
          bound === undefined ? '' : Math.abs(residual) <= bound ? 'yes' : 'no',
        ]
      })
    }),
  )
}

/** For each quantity: how many are within the bound, and the median distance. */
export function residualSummary(comparisons: readonly Comparison[]): readonly string[] {
  const all = comparisons.flatMap(residualsOf)
  return QUANTITIES.flatMap((quantity) => {
    const distances = all
      .filter((each) => each.quantity === quantity)
      .map(({ residual }) => Math.abs(residual))
    if (distances.length === 0) return []
    const bound = BOUNDS[quantity]
    const middle = `median distance ${(median(distances) * 100).toFixed(1)} %`
    if (bound === undefined) return [`${quantity}: ${middle}, without recorded stalls`]
    const within = distances.filter((distance) => distance <= bound).length
    return [`${quantity}: ${within} of ${distances.length} within ${bound * 100} %, ${middle}`]
  })
}

function shown(quantity: Quantity, value: number): string {
  return quantity === 'throughput'
    ? `${(value / 1e6).toPrecision(3)} M/s`
    : `${(value / 1e6).toPrecision(3)} ms`
}
