/** Which format an input has, and what cuts it into records. */
import { ConfigurationError } from '../../errors.ts'
import type { SourceFormat } from '../../plan/plan.ts'
import { CsvRows } from './csv-rows.ts'
import { EventCutter } from './event-cutter.ts'
import type { CutterStart, RecordCutter } from './record-cutter.ts'
import { RowCutter, type RowFormat } from './row-cutter.ts'
import type { RowTally } from './row-tally.ts'
import { JSON_ROWS, TEXT_ROWS } from './text-rows.ts'

/** Formats of values, as users name them. */
export const VALUE_FORMATS = ['json', 'csv', 'tsv'] as const
export type ValueFormat = (typeof VALUE_FORMATS)[number]

/** What is read of an input; plain data. */
export interface InputFormat {
  /** What the plan reads: lines of text, whatever is in them, or values. */
  readonly reads: Exclude<SourceFormat, 'u32x2'>
  /** How values are written; by default what the ending of a file's name says, else what the plan does. */
  readonly values?: ValueFormat
  /** Whether the first malformed row ends it all. */
  readonly strict?: boolean
}

export const TEXT_FORMAT: InputFormat = { reads: 'text' }

export interface CutterOptions {
  /** File or address: for messages, and for its ending. */
  readonly name: string
  readonly tally: RowTally
  readonly start?: CutterStart | undefined
  /** Whether the bytes are server-sent events. */
  readonly isEvents?: boolean
}

export function cutterOf(format: InputFormat, options: CutterOptions): RecordCutter {
  const { name, tally, start, isEvents = false } = options
  if (isEvents) return eventCutter(format, options)
  return new RowCutter({ name, tally, start, format: rowsOf(format, name, start) })
}

function rowsOf(format: InputFormat, name: string, start: CutterStart | undefined): RowFormat {
  const { reads } = format
  if (reads === 'text') return TEXT_ROWS
  const values = format.values ?? endingOf(name) ?? (reads === 'json' ? 'json' : 'csv')
  if (values === 'json') return JSON_ROWS
  return new CsvRows({
    name,
    delimiter: values === 'csv' ? ',' : '\t',
    columns: reads === 'json' ? undefined : reads.csv,
    header: start?.header,
  })
}

function eventCutter({ reads, values = 'json' }: InputFormat, options: CutterOptions): EventCutter {
  const { name, tally, start } = options
  const isJson = reads !== 'text'
  if (isJson && values !== 'json') {
    throw new ConfigurationError({
      asked: `--format ${values} for ${name}`,
      found: 'server-sent events',
      rule: 'the data of an event is text or one JSON value',
      remedy: 'Drop --format, or have the rows sent as they are',
    })
  }
  const lastId = typeof start?.mark === 'string' ? start.mark : undefined
  return new EventCutter({ name, isJson, tally, lastId })
}

/** What the name of a file says, compressed or not, or the path of an address. */
function endingOf(name: string): ValueFormat | undefined {
  const ending = /\.(csv|tsv|jsonl?|ndjson)(\.gz)?([?#]|$)/i.exec(name)?.[1]?.toLowerCase()
  if (ending === undefined) return undefined
  return ending === 'csv' || ending === 'tsv' ? ending : 'json'
}
