/**
 * The combiner of plain tables: folds pairs by key before they are exchanged.
 *
 * The hot path is one Map lookup a record: keys that are primitives are their own Map keys. Keys keep their entries after
 * a drain, with nothing in them, so that a stable vocabulary is encoded, hashed and inserted once, and a drain walks only
 * what was touched. Two strings with equal bytes (an escaped byte, a lone surrogate) may be held apart here; the table,
 * which goes by bytes, joins them.
 */
import type { Batch } from '../columns/batch.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { encodeCanonical } from '../columns/value-codec.ts'
import { PlanError } from '../errors.ts'
import { shownRecord } from '../operators/user-function.ts'
import type { PlanFunction } from '../plan/plan.ts'
import type { PartitionId } from '../units.ts'
import { nameOf, PlainKey } from './plain-key.ts'
import { RowWriter } from './plain-rows.ts'
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

interface Entry {
  readonly key: PlainKey
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
  /** Entries with something in them, by first touch. */
  #touched: Entry[] = []

  constructor(options: CombinerOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#touched.length
  }

  get full(): boolean {
    return this.#touched.length >= KEYS_MAX
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
    const entry: Entry = { key: canonical, partition, value: undefined, contributions: 0 }
    if (typeof key === 'object' && key !== null) this.#objects.set(canonical.name, entry)
    else this.#entries.set(typeof key === 'string' ? ownCopy(key, canonical) : key, entry)
    return entry
  }

  #touch(entry: Entry, value: unknown): void {
    entry.value = value
    entry.contributions = 1
    this.#touched.push(entry)
  }

  drain(visit: RowsVisitor): void {
    const { region, partitions } = this.#options
    let partition = 0
    const writer = new RowWriter(region, (rows) => visit(partition, rows))
    try {
      for (const entry of byPartition(this.#touched, partitions)) {
        if (entry.partition !== partition) {
          writer.flush()
          partition = entry.partition
        }
        writer.put(entry.key, entry.value, entry.contributions)
      }
      writer.flush()
    } finally {
      writer.end()
    }
    this.#forget()
  }

  /** Empties what was touched; the keys themselves too, once there are too many. */
  #forget(): void {
    for (const entry of this.#touched) {
      entry.value = undefined
      entry.contributions = 0
    }
    this.#touched = []
    if (this.#entries.size + this.#objects.size >= KEYS_MAX) this.release()
  }

  release(): void {
    this.#entries.clear()
    this.#objects.clear()
    this.#touched = []
  }
}

/** Entries by ascending partition, in order within one: a counting sort. */
function byPartition(entries: readonly Entry[], partitions: number): readonly Entry[] {
  if (partitions === 1) return entries
  const starts = new Uint32Array(partitions + 1)
  for (const { partition } of entries) starts[partition + 1]! += 1
  for (let p = 0; p < partitions; p++) starts[p + 1]! += starts[p]!
  const order = new Array<Entry>(entries.length)
  for (const entry of entries) {
    order[starts[entry.partition]!] = entry
    starts[entry.partition]! += 1
  }
  return order
}

function refuse(found: string): never {
  throw new PlanError({
    asked: 'a reduce by key',
    found,
    rule: 'keyed operators take records that are [key, value] pairs',
    remedy: 'Make pairs before it, with map or keyBy',
  })
}
