/**
 * Timestamps: logical time as an epoch and one counter for each loop around the place (Naiad §2.1).
 *
 * The order is Naiad's product order: (e1, c1) ≤ (e2, c2) iff e1 ≤ e2 and c1 ≤ c2, counters compared lexicographically
 * from the outermost loop in. Epochs are total and counters of one depth are total, so timestamps of one depth form a
 * lattice: a product of two chains. Timestamps of different depths are never compared.
 *
 * Not here: wall time. What an epoch means (the engine's tick index) is the engine's matter.
 */

/** `[epoch, counter of the outermost loop, …, counter of the innermost]`. Never changed once made. */
export type Timestamp = readonly number[]

export function timeOfEpoch(epoch: number): Timestamp {
  return [epoch]
}

/** After all timestamps of an epoch, at a place with so many loops around it. */
export function lastTimeOf(epoch: number, loops: number): Timestamp {
  return [epoch, ...new Array<number>(loops).fill(Number.MAX_SAFE_INTEGER)]
}

/**
 * Reads a timestamp from the wire: a u32 for the epoch and one for each counter, one after another, little endian.
 *
 * Most have no counter or one. An array that grows by `push` takes room for seventeen.
 */
export function readTime(view: DataView, at: number, counters: number): Timestamp {
  const epoch = view.getUint32(at, true)
  if (counters === 0) return [epoch]
  const first = view.getUint32(at + 4, true)
  if (counters === 1) return [epoch, first]
  const time = [epoch, first]
  for (let counter = 2; counter <= counters; counter++) {
    time.push(view.getUint32(at + 4 * counter, true))
  }
  return time
}

/** Compares the counters of two timestamps of one depth, lexicographically: below, at or above zero. */
function compareCounters(a: Timestamp, b: Timestamp): number {
  for (let at = 1; at < a.length; at++) {
    const difference = a[at]! - b[at]!
    if (difference !== 0) return difference
  }
  return 0
}

/** The partial order that progress is about. Both timestamps have the same depth. */
export function lessEqual(a: Timestamp, b: Timestamp): boolean {
  return a[0]! <= b[0]! && compareCounters(a, b) <= 0
}

export function lessThan(a: Timestamp, b: Timestamp): boolean {
  return lessEqual(a, b) && !equalTimes(a, b)
}

export function equalTimes(a: Timestamp, b: Timestamp): boolean {
  return a === b || (a[0] === b[0] && compareCounters(a, b) === 0)
}

/** A total order that extends the partial one: for sorting, and for delivering notifications in order. */
export function compareTimes(a: Timestamp, b: Timestamp): number {
  const difference = a[0]! - b[0]!
  return difference !== 0 ? difference : compareCounters(a, b)
}

/** The least timestamp that both are ≤ to. */
export function joinTimes(a: Timestamp, b: Timestamp): Timestamp {
  const later = compareCounters(a, b) >= 0 ? a : b
  const epoch = Math.max(a[0]!, b[0]!)
  return later[0] === epoch ? later : [epoch, ...later.slice(1)]
}

/** The greatest timestamp that is ≤ both. */
export function meetTimes(a: Timestamp, b: Timestamp): Timestamp {
  const earlier = compareCounters(a, b) <= 0 ? a : b
  const epoch = Math.min(a[0]!, b[0]!)
  return earlier[0] === epoch ? earlier : [epoch, ...earlier.slice(1)]
}

/** For messages of assertions: `(3; 1, 0)`. */
export function showTime(time: Timestamp): string {
  return time.length === 1 ? `(${time[0]})` : `(${time[0]}; ${time.slice(1).join(', ')})`
}
