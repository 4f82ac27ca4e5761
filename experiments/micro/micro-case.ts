/**
 * The contract of a micro-benchmark: one kernel or seam, prepared once, then run in batches.
 *
 * A batch is long against the clock (some 10 µs or more) and says how many units it was, in the very unit in which the
 * simulated world charges the seam. `check` is a hash of what came out: tests hold it, never the times.
 */
export interface MicroCase {
  /** As the cost model names it, or of its own where no cost comes from it. */
  readonly name: string
  /** What one unit is. */
  readonly unit: string
  /** What is cheap to prepare and is not timed, before and after each batch. */
  before?(): void
  after?(): void
  /** Runs a batch; returns its units. */
  run(): number
  /** What the last batch made, as a number that depends on all of it. */
  check(): number
}

/** How much a case prepares: tests take little. */
export interface MicroSize {
  /** Lines of synthetic text. In earnest 20 MB, more than a cache holds, since an engine's input comes from memory. */
  readonly lines: number
  /** Of these, lines whose words fill the tables. */
  readonly tableLines: number
  /** Repetitions within a batch, where a single unit is short. */
  readonly repetitions: number
}

export const FULL_SIZE: MicroSize = { lines: 200_000, tableLines: 8_000, repetitions: 256 }
