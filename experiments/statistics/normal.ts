/** The standard normal distribution, for approximations of tests and for BCa intervals. */

/**
 * Probability that a standard normal variable is at most `x`. Relative error below 1e-12 in both tails.
 *
 * Marsaglia's series near 0; beyond, the continued fraction of the tail (Abramowitz and Stegun 26.2.14).
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 3) return 1 - normalCdf(-x)
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  if (x < -3) {
    if (x < -38) return 0
    let fraction = -x
    for (let k = 120; k >= 1; k--) fraction = -x + k / fraction
    return density / fraction
  }
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-18 && k < 300; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 + density * sum
}

// Coefficients of Acklam's rational approximation, relative error 1.15e-9 before the refinement.
const a = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
] as const
const b = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1,
] as const
const c = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
] as const
const d = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416,
] as const

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0)

/** The inverse of `normalCdf`; 0 and 1 give infinities. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return probability === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (probability > 0.5) return -normalQuantile(1 - probability)
  let x: number
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability))
    x = polynomial(c, q) / polynomial([...d, 1], q)
  } else {
    const q = probability - 0.5
    x = (polynomial(a, q * q) * q) / polynomial([...b, 1], q * q)
  }
  // One step of Halley's method brings it to the precision of the distribution function.
  const error = (normalCdf(x) - probability) * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2)
  return x - error / (1 + (x * error) / 2)
}
