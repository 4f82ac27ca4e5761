/** Which commits of a run are still missing: it is complete when every one has become visible once. */
import type { Nanos } from '../units.ts'
import type { Commit } from './commit.ts'
import type { ExpectedCommits } from './expected-commits.ts'

/** What is expected of an output, and a mark for each (partition, tick). */
interface Expected {
  readonly period: Nanos
  ticks: number
  readonly most: number
  readonly seen: Uint8Array
}

export class RunCompletion {
  /** By output. */
  #outputs: (Expected | undefined)[] = []
  #missing = 0

  constructor(expected: readonly ExpectedCommits[], duration: Nanos) {
    for (const { output, partitions, period } of expected) {
      const ticks = Math.floor(duration / period)
      // Partitions are numbered from 0 without gaps, so the number is an index.
      const seen = new Uint8Array(partitions.length * ticks)
      this.#outputs[output] = { period, ticks, most: ticks, seen }
      this.#missing += partitions.length * ticks
    }
  }

  get missing(): number {
    return this.#missing
  }

  /** The last tick up to which nothing is missing; 0 if there is none. Costs O(commits expected). */
  get wholeUntil(): Nanos {
    const outputs = this.#outputs.filter((expected) => expected !== undefined)
    const missing = Math.min(...outputs.map(firstMissing))
    const whole = ({ period, ticks }: Expected): Nanos =>
      period * Math.min(ticks, Math.ceil(missing / period) - 1)
    return Math.max(0, ...outputs.map(whole))
  }

  /** The run ends earlier than was said: only commits up to there are expected. Costs O(commits expected). */
  endAt(duration: Nanos): void {
    this.#missing = 0
    for (const expected of this.#outputs) {
      if (expected === undefined) continue
      const { period, most, seen } = expected
      expected.ticks = Math.min(most, Math.floor(duration / period))
      for (let index = 0; index < seen.length; index++) {
        if (index % most < expected.ticks && seen[index] === 0) this.#missing += 1
      }
    }
  }

  /** Notes a commit; one that is not expected or was seen before changes nothing. */
  add({ output, partition, tick }: Pick<Commit, 'output' | 'partition' | 'tick'>): void {
    const expected = this.#outputs[output]
    if (expected === undefined || tick % expected.period !== 0) return
    const ordinal = tick / expected.period - 1
    if (ordinal < 0 || ordinal >= expected.ticks) return
    const index = partition * expected.most + ordinal
    if (expected.seen[index] !== 0) return
    expected.seen[index] = 1
    this.#missing -= 1
  }
}

/** The first tick of which a commit is missing, or Infinity. */
function firstMissing({ period, ticks, most, seen }: Expected): Nanos {
  let first = ticks
  for (let index = 0; index < seen.length; index++) {
    if (seen[index] === 0 && index % most < first) first = index % most
  }
  return first === ticks ? Number.POSITIVE_INFINITY : (first + 1) * period
}
