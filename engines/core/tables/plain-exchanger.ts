/** The combiner of an `exchange` of plain pairs: records by the partition of their key, in order, nothing combined. */
import type { Batch } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import { type Encoded, encodeCanonical } from '../columns/value-codec.ts'
import type { OperatorErrors } from '../operators/user-function.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import { encodeKey } from './plain-keys.ts'
import { RowWriter } from './plain-rows.ts'
import type { Combiner, RowsVisitor } from './table.ts'

/** Records at which it asks to be drained. */
const RECORDS_MAX = 65_536

export interface ExchangerOptions {
  readonly region: Region
  readonly errors: OperatorErrors
  readonly partitions: number
  /** Makes records of batches that are not plain values. */
  decode(batch: Batch): readonly unknown[]
}

export class PlainExchanger implements Combiner {
  readonly #options: ExchangerOptions
  /** By partition. */
  #records: Encoded[][]
  #size = 0

  constructor(options: ExchangerOptions) {
    this.#options = options
    this.#records = Array.from({ length: options.partitions }, () => [])
  }

  get size(): number {
    return this.#size
  }

  get full(): boolean {
    return this.#size >= RECORDS_MAX
  }

  add(batch: Batch): void {
    const { decode, errors, partitions } = this.#options
    for (const record of decode(batch)) {
      if (!Array.isArray(record) || record.length !== 2) throw errors.noPair(record)
      const partition = partitionOf(keyLanes(encodeKey(record[0])).lane0, partitions)
      this.#records[partition]!.push(encodeCanonical(record))
      this.#size += 1
    }
  }

  drain(visit: RowsVisitor): void {
    const { region, errors } = this.#options
    let partition = 0
    const writer = new RowWriter(region, (rows) => visit(partition, rows))
    try {
      for (; partition < this.#records.length; partition++) {
        for (const record of this.#records[partition]!) writer.putEncoded(record)
        writer.flush()
      }
    } catch (cause) {
      throw errors.encoding(cause)
    } finally {
      writer.end()
    }
    this.release()
  }

  release(): void {
    for (const records of this.#records) records.length = 0
    this.#size = 0
  }
}
