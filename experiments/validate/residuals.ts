/** How far simulation is from threads: simulated ÷ threads − 1, per pair and quantity. */
import { assert } from '../../engines/core/assert.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { formatTable } from '../runner/table.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import { workNsOf } from './in-situ.ts'
import { cellOf, type Pair } from './pairs.ts'

export const QUANTITIES = ['throughput', 'p50', 'p90', 'p99'] as const
export type Quantity = (typeof QUANTITIES)[number]

/** What the issue asks for; of p99 only that it is shown, with the recorded stalls replayed. */
export const BOUNDS: Readonly<Partial<Record<Quantity, number>>> = {
  throughput: 0.15,
  p50: 0.3,
  p90: 0.3,
}

export interface Comparison {
  readonly pair: Pair
  /** Timely's epoch, or the batch. */
  readonly tick: Nanos
  /** Repeats. */
  readonly threads: readonly TrialOutcome[]
  /** One for each repeat, with the costs of its time; or one for all of them. */
  readonly simulated: readonly TrialOutcome[]
  /** With the costs of `micro` alone: without the factor of the calibration in situ. */
  readonly alone: TrialOutcome
  /** For each repeat under overload, the CPU time per record that was calibrated beside it, ns. */
  readonly besideNs?: readonly (number | undefined)[]
  /** With the stalls that were recorded on threads; where there were any. */
  readonly replayed?: TrialOutcome
}

export interface Residual {
  readonly pair: Pair
  readonly quantity: Quantity
  /** Medians of the repeats. */
  readonly threads: number
  readonly simulated: number
  /** Median of simulated ÷ threads over the repeats, less 1. */
  readonly residual: number
  /** 95 % interval of the residual; of one repeat the residual itself. */
  readonly low: number
  readonly high: number
  /** Of simulated ÷ threads over the repeats: the width of the 95 % interval of the median ÷ the median. */
  readonly spread: number
  /** Of the costs of `micro` alone, with the factor 1. Empty where that trial is not valid; p99 without stalls. */
  readonly residualAlone: number | undefined
  /**
   * Of a model without a simulator. Throughput: cores that do nothing but the work that was calibrated. Latencies: work
   * that takes no time, a record waits for its tick's end and for nothing else.
   */
  readonly residualOfNull: number | undefined
}

/** Throughput where the load is above reach, latencies where it is below; nothing where a trial is not valid. */
export function residualsOf({
  pair,
  tick,
  threads,
  simulated,
  alone,
  besideNs = [],
  replayed,
}: Comparison): readonly Residual[] {
  if ([...threads, ...simulated].some(({ verdict }) => verdict !== 'valid')) return []
  const residuals: Residual[] = []
  for (const quantity of QUANTITIES) {
    if ((quantity === 'throughput') !== (pair.load === 'overload')) continue
    const worlds = quantity === 'p99' && replayed !== undefined ? [replayed] : simulated
    const reals = threads.map((outcome) => measureOf(outcome, quantity))
    const imagined = worlds.map((outcome) => measureOf(outcome, quantity))
    if (!allKnown(reals) || !allKnown(imagined)) continue
    const real = median(reals)
    residuals.push({
      pair,
      quantity,
      threads: real,
      simulated: median(imagined),
      ...distanceOf(reals, imagined),
      residualAlone: residualOfAlone(alone, quantity, real),
      residualOfNull:
        quantity === 'throughput'
          ? ofWorkAlone(reals, besideNs, pair.workers)?.residual
          : (TICK_SHARES[quantity] * tick - real) / real,
    })
  }
  return residuals
}

export type Distance = Pick<Residual, 'residual' | 'low' | 'high' | 'spread'>

/** Zero has no ratio: a quantity with such a repeat is not compared. */
function allKnown(values: readonly (number | undefined)[]): values is readonly number[] {
  return values.length > 0 && values.every((value) => value !== undefined && value > 0)
}

/** Paces against those of cores that do nothing but the work that was calibrated beside them. */
function ofWorkAlone(
  threads: readonly number[],
  besideNs: readonly (number | undefined)[],
  workers: number,
): Distance | undefined {
  const imagined = besideNs.flatMap((ns) => (ns === undefined ? [] : (workers * 1e9) / ns))
  return imagined.length === threads.length ? distanceOf(threads, imagined) : undefined
}

/** Simulated paces follow the calibrations that stand beside them, not to the last per cent. */
const STEADY_ENOUGH = 0.9

/**
 * Whether overloads were repeated often enough for their median to be known as well as its bound asks. Told by the machine alone,
 * before anything is simulated: by how wide the median's interval is, never by where it lies.
 */
export function areSteady(
  threads: readonly TrialOutcome[],
  besideNs: readonly (number | undefined)[],
  workers: number,
): boolean {
  const paces = threads.map(({ processedPerSecond }) => processedPerSecond)
  const distance = ofWorkAlone(paces, besideNs, workers)
  return distance !== undefined && distance.spread <= STEADY_ENOUGH * BOUNDS.throughput!
}

