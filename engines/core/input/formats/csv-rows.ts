/**
 * Rows of comma-separated values (RFC 4180; tabs in place of commas too). A record is a JSON object of a row's columns, all
 * of them text.
 *
 * A header gives the columns their names: the first row, where the plan names none, or where it has all that the plan names.
 * Else rows have the plan's columns in the plan's order. Which bytes are a row is found here, so that a row is a record as
 * soon as it is complete; what is in it says `csv-parse`. Bytes stay what they are: they pass through as Latin-1.
 */
import { parse } from 'csv-parse/sync'
import { InputError } from '../../errors.ts'
import type { RefuseRow, Row, RowFormat } from './row-cutter.ts'

const LINE_FEED = 0x0a
const QUOTE = 0x22
const FEED = Buffer.from([LINE_FEED])
/** So that a large file is not all fields at once. */
const ROWS_AT_ONCE = 4_096

/** What the parser finds wrong, in our words. */
const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote that is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'something behind the quote that closes a column',
  INVALID_OPENING_QUOTE: 'a quote within a column that does not begin with one',
}

export interface CsvOptions {
  /** File or address, for messages. */
  readonly name: string
  readonly delimiter: ',' | '\t'
  /** The plan's. Without, all that a header names. */
  readonly columns: readonly string[] | undefined
  /** Seen before the byte at which reading begins. */
  readonly header: readonly string[] | undefined
}

type Fields = readonly string[]

export class CsvRows implements RowFormat {
  readonly spansLines = true
  readonly dropsByteOrderMark = true
  readonly advice = 'Look for a quote that is not closed, or break the row'
  #options: CsvOptions
  #delimiter: number
  #header: Fields | undefined
  /** Of each column of a record: what stands before its value, and its place in the row. */
  #columns: readonly (readonly [before: string, place: number])[] = []

  constructor(options: CsvOptions) {
    this.#options = options
    this.#delimiter = options.delimiter.charCodeAt(0)
    if (options.header !== undefined) this.#setHeader(options.header)
  }

  get header(): Fields | undefined {
    return this.#header
  }

  endOf(bytes: Buffer, start: number): number {
    const feed = bytes.indexOf(LINE_FEED, start)
    // Most rows have no quote.
    if (feed === -1 || !bytes.subarray(start, feed).includes(QUOTE)) return feed
    let isFieldStart = true
    let isQuoted = false
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (isQuoted) {
        if (byte !== QUOTE) continue
        // A doubled quote is one of the text.
        if (bytes[at + 1] === QUOTE) at += 1
        else isQuoted = false
        continue
      }
      if (byte === LINE_FEED) return at
      isQuoted = isFieldStart && byte === QUOTE
      isFieldStart = byte === this.#delimiter
    }
    return -1
  }

  recordsOf(rows: readonly Row[], refuse: RefuseRow): readonly (Buffer | undefined)[] {
    const records: (Buffer | undefined)[] = []
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const some = rows.slice(from, from + ROWS_AT_ONCE)
      this.#fieldsOf(some).forEach((found, index) => {
        records.push(this.#recordOf(some[index]!, found, refuse))
      })
    }
    return records
  }

  /** Fields of each row, as Latin-1, or what is wrong with it. */
  #fieldsOf(rows: readonly Row[]): readonly (Fields | string)[] {
    try {
      return this.#parse(rows)
    } catch (error) {
      // One of them is malformed: the others are rows all the same.
      const half = rows.length >> 1
      if (half > 0) {
        return [...this.#fieldsOf(rows.slice(0, half)), ...this.#fieldsOf(rows.slice(half))]
      }
      const { code = '', message } = error as NodeJS.ErrnoException
      return [PROBLEMS[code] ?? message]
    }
  }

  #parse(rows: readonly Row[]): readonly Fields[] {
    // The parser holds all rows to the length of the first one, and takes its time over those that differ.
    const width = this.#header?.length ?? 1
    const first = Buffer.from(this.#options.delimiter.repeat(width - 1))
    const bytes = [first, FEED, ...rows.flatMap((row) => [row.bytes, FEED])]
    const [, ...found] = parse(Buffer.concat(bytes), {
      delimiter: this.#options.delimiter,
      encoding: 'latin1',
      record_delimiter: '\n',
      relax_column_count: true,
    })
    if (found.length !== rows.length) throw new Error(`${found.length} rows in ${rows.length}`)
    return found
  }

  #recordOf(row: Row, fields: Fields | string, refuse: RefuseRow): Buffer | undefined {
    if (row.bytes.length === 0) return undefined
    if (typeof fields === 'string') return this.#refuse(row, fields, refuse)
    if (this.#header === undefined && this.#takeHeader(fields)) return undefined
    const { length } = this.#header ?? fields
    if (fields.length !== length) {
      const found = fields.length === 1 ? '1 column' : `${fields.length} columns`
      return this.#refuse(row, `${found}, where there are ${length}`, refuse)
    }
    let text = '{'
    for (const [before, place] of this.#columns) text += before + JSON.stringify(fields[place])
    return Buffer.from(`${text}}`, 'latin1')
  }

  /** Takes the first row for the header, if it is one; else the columns are those of the plan. Returns whether it is. */
  #takeHeader(fields: Fields): boolean {
    const { columns } = this.#options
    const names = fields.map((field) => Buffer.from(field, 'latin1').toString('utf8'))
    const isHeader = columns === undefined || columns.every((column) => names.includes(column))
    this.#setHeader(isHeader ? names : columns)
    return isHeader
  }

  #setHeader(header: Fields): void {
    const twice = header.find((column, index) => header.indexOf(column) !== index)
    if (twice !== undefined) throw this.#badHeader(`'${twice}' twice`)
    this.#header = header
    this.#columns = (this.#options.columns ?? header).map((column, index) => {
      const name = Buffer.from(JSON.stringify(column), 'utf8').toString('latin1')
      return [`${index === 0 ? '' : ','}${name}:`, header.indexOf(column)]
    })
  }

  #refuse(row: Row, problem: string, refuse: RefuseRow): undefined {
    // Nobody would know what the columns of the others are.
    const isHeader = this.#header === undefined && this.#options.columns === undefined
    if (isHeader) throw this.#badHeader(problem)
    refuse(row, problem)
  }

  #badHeader(found: string): InputError {
    return new InputError({
      asked: `the columns of ${this.#options.name}`,
      found,
      rule: 'the first row names the columns, each by a name of its own',
      remedy: 'Mend the first row, or put one before it',
    })
  }
}
