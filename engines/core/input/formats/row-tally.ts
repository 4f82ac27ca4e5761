/** What an input brought that is not as it should be: counted, the first rows kept to be shown; or the end of it all (`strict`). */
import { isUtf8 } from 'node:buffer'
import { InputError } from '../../errors.ts'

/** Rows that are kept. */
const SHOWN_MAX = 5
const SHOWN_BYTES_MAX = 80

/** A row that is no record, as messages show it. */
export interface MalformedRow {
  /** File or address, and the row in it: `line 7 of views.ndjson`. */
  readonly place: string
  /** Its beginning. */
  readonly text: string
  readonly problem: string
}

export interface MalformedRows {
  readonly count: number
  /** In the order in which they came. */
  readonly first: readonly MalformedRow[]
}

export const NONE_MALFORMED: MalformedRows = { count: 0, first: [] }

export class RowTally {
  /** Records that are not UTF-8. They are records all the same, byte for byte. */
  notUtf8 = 0
  #malformed = 0
  #first: MalformedRow[] = []
  #strict: boolean

  constructor(strict: boolean) {
    this.#strict = strict
  }

  get malformed(): MalformedRows {
    return { count: this.#malformed, first: [...this.#first] }
  }

  /** A row is no record. Errors: `InputError` with its place and text where every row must be one. */
  refuse(place: string, row: Uint8Array, problem: string): void {
    const text = shown(row)
    if (this.#strict) {
      throw new InputError(
        {
          asked: place,
          found: `${text}: ${problem}`,
          rule: 'with --strict every row is a record',
          remedy: 'Mend the row, or leave --strict out: malformed rows are counted then',
        },
        { place, text, problem },
      )
    }
    this.#malformed += 1
    if (this.#first.length < SHOWN_MAX) this.#first.push({ place, text, problem })
  }

  /** Counts records that are not UTF-8. `bytes` has all of them in it: most often one look is enough. */
  countUtf8(bytes: Uint8Array, records: readonly Uint8Array[]): void {
    if (isUtf8(bytes)) return
    for (const record of records) if (!isUtf8(record)) this.notUtf8 += 1
  }
}

/** One sentence for people: how many, and the first ones. */
export function describeMalformed({ count, first }: MalformedRows): string {
  const rows = first.map(({ place, text, problem }) => `${place}: ${text} (${problem})`)
  const more = count > first.length ? '; …' : ''
  return `${count} ${count === 1 ? 'row is' : 'rows are'} malformed and no ${count === 1 ? 'record' : 'records'}. ${rows.join('; ')}${more}`
}

/** The beginning of a row on one line. */
function shown(row: Uint8Array): string {
  const text = Buffer.from(row.subarray(0, SHOWN_BYTES_MAX)).toString('utf8')
  const line = text.replaceAll(/\p{Cc}/gu, ' ').trim()
  return row.length > SHOWN_BYTES_MAX ? `${line}…` : line
}