/**
 * Of simulated ÷ threads over the repeats: the median less 1, and the width of its 95 % bootstrap interval ÷ the median (of three
 * repeats: highest − lowest). `simulated`: one for each of
 * `threads`, or one for all.
 */
export function distanceOf(threads: readonly number[], simulated: readonly number[]): Distance {
  assert(
    simulated.length === 1 || simulated.length === threads.length,
    `${simulated.length} simulations of ${threads.length} repeats`,
  )
  const ratios = threads.map(
    (real, repeat) => simulated[simulated.length === 1 ? 0 : repeat]! / real,
  )
  // A single repeat has no interval.
  if (ratios.length === 1) {
    const residual = ratios[0]! - 1
    return { residual, low: residual, high: residual, spread: 0 }
  }
  const { estimate, low, high } = medianInterval(ratios, { seed: 1 })
  return {
    residual: estimate - 1,
    low: low - 1,
    high: high - 1,
    spread: (high - low) / estimate,
  }
}

/** Due instants are spread evenly over a tick. */
const TICK_SHARES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const

function residualOfAlone(outcome: TrialOutcome, quantity: Quantity, real: number) {
  const imagined = outcome.verdict === 'valid' ? measureOf(outcome, quantity) : undefined
  return imagined === undefined ? undefined : (imagined - real) / real
}

function measureOf({ processedPerSecond, latency }: TrialOutcome, quantity: Quantity) {
  return quantity === 'throughput' ? processedPerSecond : latency?.[quantity]
}

export type Judgement = 'yes' | 'no' | 'not steady' | ''

/** Whether a median can be told from its bound: its interval is no wider than that, or lies beyond it altogether. */
export function isTold({ low, high, spread }: Distance, bound: number): boolean {
  return spread <= bound || low > bound || high < -bound
}

/**
 * Whether a residual is within its bound; empty where the quantity has none. A median that cannot be told from the bound is
 * not steady, and neither within nor beyond.
 */
export function judgementOf(judged: Residual): Judgement {
  const bound = BOUNDS[judged.quantity]
  if (bound === undefined) return ''
  if (!isTold(judged, bound)) return 'not steady'
  return Math.abs(judged.residual) <= bound ? 'yes' : 'no'
}

export function residualTable(comparisons: readonly Comparison[]): string {
  return formatTable(
    [
      { title: 'trial', align: 'left' },
      { title: 'what', align: 'left' },
      { title: 'threads' },
      { title: 'simulated' },
      { title: 'residual', unit: '%' },
      { title: 'low', unit: '%' },
      { title: 'high', unit: '%' },
      { title: 'spread', unit: '%' },
      { title: 'medians', unit: '%' },
      { title: 'factor 1', unit: '%' },
      { title: 'null', unit: '%' },
      { title: 'bound', unit: '%' },
      { title: 'within', align: 'left' },
    ],
    comparisons.flatMap((comparison) => {
      const residuals = residualsOf(comparison)
      if (residuals.length === 0) return [[cellOf(comparison.pair), notCompared(comparison)]]
      return residuals.map((each) => {
        const { pair, quantity, threads, simulated, residual, low, high, spread } = each
        const { residualAlone, residualOfNull } = each
        const bound = BOUNDS[quantity]
        return [
          cellOf(pair),
          quantity,
          shown(quantity, threads),
          shown(quantity, simulated),
          percent(residual),
          percent(low),
          percent(high),
          percent(spread),
          percent(simulated / threads - 1),
          residualAlone === undefined ? undefined : percent(residualAlone),
          residualOfNull === undefined ? undefined : percent(residualOfNull),
          bound === undefined ? undefined : (bound * 100).toFixed(0),
          judgementOf(each),
        ]
      })
    }),
  )
}

/** The table as CSV, one residual a line; shares, not per cent. No cell has a comma. */
export function residualCsv(residuals: readonly Residual[]): string {
  const header = [
    ...['workload', 'engine', 'workers', 'load', 'quantity', 'threads', 'simulated'],
    ...['residual', 'residual_low', 'residual_high', 'spread'],
    ...['residual_factor_1', 'residual_of_null'],
    ...['bound', 'within'],
  ]
  const lines = residuals.map((each) => [
    ...[each.pair.workload, each.pair.engine, each.pair.workers, each.pair.load, each.quantity],
    ...[each.threads, each.simulated, each.residual, each.low, each.high, each.spread],
    ...[each.residualAlone, each.residualOfNull],
    ...[BOUNDS[each.quantity], judgementOf(each)],
  ])
  return [header, ...lines].map((line) => `${line.map((cell) => cell ?? '').join(',')}\n`).join('')
}

function notCompared({ threads, simulated }: Comparison): string {
  const verdicts = (of: readonly TrialOutcome[]) => of.map(({ verdict }) => verdict).join(', ')
  return `${verdicts(threads)} on threads, ${verdicts(simulated)} in simulation`
}

