/**
 * Commits as the supervisor keeps them while a run goes on: columns in chunks, 52 bytes a commit. As objects they took three
 * times as much, and every one of them was looked at by each collection of garbage.
 */
import type { VisibleCommit } from '../../output/commit.ts'

const CHUNK_COMMITS = 4_096
/** Rows, tick, visible at, read at (NaN where it is absent); generation, output, partition and the lanes. */
const NUMBERS = 4
const WORDS = 5

interface Chunk {
  readonly f64: Float64Array
  readonly u32: Uint32Array
}

export class CommitColumns implements Iterable<VisibleCommit> {
  #chunks: Chunk[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(commit: VisibleCommit): void {
    const place = this.#length % CHUNK_COMMITS
    if (place === 0) {
      this.#chunks.push({
        f64: new Float64Array(NUMBERS * CHUNK_COMMITS),
        u32: new Uint32Array(WORDS * CHUNK_COMMITS),
      })
    }
    const { f64, u32 } = this.#chunks.at(-1)!
    const number = NUMBERS * place
    f64[number] = commit.rows
    f64[number + 1] = commit.tick
    f64[number + 2] = commit.visibleAt
    f64[number + 3] = commit.readAt ?? Number.NaN
    const word = WORDS * place
    u32[word] = commit.generation
    u32[word + 1] = commit.output
    u32[word + 2] = commit.partition
    u32[word + 3] = commit.lane0
    u32[word + 4] = commit.lane1
    this.#length += 1
  }

  /** In the order in which they were added. */
  *[Symbol.iterator](): Generator<VisibleCommit, void, undefined> {
    for (let index = 0; index < this.#length; index++) {
      const { f64, u32 } = this.#chunks[Math.floor(index / CHUNK_COMMITS)]!
      const number = NUMBERS * (index % CHUNK_COMMITS)
      const word = WORDS * (index % CHUNK_COMMITS)
      const readAt = f64[number + 3]!
      yield {
        generation: u32[word]!,
        output: u32[word + 1]!,
        partition: u32[word + 2]!,
        rows: f64[number]!,
        lane0: u32[word + 3]!,
        lane1: u32[word + 4]!,
        tick: f64[number + 1]!,
        visibleAt: f64[number + 2]!,
        readAt: Number.isNaN(readAt) ? undefined : readAt,
      }
    }
  }
}
