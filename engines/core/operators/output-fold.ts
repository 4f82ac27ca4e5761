/**
 * Folds what reaches an output in a tick into a digest, and into rows where the run keeps them.
 *
 * A row of an event stream is (record, 1), unless the record is a [key, value] pair; text counts as (text, 1), with or
 * without `withOne` before it.
 */
import type { Batch } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import { CapacityError } from '../errors.ts'
import { type Digest, DigestSum } from '../output/digest.ts'
import type { KeyedTable } from '../tables/table.ts'
import type { OutputFold } from './lowered.ts'

type Row = readonly [key: unknown, value: unknown]

/** Rows that an output keeps of a tick and partition, if it keeps them. */
const ROWS_MAX = 1_000_000

export interface OutputFoldOptions {
  /** The output, for errors. */
  readonly name: string
  readonly keepRows: boolean
  readonly digests: boolean
  /** Records of a batch that is not plain values. */
  decode(batch: Exclude<Batch, { kind: 'values' }>): readonly unknown[]
  /** Rows of a table that was handed in. */
  decodeTable(table: KeyedTable, rows: Bytes): readonly Row[]
  /** Adds the rows (text, 1) to a sum, in place. */
  readonly digestText?: (batch: Extract<Batch, { kind: 'text' }>, sum: DigestSum) => void
  /** Adds the rows (first, second) to a sum, in place. */
  readonly digestNumbers?: (batch: Extract<Batch, { kind: 'numbers' }>, sum: DigestSum) => void
}

export class PlainOutputFold implements OutputFold {
  readonly #options: OutputFoldOptions
  readonly #sum = new DigestSum()
  #rows: Row[] = []
  /** Rows that were not summed, where the run sums no digests. */
  #unsummed = 0

  constructor(options: OutputFoldOptions) {
    this.#options = options
  }

  add(batch: Batch): void {
    const { keepRows, decode } = this.#options
    if (!keepRows && this.#addColumn(batch)) return
    const records = batch.kind === 'values' ? batch.values : decode(batch)
    for (let i = 0; i < records.length; i++) {
      const record = records[i]
      if (Array.isArray(record) && record.length === 2) this.#addRow(record[0], record[1])
      else this.#addRow(record, 1)
    }
  }

  /** Adds a batch of columns as it is; returns whether it could. */
  #addColumn(batch: Batch): boolean {
    const { digests, digestText, digestNumbers } = this.#options
    if (batch.kind !== 'text' && batch.kind !== 'numbers') return false
    if (!digests) this.#unsummed += batch.count
    else if (batch.kind === 'text' && digestText !== undefined) digestText(batch, this.#sum)
    else if (batch.kind === 'numbers' && digestNumbers !== undefined)
      digestNumbers(batch, this.#sum)
    else return false
    return true
  }

  #addRow(key: unknown, value: unknown): void {
    if (this.#options.digests) this.#sum.addRow(key, value)
    else this.#unsummed += 1
    if (this.#options.keepRows) this.#keep([key, value])
  }

  #keep(row: Row): void {
    if (this.#rows.length === ROWS_MAX) throw tooManyRows(this.#options.name)
    this.#rows.push(row)
  }

  addChanges(table: KeyedTable): number {
    return this.#addTable(table, (sum, visit) => table.takeChanges(sum, visit))
  }

  addDifference(table: KeyedTable, previous: KeyedTable | undefined): number {
    return this.#addTable(table, (sum, visit) => table.changesFrom(previous, sum, visit))
  }

  #addTable(
    table: KeyedTable,
    take: (sum: DigestSum | undefined, visit: ((rows: Bytes) => void) | undefined) => number,
  ): number {
    const { keepRows, digests, decodeTable } = this.#options
    const keep = (rows: Bytes): void => {
      for (const row of decodeTable(table, rows)) this.#keep(row)
    }
    const changed = take(digests ? this.#sum : undefined, keepRows ? keep : undefined)
    if (!digests) this.#unsummed += changed
    return changed
  }

  take(): { readonly digest: Digest; readonly rows: readonly Row[] } {
    const digest = this.#sum.take()
    const rows = this.#rows
    const taken = { digest: { ...digest, rows: digest.rows + this.#unsummed }, rows }
    this.#rows = []
    this.#unsummed = 0
    return taken
  }
}

function tooManyRows(name: string): CapacityError {
  return new CapacityError(
    {
      asked: `the rows of the output ${name} in one tick and partition`,
      found: `more than ${ROWS_MAX} of them`,
      rule: 'rows that are saved, shown or handed to a function are kept in memory until their tick is committed',
      remedy: 'Take more partitions or shorter ticks, or reduce what is put out',
    },
    { output: name },
  )
}
