/** Which commits of a run are still missing: it is complete when every one has become visible once. */
import type { TickLog } from '../../input/tick-log.ts'
import type { Commit } from '../../output/commit.ts'
import type { ExpectedCommits } from '../../output/expected-commits.ts'
import type { Nanos } from '../../units.ts'

export class RunCompletion {
  /** By output: what is expected, and a mark for each (partition, tick). */
  #outputs: (
    | { readonly ticks: TickLog; count: number; readonly most: number; readonly seen: Uint8Array }
    | undefined
  )[] = []
  #missing = 0

  constructor(expected: readonly ExpectedCommits[], duration: Nanos) {
    for (const { output, partitions, ticks } of expected) {
      const count = ticks.containing(duration) - 1
      // Partitions are numbered from 0 without gaps, so the number is an index.
      const seen = new Uint8Array(partitions.length * count)
      this.#outputs[output] = { ticks, count, most: count, seen }
      this.#missing += partitions.length * count
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
      const { ticks, most, seen } = expected
      expected.count = Math.min(most, ticks.containing(duration) - 1)
      for (let index = 0; index < seen.length; index++) {
        if (index % most < expected.count && seen[index] === 0) this.#missing += 1
      }
    }
  }

  /** Notes a commit; one that is not expected or was seen before changes nothing. */
  add({ output, partition, tick }: Pick<Commit, 'output' | 'partition' | 'tick'>): void {
    const expected = this.#outputs[output]
    if (expected === undefined || !expected.ticks.isBoundary(tick)) return
    const ordinal = expected.ticks.indexOfEnd(tick) - 1
    if (ordinal < 0 || ordinal >= expected.count) return
    const index = partition * expected.most + ordinal
    if (expected.seen[index] !== 0) return
    expected.seen[index] = 1
    this.#missing -= 1
  }
}
