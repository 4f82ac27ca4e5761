/** Which commits of a run are still missing: it is complete when every one has become visible once. */
import type { TickLog } from '../input/tick-log.ts'
import type { Nanos } from '../units.ts'
import type { Commit } from './commit.ts'
import type { ExpectedCommits } from './expected-commits.ts'

/** What is expected of an output, and a mark for each (partition, tick). */
interface Expected {
  readonly ticks: TickLog
  count: number
  readonly most: number
  readonly seen: Uint8Array
}

export class RunCompletion {
  /** By output. */
  #outputs: (Expected | undefined)[] = []
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

  /** The last tick up to which nothing is missing; 0 if there is none. Costs O(commits expected). */
  get wholeUntil(): Nanos {
    const outputs = this.#outputs.filter((expected) => expected !== undefined)
    const missing = Math.min(...outputs.map(firstMissing))
    const whole = ({ ticks, count }: Expected): Nanos =>
      ticks.endOf(missing === Number.POSITIVE_INFINITY ? count : ticks.containing(missing - 1) - 1)
    return Math.max(0, ...outputs.map(whole))
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

/** The first tick of which a commit is missing, or Infinity. */
function firstMissing({ ticks, count, most, seen }: Expected): Nanos {
  let first = count
  for (let index = 0; index < seen.length; index++) {
    if (seen[index] === 0 && index % most < first) first = index % most
  }
  return first === count ? Number.POSITIVE_INFINITY : ticks.endOf(first + 1)
}
