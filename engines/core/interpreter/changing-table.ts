/** A table that knows what it was when it was last put out. */
import { nameOf } from './canonical-name.ts'
import type { Pair, Records } from './word.ts'

/** Rows are named by their keys (`nameOf`). Cost of `changes`: the rows that were put or removed since the last call. */
export class ChangingTable {
  readonly #rows = new Map<string, Pair>()
  /** For each name that was put or removed since: the row as it was, or undefined where there was none. */
  readonly #before = new Map<string, Pair | undefined>()

  /** Rows by name, in the order in which their keys came. */
  get rows(): ReadonlyMap<string, Pair> {
    return this.#rows
  }

  put(name: string, row: Pair): void {
    this.#remember(name)
    this.#rows.set(name, row)
  }

  remove(name: string): void {
    this.#remember(name)
    this.#rows.delete(name)
  }

  /** Does what the changes of another table say: the value `undefined` removes. */
  follow(changes: Records): void {
    for (const row of changes as readonly Pair[]) {
      const name = nameOf(row[0])
      if (row[1] === undefined) this.remove(name)
      else this.put(name, row)
    }
  }

  /** Holds these rows from now on, and no others. */
  become(rows: ReadonlyMap<string, Pair>): void {
    for (const [name, row] of rows) this.put(name, row)
    for (const name of this.#rows.keys()) if (!rows.has(name)) this.remove(name)
  }

  /** The rows that are others than at the last call; `[key, undefined]` for one that is there no more. */
  changes(): Pair[] {
    const changes: Pair[] = []
    for (const [name, old] of this.#before) {
      const row = this.#rows.get(name)
      if (row === undefined) {
        if (old !== undefined) changes.push([old[0], undefined])
      } else if (old === undefined || nameOf(old[1]) !== nameOf(row[1])) {
        changes.push(row)
      }
    }
    this.#before.clear()
    return changes
  }

  #remember(name: string): void {
    if (!this.#before.has(name)) this.#before.set(name, this.#rows.get(name))
  }
}
