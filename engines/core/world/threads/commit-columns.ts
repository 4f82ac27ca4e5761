/**
 * Commits as the supervisor keeps them while a run goes on: columns, 52 bytes a commit. As objects they took three times as
 * much, and every one of them was looked at by each collection of garbage.
 *
 * Columns that are full go to a file of the run and are filled again, so that a long run holds no more than a short one.
 */
import type { VisibleCommit } from '../../output/commit.ts'
import type { ScratchFile } from './scratch-file.ts'

/** At which columns are full: 3.3 MiB, some 80 s of the main job's commits. */
const COMMITS_MAX = 65_536
/** Rows, tick, visible at, read at (NaN where it is absent); generation, output, partition and the lanes. */
const NUMBERS = 4
const WORDS = 5

interface Columns {
  readonly bytes: Uint8Array
  readonly f64: Float64Array
  readonly u32: Uint32Array
}

function columnsIn(bytes: Uint8Array<ArrayBuffer>, commits: number): Columns {
  return {
    bytes,
    f64: new Float64Array(bytes.buffer, 0, NUMBERS * commits),
    u32: new Uint32Array(bytes.buffer, NUMBERS * 8 * commits, WORDS * commits),
  }
}

export class CommitColumns implements Iterable<VisibleCommit> {
  #file: ScratchFile
  #commitsMax: number
  #columns: Columns
  /** Commits in the columns. */
  #held = 0

  constructor(file: ScratchFile, commitsMax = COMMITS_MAX) {
    this.#file = file
    this.#commitsMax = commitsMax
    const bytes = new Uint8Array((NUMBERS * 8 + WORDS * 4) * commitsMax)
    this.#columns = columnsIn(bytes, commitsMax)
  }

  /** Errors: `StorageError` where full columns cannot be written. */
  push(commit: VisibleCommit): void {
    if (this.#held === this.#commitsMax) {
      this.#file.append(this.#columns.bytes)
      this.#held = 0
    }
    const { f64, u32 } = this.#columns
    const number = NUMBERS * this.#held
    f64[number] = commit.rows
    f64[number + 1] = commit.tick
    f64[number + 2] = commit.visibleAt
    f64[number + 3] = commit.readAt ?? Number.NaN
    const word = WORDS * this.#held
    u32[word] = commit.generation
    u32[word + 1] = commit.output
    u32[word + 2] = commit.partition
    u32[word + 3] = commit.lane0
    u32[word + 4] = commit.lane1
    this.#held += 1
  }

  /** In the order in which they were added. Errors: `StorageError`. */
  *[Symbol.iterator](): Generator<VisibleCommit, void, undefined> {
    const max = this.#commitsMax
    for (const bytes of this.#file.pieces()) yield* commitsIn(columnsIn(bytes, max), max)
    yield* commitsIn(this.#columns, this.#held)
  }
}

function* commitsIn(
  { f64, u32 }: Columns,
  commits: number,
): Generator<VisibleCommit, void, undefined> {
  for (let index = 0; index < commits; index++) {
    const number = NUMBERS * index
    const word = WORDS * index
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
