/**
 * Panes: the tables that a sliding window is made of, oldest first (D-Streams §3.3.1's partial aggregates; here on a
 * continuous operator). A pane is the greatest common part of length and slide, so that windows begin and end with panes.
 *
 *   length 3, slide 2:   ├─1─┼─2─┤├─3─┼─4─┤├─5─┼─6─┤      the window that ends with pane 6 holds 4, 5, 6
 *
 *   closed: the panes of the current window, undefined where nothing came      current: those of the open slide
 */
import type { Bytes } from '../../core/columns/memory.ts'
import type { DataflowOperator } from '../../core/plan/dataflow.ts'
import { windowOf } from '../../core/plan/operator-traits.ts'
import type { KeyedTable, TableFactory } from '../../core/tables/table.ts'
import type { Nanos } from '../../core/units.ts'

type Pane = KeyedTable | undefined

export interface WindowShape {
  /** Panes of a full window. */
  readonly panes: number
  readonly panesPerSlide: number
}

export function windowShape(window: {
  readonly length: Nanos
  readonly slide: Nanos
}): WindowShape {
  const { length, slide } = window
  let [pane, rest] = [length, slide]
  while (rest > 0) [pane, rest] = [rest, pane % rest]
  return { panes: length / pane, panesPerSlide: slide / pane }
}

/** How many panes of its own length an operator's period has. */
export function panesPerPeriod(operator: DataflowOperator): number {
  const window = windowOf(operator)
  return window === undefined ? 1 : windowShape(window).panesPerSlide
}

export class Panes {
  readonly tables: TableFactory
  readonly #shape: WindowShape
  #closed: Pane[] = []
  #current: Pane[]

  constructor(tables: TableFactory, shape: WindowShape) {
    this.tables = tables
    this.#shape = shape
    this.#current = this.#empty()
  }

  /** Folds into a pane of the open slide, by its place. */
  fold(rows: Bytes, pane: number): void {
    const table = this.#current[pane] ?? this.tables.table()
    this.#current[pane] = table
    table.fold(rows)
  }

  /**
   * Closes the open slide. Returns its panes, and those that leave with it, which the caller must release. Afterwards
   * `window` holds the panes of the window that ends now.
   */
  close(): { readonly newest: readonly Pane[]; readonly left: readonly Pane[] } {
    const newest = this.#current
    this.#current = this.#empty()
    this.#closed.push(...newest)
    const left = this.#closed.splice(0, Math.max(0, this.#closed.length - this.#shape.panes))
    return { newest, left }
  }

  /** Releases the panes that this window is the last one to hold: the next close would have them leave. */
  releaseLast(): void {
    const { panes, panesPerSlide } = this.#shape
    const kept = Math.max(0, panes - panesPerSlide)
    const last = this.#closed.splice(0, Math.max(0, this.#closed.length - kept))
    for (const pane of last) pane?.release()
  }

  #empty(): Pane[] {
    return new Array<Pane>(this.#shape.panesPerSlide).fill(undefined)
  }

  /** Closed panes of the current window, oldest first. */
  get window(): readonly Pane[] {
    return this.#closed
  }

  /** The panes of the current window, newest of them last, then those of the open slide. */
  save(): readonly (Uint8Array | undefined)[] {
    return [...this.#closed, ...this.#current].map((pane) => pane?.save())
  }

  restore(saved: readonly (Uint8Array | undefined)[]): void {
    this.release()
    const panes = saved.map((bytes) => (bytes === undefined ? undefined : this.tables.load(bytes)))
    this.#current = panes.splice(panes.length - this.#shape.panesPerSlide)
    this.#closed = panes
  }

  release(): void {
    for (const pane of this.#closed) pane?.release()
    for (const pane of this.#current) pane?.release()
    this.#closed = []
    this.#current = this.#empty()
  }
}
