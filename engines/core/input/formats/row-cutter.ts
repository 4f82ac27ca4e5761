/**
 * Cuts bytes into rows that end at a line feed, or at a carriage return and a line feed; neither is part of a row. What a row
 * may hold, and which record it is, is a format's (`text-rows.ts`, `csv-rows.ts`).
 *
 * Knows where the next row begins in the input, so that a connection can be resumed there: half a row is no record.
 */
import { InputError } from '../../errors.ts'

import {
  type Cut,
  type CutterStart,
  type Mark,
  type RecordCutter,
  ROW_BYTES_MAX,
} from './record-cutter.ts'
import type { RowTally } from './row-tally.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NOTHING = Buffer.alloc(0)
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

export interface Row {
  /** Without its end. */
  readonly bytes: Buffer
  /** Its first one, from 1. */
  readonly line: number
}

export type RefuseRow = (row: Row, problem: string) => void

export interface RowFormat {
  readonly header: readonly string[] | undefined
  /** Whether a row may have line feeds in it. */
  readonly spansLines: boolean
  /** Whether a mark of the byte order before the first row is no part of it. */
  readonly dropsByteOrderMark: boolean
  /** What to do about a row that is too long. */
  readonly advice: string
  /** Where the line feed is that ends the row at `start`, or -1. The first `searched` bytes of the row were looked at before. */
  endOf(bytes: Buffer, start: number, searched: number): number
  /** The record of each row; undefined where a row is none. Malformed ones are refused. */
  recordsOf(rows: readonly Row[], refuse: RefuseRow): readonly (Buffer | undefined)[]
}

export interface RowCutterOptions {
  /** File or address, for messages. */
  readonly name: string
  readonly format: RowFormat
  readonly tally: RowTally
  readonly start?: CutterStart | undefined
}

export class RowCutter implements RecordCutter {
  #name: string
  #format: RowFormat
  #tally: RowTally
  /** Byte of the input at which this cutter began, and at which the next row begins. */
  #from: number
  #next: number
  /** Lines before the next row. */
  #lines = 0
  #rest: Buffer = NOTHING

  constructor({ name, format, tally, start }: RowCutterOptions) {
    this.#name = name
    this.#format = format
    this.#tally = tally
    this.#from = typeof start?.mark === 'number' ? start.mark : 0
    this.#next = this.#from
  }

  get mark(): number {
    return this.#next
  }

  get header(): readonly string[] | undefined {
    return this.#format.header
  }

  push(chunk: Buffer): Cut {
    const searched = this.#rest.length
    const bytes = searched === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const first = this.#next
    const rows: Row[] = []
    const marks: number[] = []
    let start = 0
    let feed = this.#format.endOf(bytes, 0, searched)
    while (feed !== -1) {
      rows.push(this.#row(bytes, start, feed))
      start = feed + 1
      marks.push(first + start)
      feed = this.#format.endOf(bytes, start, 0)
    }
    this.#next = first + start
    this.#rest = bytes.subarray(start)
    // One byte more may be a carriage return.
    if (this.#rest.length > ROW_BYTES_MAX + 1) {
      throw this.#tooLong(`${this.#rest.length} bytes or more`)
    }
    return this.#cut(rows, marks, bytes.subarray(0, start))
  }

  end(): Cut {
    const bytes = this.#rest
    if (bytes.length === 0) return { records: [], marks: [] }
    this.#rest = NOTHING
    const row = this.#row(bytes, 0, bytes.length)
    this.#next += bytes.length
    return this.#cut([row], [this.#next], bytes)
  }

  restart(): Mark {
    this.#rest = NOTHING
    return this.#next
  }

  #row(bytes: Buffer, start: number, feed: number): Row {
    const { spansLines, dropsByteOrderMark } = this.#format
    const isReturn = feed < bytes.length && feed > start && bytes[feed - 1] === CARRIAGE_RETURN
    const row = bytes.subarray(start, isReturn ? feed - 1 : feed)
    if (row.length > ROW_BYTES_MAX) throw this.#tooLong(`${row.length} bytes`)
    const line = this.#lines + 1
    this.#lines += spansLines ? 1 + feedsIn(row) : 1
    const isFirst = line === 1 && this.#from === 0
    const isMarked = isFirst && dropsByteOrderMark && BYTE_ORDER_MARK.equals(row.subarray(0, 3))
    return { bytes: isMarked ? row.subarray(3) : row, line }
  }

  #cut(rows: readonly Row[], marks: readonly number[], bytes: Buffer): Cut {
    const found = this.#format.recordsOf(rows, (row, problem) =>
      this.#tally.refuse(this.#place(row.line), row.bytes, problem),
    )
    const records: Buffer[] = []
    const kept: number[] = []
    found.forEach((record, index) => {
      if (record === undefined) return
      records.push(record)
      kept.push(marks[index]!)
    })
    this.#tally.countUtf8(bytes, records)
    return { records, marks: kept }
  }

  #place(line: number): string {
    const from = this.#from === 0 ? '' : ` from byte ${this.#from} on`
    return `line ${line} of ${this.#name}${from}`
  }

  #tooLong(found: string): InputError {
    const line = this.#lines + 1
    return new InputError(
      {
        asked: this.#place(line),
        found,
        rule: `a record has at most ${ROW_BYTES_MAX} bytes`,
        remedy: this.#format.advice,
      },
      { source: this.#name, line },
    )
  }
}

function feedsIn(row: Buffer): number {
  let feeds = 0
  for (let at = row.indexOf(LINE_FEED); at !== -1; at = row.indexOf(LINE_FEED, at + 1)) feeds += 1
  return feeds
}
