/**
 * Cuts a stream of server-sent events into records: an event with data is one, of text or of a JSON value. Line feeds in its
 * data become spaces. What the format is says `eventsource-parser`, which is fed Latin-1, so that bytes stay what they are.
 *
 * Where the stream goes on is known by the ids that events have: a server that is told the last one sends what came after it.
 */
import { createParser, type EventSourceParser } from 'eventsource-parser'
import { InputError } from '../../errors.ts'
import { type Cut, type Mark, type RecordCutter, ROW_BYTES_MAX } from './record-cutter.ts'
import type { RowTally } from './row-tally.ts'
import { jsonRecord } from './text-rows.ts'

export interface EventCutterOptions {
  /** Address, for messages. */
  readonly name: string
  readonly isJson: boolean
  readonly tally: RowTally
  /** Of the last event before this stream. */
  readonly lastId?: string | undefined
}

export class EventCutter implements RecordCutter {
  readonly header = undefined
  #options: EventCutterOptions
  #parser: EventSourceParser
  #events = 0
  #lastId: string | undefined
  /** Of the bytes that are being looked at. */
  #records: Buffer[] = []
  #marks: Mark[] = []

  constructor(options: EventCutterOptions) {
    this.#options = options
    this.#lastId = options.lastId
    this.#parser = createParser({
      maxBufferSize: ROW_BYTES_MAX,
      onEvent: ({ id, data }) => this.#take(id, data),
      onError: ({ type }) => {
        // Unknown fields are ignored, as the format says.
        if (type === 'max-buffer-size-exceeded') throw this.#tooLong()
      },
    })
  }

  push(bytes: Buffer): Cut {
    this.#records = []
    this.#marks = []
    this.#parser.feed(bytes.toString('latin1'))
    this.#options.tally.countUtf8(bytes, this.#records)
    return { records: this.#records, marks: this.#marks }
  }

  /** An event ends with a blank line: what has none is not complete. */
  end(): Cut {
    return { records: [], marks: [] }
  }

  restart(): Mark {
    this.#parser.reset()
    return this.mark
  }

  get mark(): Mark {
    return this.#lastId ?? (this.#events === 0 ? 0 : undefined)
  }

  #take(id: string | undefined, data: string): void {
    this.#events += 1
    if (id !== undefined)
      this.#lastId = id === '' ? undefined : Buffer.from(id, 'latin1').toString()
    const bytes = Buffer.from(data.replaceAll('\n', ' '), 'latin1')
    const { name, isJson, tally } = this.#options
    const place = `event ${this.#events} of ${name}`
    const record = isJson
      ? jsonRecord(bytes, (problem) => tally.refuse(place, bytes, problem))
      : bytes
    if (record === undefined) return
    this.#records.push(record)
    this.#marks.push(this.mark)
  }

  #tooLong(): InputError {
    return new InputError({
      asked: `event ${this.#events + 1} of ${this.#options.name}`,
      found: `more than ${ROW_BYTES_MAX} bytes`,
      rule: `a record has at most ${ROW_BYTES_MAX} bytes`,
      remedy: 'Break the event up, or check that these are server-sent events',
    })
  }
}
