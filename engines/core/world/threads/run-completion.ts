/** Which commits of a run are still missing: it is complete when every one has become visible once. */
import type { Commit } from '../../output/commit.ts'
import type { ExpectedCommits } from '../../output/expected-commits.ts'
import type { Nanos } from '../../units.ts'

export class RunCompletion {
  /** By output: what is expected, and a mark for each (partition, tick). */
  #outputs: (
    | { readonly period: Nanos; ticks: number; readonly most: number; readonly seen: Uint8Array }
    | undefined
  )[] = []
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
