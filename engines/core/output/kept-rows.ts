/**
 * The rows that a run keeps (`RunConfig.keepRows`): all, or those of the last ticks, at least as many as will be looked at.
 *
 * Bounded where it is told how many that are: of a commit so many, of all those of the latest ticks, and `SPARE_ROWS` more, since a run
 * that is cut leaves out what lies behind the last whole tick. Behind it may be more rows than that; then fewer are left to look at, or
 * none. It holds twice as many at most.
 */
import type { CommittedRows } from './commit.ts'

/** Rows that are kept beside those that are asked for. */
export const SPARE_ROWS = 100_000

/** Of a commit what may be among the last `max` rows of a run. */
export function lastOf(commit: CommittedRows, max = Number.POSITIVE_INFINITY): CommittedRows {
  const { rows } = commit
  return rows.length <= max ? commit : { ...commit, rows: rows.slice(rows.length - max) }
}

export class KeptRows {
  readonly #max: number
  #commits: CommittedRows[] = []
  /** Rows of them. */
  #count = 0

  /** `max`: how many of the last rows will be looked at; all, if not given. */
  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max
  }

  /** As they came, but for those that were the latest when others were left out: they are first, the latest before the others. */
  get all(): readonly CommittedRows[] {
    return this.#commits
  }

  add(commit: CommittedRows): void {
    // A commit without rows says nothing of the last ones.
    if (commit.rows.length === 0 && this.#max !== Number.POSITIVE_INFINITY) return
    const last = lastOf(commit, this.#max)
    this.#commits.push(last)
    this.#count += last.rows.length
    if (this.#count > 2 * (this.#max + SPARE_ROWS)) this.#leaveOut()
  }

  /** Costs O(n log n) of the commits, once for as many rows as are kept. */
  #leaveOut(): void {
    this.#count = 0
    this.#commits = this.#commits
      .sort((a, b) => b.tick - a.tick || b.partition - a.partition)
      .filter(({ rows }) => {
        const isKept = this.#count < this.#max + SPARE_ROWS
        if (isKept) this.#count += rows.length
        return isKept
      })
  }
}
