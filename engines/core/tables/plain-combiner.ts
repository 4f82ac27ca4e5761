/**
 * The combiner of plain tables: folds pairs by key before they are exchanged.
 *
 * The hot path is one lookup a record, to a slot: short texts by their characters, other primitives as their own Map keys,
 * objects by their canonical bytes. Keys keep their slots after a drain, with nothing in them, so that a stable vocabulary is encoded, hashed and inserted once, and a drain
 * walks only what was touched. Two strings with equal bytes (an escaped byte, a lone surrogate) may be held apart here;
 * the table, which goes by bytes, joins them. A combiner whose drain threw (a full region) is of no more use.
 */
import type { Batch } from '../columns/batch.ts'
import type { Bytes, Region } from '../columns/memory.ts'
import { decodeText, type Encoded, encodeCanonical } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import { partitionOf } from '../output/digest.ts'
import type { PlanFunction } from '../plan/plan.ts'
import type { PartitionId } from '../units.ts'
import { encodeKey, PlainKeys } from './plain-keys.ts'
import { RowWriter } from './plain-rows.ts'
import { nameOfObject } from './plain-values.ts'
import { ABSENT, ShortTexts } from './short-texts.ts'
import type { Combiner, RowsVisitor } from './table.ts'

/** Distinct keys at which a combiner asks to be drained; with as many, all are forgotten after a drain. */
const KEYS_MAX = 65_536

export interface CombinerOptions {
  readonly region: Region
  readonly reduce: PlanFunction
  readonly errors: OperatorErrors
  readonly partitions: number
  /** Decodes `rows` batches. */
  decode(rows: Bytes): readonly (readonly [key: unknown, value: unknown])[]
}

/** By slot in arrays of their own: a tick visits most keys once or twice, and is bound by the memory that it touches. */
export class PlainCombiner implements Combiner {
  readonly #options: CombinerOptions
  #texts = new ShortTexts()
  /** Other keys; objects by the name of their canonical form. */
  readonly #slots = new Map<unknown, number>()
  readonly #objects = new Map<string, number>()
  #keys = new PlainKeys()
  #partitions: PartitionId[] = []
  #values: unknown[] = []
  /** Zero while nothing is in the slot. */
  #contributions: number[] = []
  /** Slots with something in them, by first touch. */
  #touched: number[] = []
  /** By partition, during a drain: of what was touched, the slots of its keys. Empty otherwise. */
  readonly #draining: (number[] | undefined)[] = []

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
    else throw this.#options.errors.noPair(`${batch.count} texts without values`)
  }

  #addPairs(pairs: readonly unknown[]): void {
    const { reduce, errors } = this.#options
    const values = this.#values
    const contributions = this.#contributions
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i]
      if (!Array.isArray(pair) || pair.length !== 2) throw errors.noPair(pair)
      const slot = this.#slotOf(pair[0])
      const before = contributions[slot]!
      if (before === 0) this.#touched.push(slot)
      try {
        values[slot] = before === 0 ? pair[1] : reduce(values[slot], pair[1])
      } catch (cause) {
        throw errors.reduceThrew(cause, pair[0], [values[slot], pair[1]])
      }
      contributions[slot] = before + 1
    }
  }

  #slotOf(key: unknown): number {
    if (typeof key === 'string') {
      const slot = this.#texts.find(key, this.#keys)
      if (slot >= 0) return slot
      if (slot === ABSENT) {
        const added = this.#insert(encodeKey(key))
        this.#texts.add(added)
        return added
      }
    } else if (typeof key === 'object' && key !== null) {
      return this.#slotOfObject(key)
    }
    const found = this.#slots.get(key)
    if (found !== undefined) return found
    const encoded = encodeKey(key)
    const slot = this.#insert(encoded)
    this.#slots.set(typeof key === 'string' ? ownCopy(key, encoded.body) : key, slot)
    return slot
  }

  #slotOfObject(key: object): number {
    const name = nameOfObject(key)
    let slot = this.#objects.get(name)
    if (slot === undefined) {
      slot = this.#insert(encodeCanonical(key))
      this.#objects.set(name, slot)
    }
    return slot
  }

  #insert(encoded: Encoded): number {
    const slot = this.#keys.push(encoded)
    this.#partitions.push(partitionOf(this.#keys.lane0(slot), this.#options.partitions))
    this.#values.push(undefined)
    this.#contributions.push(0)
    return slot
  }

  drain(visit: RowsVisitor): void {
    let partition = 0
    const writer = new RowWriter(this.#options.region, (rows) => visit(partition, rows))
    const byPartition = this.#draining
    for (const slot of this.#touched) this.#slotsOf(this.#partitions[slot]!).push(slot)
    try {
      for (; partition < byPartition.length; partition++) {
        const slots = byPartition[partition]
        if (slots === undefined || slots.length === 0) continue
        for (const slot of slots) {
          writer.put(this.#keys, slot, this.#values[slot], this.#contributions[slot]!)
          this.#values[slot] = undefined
          this.#contributions[slot] = 0
        }
        slots.length = 0
        writer.flush()
      }
    } catch (cause) {
      throw this.#options.errors.encoding(cause)
    } finally {
      writer.end()
    }
    this.#touched = []
    if (this.#keys.size >= KEYS_MAX) this.release()
  }

  #slotsOf(partition: PartitionId): number[] {
    let slots = this.#draining[partition]
    if (slots === undefined) {
      slots = []
      this.#draining[partition] = slots
    }
    return slots
  }

  release(): void {
    this.#texts = new ShortTexts()
    this.#slots.clear()
    this.#objects.clear()
    this.#keys = new PlainKeys()
    this.#partitions = []
    this.#values = []
    this.#contributions = []
    this.#touched = []
  }
}

/** A part of a text keeps the whole text alive; what is decoded of its bytes is the same text on its own. */
function ownCopy(key: string, body: Uint8Array): string {
  const own = decodeText(body)
  return own === key ? own : key
}
