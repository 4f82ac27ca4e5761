/**
 * Static data in a process: tables of rows by key, bound to the joins of a dataflow when it is lowered.
 *
 * A table is read and never changed, so the processes of a simulated run share one.
 */
import { assert } from '../assert.ts'
import type { Dataflow, DataflowPath, NarrowNode, StaticRows } from '../plan/dataflow.ts'
import { identityOf } from '../tables/plain-values.ts'
import { decodeRows, type EncodedRows, type StaticRow } from './encoded-rows.ts'

const NONE: readonly unknown[] = []

/** Keys are equal if their canonical bytes are. Costs a lookup in a Map, and for a key that is an object its encoding. */
export class StaticTable implements StaticRows {
  readonly #byKey = new Map<unknown, { readonly key: unknown; readonly values: unknown[] }>()

  constructor(rows: readonly StaticRow[]) {
    for (const [key, value] of rows) {
      const identity = identityOf(key)
      const found = this.#byKey.get(identity)
      if (found === undefined) this.#byKey.set(identity, { key, values: [value] })
      else found.values.push(value)
    }
  }

  valuesOf(key: unknown): readonly unknown[] {
    return this.#byKey.get(identityOf(key))?.values ?? NONE
  }

  *keys(): Generator<unknown> {
    for (const { key } of this.#byKey.values()) yield key
  }
}

/** By name. */
export type StaticTables = ReadonlyMap<string, StaticRows>

export function staticTables(encoded: readonly EncodedRows[]): StaticTables {
  return new Map(encoded.map((each) => [each.name, new StaticTable(decodeRows(each))]))
}

/** The dataflow with each `lookup` as the `flatMap` over its rows that it then is. */
export function bindLookups(dataflow: Dataflow, tables: StaticTables = new Map()): Dataflow {
  const bound = (node: NarrowNode): NarrowNode => {
    if (node.kind !== 'lookup') return node
    const { f, id, word, static: name = '' } = node
    const rows = tables.get(name)
    assert(rows !== undefined, () => `${word} (node ${id}): static data ${name} was not computed`)
    return { kind: 'flatMap', f: (record: unknown) => f(rows, record), id, word }
  }
  const withRows = (path: DataflowPath): DataflowPath => {
    if (path.chain.every(({ kind }) => kind !== 'lookup')) return path
    return { ...path, chain: path.chain.map(bound) }
  }
  return { ...dataflow, paths: dataflow.paths.map(withRows) }
}
