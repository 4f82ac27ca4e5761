/**
 * Bootstrap intervals of medians. The unit that is resampled is the trial (METHOD 10): records
 * of one trial share its fate and say nothing about the next one.
 *
 * Medians of few values are lumpy: a 95 % interval of 5 to 16 skewed values covers the truth in 93 % of samples (tried).
 *
 * Seeded: equal samples, options and seed give equal intervals. References: Efron and Tibshirani, An Introduction to the
 * Bootstrap, chapters 13 (percentile) and 14 (BCa).
 */
import { assert } from '../../engines/core/assert.ts'
import { seededRandom } from '../../engines/core/world/random.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { median, quantileOfSorted } from './quantiles.ts'

/** An estimate with its interval, in the unit of the estimate. */
export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  readonly seed: number
  /** Default 10,000: about 20 ms for a median of 30 values. */
  readonly resamples?: number
  /** Default 0.95. */
  readonly confidence?: number
  /** Bias-corrected and accelerated (default), or plain percentiles. */
  readonly method?: 'percentile' | 'bca'
}

type Samples = readonly (readonly number[])[]

/**
 * Interval of any statistic of one or more independent samples, none of them empty.
 *
 * With fewer than two values in every sample there is no spread to see: the interval is infinitely wide rather than of no
 * width. `statistic` must accept samples with repeated values. Cost: resamples × the statistic.
 */
export function bootstrap(
  samples: Samples,
  statistic: (samples: Samples) => number,
  options: BootstrapOptions,
): Interval {
  const { seed, resamples = 10_000, confidence = 0.95, method = 'bca' } = options
  assert(
    samples.every((sample) => sample.length > 0),
    'a bootstrap needs a value in each sample',
  )
  assert(confidence > 0 && confidence < 1, `confidence ${confidence} is not between 0 and 1`)
  assert(resamples >= 100, `${resamples} resamples are too few for an interval`)
  const estimate = statistic(samples)
  if (samples.every((sample) => sample.length < 2)) {
    return { estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  }
  const random = seededRandom(seed, samples.length)
  const drawn = new Float64Array(resamples)
  const resampled = samples.map((sample) => [...sample])
  for (let index = 0; index < resamples; index++) {
    for (const [which, sample] of samples.entries()) {
      const target = resampled[which]!
      for (let position = 0; position < sample.length; position++) {
        target[position] = sample[random.below(sample.length)]!
      }
    }
    drawn[index] = statistic(resampled)
  }
  drawn.sort()
  const tail = (1 - confidence) / 2
  const corrected = method === 'bca' ? correction(samples, statistic, drawn, estimate) : undefined
  const at = (probability: number): number =>
    quantileOfSorted(drawn, corrected ? corrected(probability) : probability)
  return { estimate, low: at(tail), high: at(1 - tail) }
}

/**
 * BCa's map of probabilities; undefined where bias or acceleration is not defined, as of values that are infinite, and plain
 * percentiles must do.
 */
function correction(
  samples: Samples,
  statistic: (samples: Samples) => number,
  drawn: Float64Array,
  estimate: number,
): ((probability: number) => number) | undefined {
  let below = 0
  // Medians of few values often equal the estimate: half of the ties count as below, or the bias would be an artefact.
  for (const value of drawn) below += value < estimate ? 1 : value === estimate ? 0.5 : 0
  const bias = normalQuantile(below / drawn.length)
  if (!Number.isFinite(bias)) return undefined
  let squares = 0
  let cubes = 0
  for (const [which, sample] of samples.entries()) {
    if (sample.length < 2) continue
    const left = sample.map((_, omitted) =>
      statistic(samples.map((other, index) => (index === which ? without(other, omitted) : other))),
    )
    if (!left.every(Number.isFinite)) return undefined
    const mean = left.reduce((sum, value) => sum + value, 0) / left.length
    // Several samples: influences are weighted by 1/n, so that a small sample counts as it should.
    const weight = (sample.length - 1) / sample.length
    for (const value of left) {
      const influence = (mean - value) * weight
      squares += influence ** 2
      cubes += influence ** 3
    }
  }
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5)
  return (probability) => {
    const shifted = bias + normalQuantile(probability)
    return normalCdf(bias + shifted / (1 - acceleration * shifted))
  }
}

const without = (values: readonly number[], index: number): readonly number[] =>
  values.filter((_, other) => other !== index)

/** Median of trials with its interval. */
export function medianInterval(values: readonly number[], options: BootstrapOptions): Interval {
  return bootstrap([values], ([sample]) => median(sample!), options)
}

/**
 * Median of values that lie in clusters, such as the faults of a trial, which share its fate: clusters are resampled, each with all
 * that is in it (METHOD, "How the rules bind here"). None of them is empty.
 */
export function clusteredMedianInterval(
  clusters: readonly (readonly number[])[],
  options: BootstrapOptions,
): Interval {
  const places = clusters.map((_, place) => place)
  return bootstrap(
    [places],
    ([drawn]) => median(drawn!.flatMap((place) => clusters[place]!)),
    options,
  )
}
