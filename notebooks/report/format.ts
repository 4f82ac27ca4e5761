/** Quantities as people read them, in titles, labels and captions. */

const rounded = (value: number): string => {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return String(Number(value.toFixed(digits)))
}

function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  const last = steps.at(-1)!
  // 999.6 of a unit would be printed as 1000 of it.
  const [factor, unit] = steps.find(([from]) => value >= from * 0.9995) ?? last
  return `${rounded(value / factor)}${unit}`
}

/** `16.5 M/s`: records per second. */
export function rateText(recordsPerSecond: number): string {
  return `${scaled(recordsPerSecond, [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
    [1, ' '],
  ])}/s`
}

/** `250 ms`, `1.5 s`, `80 µs`. */
export function durationText(nanos: number): string {
  return scaled(nanos, [
    [1e9, ' s'],
    [1e6, ' ms'],
    [1e3, ' µs'],
    [1, ' ns'],
  ])
}

/** `2.10×`, `0.94×`, `12.3×`: digits line up in a column. */
export function ratioText(ratio: number): string {
  return `${ratio.toFixed(ratio >= 10 ? 1 : 2)}×`
}

/** Numbers as they go into a spec: six digits are more than a figure shows, and golden specs stay readable. */
export function plotted(value: number): number {
  return Number(value.toPrecision(6))
}

/**
 * Bounds of a logarithmic axis that take in all values, on 1, 2 or 5 times a power of ten. Values are positive.
 *
 * `margin` is a factor on either side: a point on the frame could be taken for one beyond it, and labels need room.
 */
export function logDomain(values: readonly number[], margin = 1.07): [low: number, high: number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const marks = (value: number): number[] => {
    const decade = 10 ** Math.floor(Math.log10(value))
    return [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].map((digit) => plotted(digit * decade))
  }
  return [
    marks(low).findLast((mark) => mark <= low / margin)!,
    marks(high).find((mark) => mark >= high * margin)!,
  ]
}

/** Ticks of a logarithmic axis within its domain: 1, 2 and 5 times powers of ten, or these alone where labels would collide. */
export function logTicks([low, high]: readonly [number, number], labelsMax: number): number[] {
  const ticksAt = (digits: readonly number[]): number[] => {
    const ticks: number[] = []
    // One power too many is filtered; the logarithm of 1000 is a little below 3.
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
      for (const digit of digits) ticks.push(plotted(digit * 10 ** power))
    }
    return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001)
  }
  const all = ticksAt([1, 2, 5])
  return all.length <= labelsMax ? all : ticksAt([1])
}
