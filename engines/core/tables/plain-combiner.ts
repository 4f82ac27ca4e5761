/**
 * The combiner of plain tables: folds pairs by key before they are exchanged.
 *
 * The hot path is one Map lookup a record: keys that are primitives are their own Map keys. Keys keep their entries after
 * a drain, with nothing in them, so that a stable vocabulary is encoded, hashed and inserted once, and a drain walks only
 * what was touched. Two strings with equal bytes (an escaped byte, a lone surrogate) may be held apart here; the table,
 * which goes by bytes, joins them. A combiner whose drain threw (a full region) is of no more use.
 */
import type { Batch } from '../columns/batch.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { PlanError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { PlanFunction } from '../plan/plan.ts'
import type { PartitionId } from '../units.ts'
import { nameOf, PlainKey } from './plain-key.ts'
import { type RowKey, RowWriter } from './plain-rows.ts'
import type { Combiner, RowsVisitor } from './table.ts'

/** Distinct keys at which a combiner asks to be drained, and beyond which keys are not remembered. */
const KEYS_MAX = 65_536

/** Canonical forms of keys seen lately, shared by the combiners of an operator. */
export class KeyCache {
  readonly #keys = new Map<string, PlainKey>()

  of(key: unknown): PlainKey {
    if (typeof key !== 'string') return PlainKey.of(key)
    let found = this.#keys.get(key)
    if (found === undefined) {
      found = PlainKey.of(key)
      if (this.#keys.size >= KEYS_MAX) this.#keys.clear()
      this.#keys.set(ownCopy(key, found), found)
    }
    return found
  }
}

/** A long part of a text keeps the whole text alive; the name of an ASCII key is the same text on its own. */
function ownCopy(key: string, canonical: PlainKey): string {
  return canonical.name === key ? canonical.name : key
}

export interface CombinerOptions {
  readonly region: Region
  readonly reduce: PlanFunction
  readonly partitions: number
  readonly keys: KeyCache
  /** Decodes `rows` batches. */
  decode(rows: Bytes): readonly (readonly [key: unknown, value: unknown])[]
}

/** A key's parts stand here themselves: a drain is bound by how many objects it visits. */
interface Entry extends RowKey {
  readonly partition: PartitionId
  value: unknown
  /** Zero while nothing is in the entry. */
  contributions: number
}

export class PlainCombiner implements Combiner {
  readonly #options: CombinerOptions
  /** By key; objects by the name of their canonical form. */
  readonly #entries = new Map<unknown, Entry>()
  readonly #objects = new Map<string, Entry>()
  /** For each partition, the entries with something in them, by first touch. */
  readonly #touched: Entry[][]
  #size = 0

  constructor(options: CombinerOptions) {
    this.#options = options
    this.#touched = Array.from({ length: options.partitions }, () => [])
  }

  get size(): number {
    return this.#size
  }

  get full(): boolean {
    return this.#size >= KEYS_MAX
  }

  add(batch: Batch): void {
    if (batch.kind === 'values') this.#addPairs(batch.values)
    else if (batch.kind === 'rows') this.#addPairs(this.#options.decode(batch.rows))
    else refuse(`${batch.count} texts without values`)
  }

  #addPairs(pairs: readonly unknown[]): void {
    const { reduce } = this.#options
    const entries = this.#entries
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]
      if (!Array.isArray(pair) || pair.length !== 2) refuse(`the record ${shownRecord(pair)}`)
      const key: unknown = pair[0]
      const entry = typeof key === 'object' && key !== null ? this.#ofObject(key) : entries.get(key)
      if (entry === undefined) {
        this.#touch(this.#insert(key), pair[1])
      } else if (entry.contributions === 0) {
        this.#touch(entry, pair[1])
      } else {
        entry.value = reduce(entry.value, pair[1])
        entry.contributions += 1
      }
    }
  }

  #ofObject(key: object): Entry | undefined {
    return this.#objects.get(nameOf(encodeCanonical(key)))
  }

  #insert(key: unknown): Entry {
    const canonical = this.#options.keys.of(key)
    const partition = canonical.partition(this.#options.partitions)
    const { tag, body, lane0, lane1 } = canonical
    const entry: Entry = { tag, body, lane0, lane1, partition, value: undefined, contributions: 0 }
    if (typeof key === 'object' && key !== null) this.#objects.set(canonical.name, entry)
    else this.#entries.set(typeof key === 'string' ? ownCopy(key, canonical) : key, entry)
    return entry
  }

  #touch(entry: Entry, value: unknown): void {
    entry.value = value
    entry.contributions = 1
    this.#touched[entry.partition]!.push(entry)
    this.#size += 1
  }

  drain(visit: RowsVisitor): void {
    let partition = 0
    const writer = new RowWriter(this.#options.region, (rows) => visit(partition, rows))
    try {
      for (; partition < this.#touched.length; partition++) {
        for (const entry of this.#touched[partition]!) {
          writer.put(entry, entry.value, entry.contributions)
          entry.value = undefined
          entry.contributions = 0
        }
        writer.flush()
        this.#touched[partition] = []
      }
    } finally {
      writer.end()
    }
    this.#size = 0
    if (this.#entries.size + this.#objects.size >= KEYS_MAX) this.release()
  }

  release(): void {
    this.#entries.clear()
    this.#objects.clear()
    for (const touched of this.#touched) touched.length = 0
    this.#size = 0
  }
}

function refuse(found: string): never {
  throw new PlanError({
    asked: 'a reduce by key',
    found,
    rule: 'keyed operators take records that are [key, value] pairs',
    remedy: 'Make pairs before it, with map or keyBy',
  })
}
