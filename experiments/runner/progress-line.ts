/**
 * Progress without a timer: one line for each finished trial, and on a terminal a live line that says what runs now.
 *
 * Everything goes to standard error, so that standard output holds the table and nothing else. Nothing is written while a
 * trial runs: a spinner in the coordinator would be measured with it.
 */

/** What is needed of `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const clear = '\r\u001b[2K'

export class ProgressLine {
  readonly #stream: ProgressStream
  #live = false

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  /** Says what starts now. Before a trial; on anything but a terminal it is silent. */
  starts(text: string): void {
    if (!this.#stream.isTTY) return
    // A line that wraps cannot be cleared.
    const width = Math.max(10, (this.#stream.columns ?? 80) - 1)
    const letters = [...text]
    const shown = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text
    this.#stream.write(clear + shown)
    this.#live = true
  }

  /** Adds a line that stays. After a trial. */
  finished(text: string): void {
    this.end()
    this.#stream.write(`${text}\n`)
  }

  /** Takes the live line away; before anything else is printed, and at the end or an interruption. */
  end(): void {
    if (this.#live) this.#stream.write(clear)
    this.#live = false
  }
}

/**
 * `[ 3/20] about 2 min left`: position, and the time left if the rest takes as long as the trials so far, never more than the
 * budget leaves: who has one ends with it, and what came before the first trial would count for all of them.
 */
export function progressText(
  done: number,
  total: number,
  elapsedMs: number,
  budgetMs = Number.POSITIVE_INFINITY,
): string {
  const position = `[${String(done).padStart(String(total).length)}/${total}]`
  if (done === 0 || done >= total) return position
  const seconds = Math.min((elapsedMs / done) * (total - done), budgetMs - elapsedMs) / 1_000
  const left =
    seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`
  return `${position} about ${left} left`
}
