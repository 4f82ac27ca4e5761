/**
 * The ledger of the threads world: each process publishes its commits in a ring that the supervisor drains now and then.
 *
 *   frame: done i32 | generation | output | partition u32 | rows f64 | lane0, lane1 u32 | tick f64 | visible at f64
 *     | read at f64, NaN where it is absent
 *
 * A commit is visible from the release store that publishes its frame; the clock is read just after it, written into the
 * frame, and `done` is set. A frame that is not done yet is left for the next drain, or, if its process is dead, counted
 * as visible at the instant of its death.
 *
 * The generation is compared with the authority's word just before the store. A new generation may come between the two:
 * such a commit was made in good faith a few ns before its end, and what replaces it has the same digest or is judged.
 */
import type { RunMemory } from '../../columns/memory.ts'
import type { Commit, CommitLedger, CommitOutcome, VisibleCommit } from '../../output/commit.ts'
import type { Nanos } from '../../units.ts'
import { RingReader, type RingSpan, RingWriter } from './ring.ts'

const COMMIT_BYTES = 56

export interface CommitRingContext {
  now(): Nanos
  /** The authority's word. */
  generation(): number
  count(counter: string, by: number): void
  /** Commits of this tick wake the supervisor: the run may be complete. */
  readonly finalTick: Nanos
}

export class CommitRingWriter implements CommitLedger {
  #memory: RunMemory
  #ring: RingWriter
  #context: CommitRingContext

  constructor(memory: RunMemory, span: RingSpan, context: CommitRingContext) {
    this.#memory = memory
    this.#ring = new RingWriter(memory, span)
    this.#context = context
  }

  commit(commit: Commit): CommitOutcome {
    const { now, generation, count, finalTick } = this.#context
    const pointer = this.#ring.reserve(COMMIT_BYTES)
    if (pointer === 0) return 'full'
    const { i32, u32, f64 } = this.#memory
    const word = pointer >>> 2
    const number = pointer >>> 3
    i32[word] = 0
    u32[word + 1] = commit.generation
    u32[word + 2] = commit.output
    u32[word + 3] = commit.partition
    f64[number + 2] = commit.rows
    u32[word + 6] = commit.lane0
    u32[word + 7] = commit.lane1
    f64[number + 4] = commit.tick
    f64[number + 6] = commit.readAt ?? Number.NaN
    if (generation() > commit.generation) {
      this.#ring.cancel()
      count('staleCommits', 1)
      return 'stale'
    }
    this.#ring.publish()
    f64[number + 5] = now()
    Atomics.store(i32, word, 1)
    if (commit.tick >= finalTick || this.#ring.halfFull()) this.#ring.wakeReader()
    return 'accepted'
  }
}

export class CommitRingReader {
  #memory: RunMemory
  #ring: RingReader

  constructor(memory: RunMemory, span: RingSpan) {
    this.#memory = memory
    this.#ring = new RingReader(memory, span)
  }

  /** Visits commits in order. `diedAt`: the process is dead since then, so what is not done will never be. */
  drain(visit: (commit: VisibleCommit) => void, diedAt?: Nanos): void {
    const { i32, u32, f64 } = this.#memory
    while (this.#ring.peek()) {
      const word = this.#ring.pointer >>> 2
      const number = this.#ring.pointer >>> 3
      const done = Atomics.load(i32, word) === 1
      if (!done && diedAt === undefined) break
      const readAt = f64[number + 6]!
      visit({
        generation: u32[word + 1]!,
        output: u32[word + 2]!,
        partition: u32[word + 3]!,
        rows: f64[number + 2]!,
        lane0: u32[word + 6]!,
        lane1: u32[word + 7]!,
        tick: f64[number + 4]!,
        readAt: Number.isNaN(readAt) ? undefined : readAt,
        visibleAt: done ? f64[number + 5]! : diedAt!,
      })
      this.#ring.advance()
    }
    this.#ring.release()
  }
}