/** For each quantity: how many are within the bound, and the median distance. */
export function residualSummary(comparisons: readonly Comparison[]): readonly string[] {
  const all = comparisons.flatMap(residualsOf)
  const replayed = comparisons.filter((each) => each.replayed !== undefined).length
  return QUANTITIES.flatMap((quantity) => {
    const those = all.filter((each) => each.quantity === quantity)
    if (those.length === 0) return []
    const bound = BOUNDS[quantity]
    const middle = `median distance ${percent(median(those.map(({ residual }) => Math.abs(residual))))} %`
    if (bound === undefined) {
      return [`${quantity}: ${middle}; recorded stalls replayed in ${replayed} of ${those.length}`]
    }
    const judged = (as: Judgement) => those.filter((each) => judgementOf(each) === as).length
    const within = judged('yes')
    const unsteady = judged('not steady')
    const tested = `${within} of ${those.length - unsteady} within ${bound * 100} %`
    const untested = `${unsteady} not steady: cannot be tested`
    return [`${quantity}: ${tested}, ${untested}; ${middle} of all${lesserModels(those, bound)}`]
  })
}

/** Overloads of each pair by the rules before the last. */
const OVERLOADS_BEFORE = 7

/** What rules that were changed after runs were seen say of this one: a changed rule shows the old verdict too (METHOD). */
export function earlierVerdicts(comparisons: readonly Comparison[]): readonly string[] {
  const bound = BOUNDS.throughput!
  const under = comparisons.filter(({ pair }) => pair.load === 'overload')
  const all = under.flatMap(residualsOf)
  if (all.length === 0) return []
  const within = all.filter(({ residual }) => Math.abs(residual) <= bound).length
  const first = under
    .map((each) => ({
      ...each,
      threads: each.threads.slice(0, OVERLOADS_BEFORE),
      simulated: each.simulated.slice(0, OVERLOADS_BEFORE),
    }))
    .flatMap(residualsOf)
    .map(judgementOf)
  const judged = (as: Judgement): number => first.filter((each) => each === as).length
  const steady = judged('yes') + judged('no')
  const narrow = all.filter(({ spread }) => spread <= bound)
  const narrowWithin = narrow.filter(({ residual }) => Math.abs(residual) <= bound).length
  return [
    `throughput by earlier rules: ${within} of ${all.length} within, steady or not (the first); ` +
      `${narrowWithin} of ${narrow.length} steady within, ${all.length - narrow.length} not steady (the fifth); ` +
      `${judged('yes')} of ${steady} steady within, ${judged('not steady')} not steady, of the first ${OVERLOADS_BEFORE} overloads (the fourth)`,
  ]
}

/** How much of the agreement is that of the costs of `micro` alone, and of a model without a simulator. */
function lesserModels(residuals: readonly Residual[], bound: number): string {
  const of = residuals.filter((each) => judgementOf(each) !== 'not steady')
  const within = (distances: readonly number[]): string =>
    `${distances.filter((distance) => Math.abs(distance) <= bound).length} of ${distances.length}`
  const alone = of.flatMap(({ residualAlone }) => residualAlone ?? [])
  const ofNull = of.flatMap(({ residualOfNull }) => residualOfNull ?? [])
  return [
    ...(alone.length > 0 ? [`; by micro alone: ${within(alone)}`] : []),
    ...(ofNull.length > 0 ? [`; without a simulator: ${within(ofNull)}`] : []),
  ].join('')
}

/** Of each residual that is not within its bound, what the trials tell about the reason. */
export function misses(comparisons: readonly Comparison[]): readonly string[] {
  return comparisons.flatMap((comparison) => {
    const residuals = residualsOf(comparison)
    if (residuals.length === 0) return [`${cellOf(comparison.pair)}: ${notCompared(comparison)}`]
    return residuals
      .filter((each) => ['no', 'not steady'].includes(judgementOf(each)))
      .map((each) => {
        const { pair, quantity, residual } = each
        return `${cellOf(pair)}, ${quantity}: ${percent(residual)} %; ${reasonOf(comparison, each)}`
      })
  })
}

function reasonOf({ pair, threads, simulated }: Comparison, missed: Residual): string {
  const bound = BOUNDS[missed.quantity]!
  if (judgementOf(missed) === 'not steady') {
    return `not steady, cannot be tested: the median's interval is ${percent(missed.spread)} % wide`
  }
  const worksOf = (of: readonly TrialOutcome[]) =>
    of.flatMap((outcome) => workNsOf(outcome, pair.workers) ?? [])
  const [reals, imagineds] = [worksOf(threads), worksOf(simulated)]
  if (reals.length === 0 || imagineds.length === 0) return 'CPU time is not known'
  const [real, imagined] = [median(reals), median(imagineds)]
  const work = `CPU time per record ${real.toFixed(1)} ns on threads, ${imagined.toFixed(1)} ns in simulation`
  return Math.abs(imagined / real - 1) > bound
    ? `${work}: the work is not what was calibrated`
    : `${work}: equal work, other waits`
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}

function shown(quantity: Quantity, value: number): string {
  return quantity === 'throughput'
    ? `${(value / 1e6).toPrecision(3)} M/s`
    : `${(value / 1e6).toPrecision(3)} ms`
}
