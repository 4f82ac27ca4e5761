/**
 * Panes: the tables of the last periods of a sliding window, one for each slide, oldest first (D-Streams §3.3.1's partial
 * aggregates; here on a continuous operator).
 *
 *   panes[0] … panes[count − 2]   closed, oldest first; undefined where nothing came      current   being folded
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'

export class Panes {
  readonly tables: TableFactory
  /** Panes of a full window. */
  readonly count: number
  #closed: (KeyedTable | undefined)[] = []
  #current: KeyedTable | undefined

  constructor(tables: TableFactory, count: number) {
    this.tables = tables
    this.count = count
  }

  fold(rows: Bytes): void {
    this.#current ??= this.tables.table()
    this.#current.fold(rows)
  }

  /**
   * Closes the current pane. Returns it, and the pane that leaves with it, which the caller must release. Afterwards
   * `window` holds the panes of the window that ends now.
   */
  close(): { readonly newest: KeyedTable | undefined; readonly left: KeyedTable | undefined } {
    const newest = this.#current
    this.#current = undefined
    this.#closed.push(newest)
    const left = this.#closed.length > this.count ? this.#closed.shift() : undefined
    return { newest, left }
  }

  /** Closed panes of the current window, oldest first. */
  get window(): readonly (KeyedTable | undefined)[] {
    return this.#closed
  }

  /** The panes that a later window still needs, newest of them last, then the current one. */
  save(): readonly (Uint8Array | undefined)[] {
    const saved = this.#closed.map((pane) => pane?.save())
    saved.push(this.#current?.save())
    return saved
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    this.release()
    for (let at = 0; at < saved.length; at++) {
      const bytes = saved[at]
      const table = bytes === undefined ? undefined : this.tables.load(bytes)
      if (at < saved.length - 1) this.#closed.push(table)
      else this.#current = table
    }
  }

  release(): void {
    for (const pane of this.#closed) pane?.release()
    this.#current?.release()
    this.#closed = []
    this.#current = undefined
  }
}
