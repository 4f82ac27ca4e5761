/**
 * What cuts an input into records.
 *
 *   rows:    records do not depend on how the bytes are cut; a restart forgets half a row and nothing else
 *   marks:   who begins behind a record finds the records that come after it, and no other
 *   CSV:     what csv-stringify wrote is read back, line feeds, quotes and commas in its fields included
 *   events:  as rows, by their ids
 */
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutterOf, type InputFormat } from './input-format.ts'
import type { CutterStart, Mark, RecordCutter } from './record-cutter.ts'
import { RowTally } from './row-tally.ts'

interface Source {
  readonly format: InputFormat
  readonly name?: string
  readonly isEvents?: boolean
}

function cutter({ format, name = 'test', isEvents = false }: Source, start?: CutterStart) {
  const tally = new RowTally(false)
  return { tally, cutter: cutterOf(format, { name, tally, start, isEvents }) }
}

interface Found {
  readonly records: string[]
  readonly marks: Mark[]
}

/** Pushes the bytes in pieces that end at the cuts. */
function pushed(cutter: RecordCutter, bytes: Buffer, cuts: readonly number[]): Found {
  const found: Found = { records: [], marks: [] }
  const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b)
  let from = 0
  for (const end of ends) {
    const { records, marks } = cutter.push(bytes.subarray(from, end))
    found.records.push(...records.map(String))
    found.marks.push(...marks)
    from = Math.min(end, bytes.length)
  }
  return found
}

function all(source: Source, bytes: Buffer, cuts: readonly number[] = []): Found {
  const { cutter: whole } = cutter(source)
  const found = pushed(whole, bytes, cuts)
  const { records, marks } = whole.end()
  return {
    records: [...found.records, ...records.map(String)],
    marks: [...found.marks, ...marks],
  }
}

const cuts = fc.array(fc.nat(120))
const text = fc
  .array(fc.constantFrom('a', 'é', '\n', '\r\n', ' '), { maxLength: 60 })
  .map((parts) => Buffer.from(parts.join('')))
const cell = fc
  .array(fc.constantFrom('a', 'é', '"', ',', '\n', ' ', '1'), { maxLength: 5 })
  .map((parts) => parts.join(''))
const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 12 })
const COLUMNS = ['url', 'né', '__proto__'] as const
const csvOf = (rows: readonly (readonly string[])[]): Buffer =>
  Buffer.from(stringify([[...COLUMNS], ...rows.map((row) => [...row])]))
const event = fc.record({ id: fc.boolean(), data: fc.constantFrom('a', 'é', 'a\nb', '') })
const eventsOf = (events: readonly { readonly id: boolean; readonly data: string }[]): Buffer =>
  Buffer.from(
    events
      .map(({ id, data }, index) => {
        const lines = data.split('\n').map((line) => `data: ${line}\n`)
        return `${id ? `id: é${index}\n` : ''}: nothing\n${lines.join('')}\n`
      })
      .join(''),
  )

const TEXT: Source = { format: { reads: 'text' } }
const CSV: Source = { format: { reads: 'json', values: 'csv' } }
const EVENTS: Source = { format: { reads: 'text' }, isEvents: true }

describe('lines', () => {
  const expectedOf = (bytes: Buffer): string[] => {
    const expected = bytes.toString().split(/\r?\n/)
    if (expected.at(-1) === '') expected.pop()
    return expected
  }

  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(text, cuts, (bytes, at) => {
        expect(all(TEXT, bytes, at).records).toEqual(expectedOf(bytes))
      }),
    )
  })

  it('go on after a lost connection where one begins', () => {
    fc.assert(
      fc.property(text, fc.nat(80), (bytes, cut) => {
        const { cutter: lines, tally } = cutter(TEXT)
        const { records } = pushed(lines, bytes.subarray(0, cut), [])
        const offset = lines.restart()
        expect(offset).toBe(lines.mark)
        records.push(...pushed(lines, bytes.subarray(Number(offset)), []).records)
        records.push(...lines.end().records.map(String))
        expect(records).toEqual(expectedOf(bytes))
        expect(lines.mark).toBe(bytes.length)
        expect(tally.notUtf8).toBe(0)
      }),
    )
  })
})

describe('CSV', () => {
  it('that was written is read back, however it is cut', () => {
    fc.assert(
      fc.property(table, cuts, (rows, at) => {
        const { records } = all(CSV, csvOf(rows), at)
        expect(records.map((record) => Object.entries(JSON.parse(record)))).toEqual(
          rows.map((row) => row.map((value, place) => [COLUMNS[place], value])),
        )
      }),
    )
  })
})

describe('a mark', () => {
  it.each<[string, Source, fc.Arbitrary<Buffer>]>([
    ['lines', TEXT, text],
    ['CSV', CSV, table.map(csvOf)],
  ])('says where the rest begins: %s', (_, source, bytesOf) => {
    fc.assert(
      fc.property(bytesOf, fc.nat(), cuts, (bytes, pick, at) => {
        const { records, marks } = all(source, bytes, at)
        if (records.length === 0) return
        const index = pick % records.length
        const mark = marks[index] as number
        const { cutter: before } = cutter(source)
        before.push(bytes.subarray(0, mark))
        const { cutter: rest } = cutter(source, { mark, header: before.header })
        const found = pushed(rest, bytes.subarray(mark), [])
        found.records.push(...rest.end().records.map(String))
        expect(found.records).toEqual(records.slice(index + 1))
      }),
    )
  })

  it('of an event is the last id so far, and of none where there was none', () => {
    fc.assert(
      fc.property(fc.array(event), cuts, (events, at) => {
        const { records, marks } = all(EVENTS, eventsOf(events), at)
        expect(records).toEqual(events.map(({ data }) => data.replaceAll('\n', ' ')))
        const ids = events.map((_, index) => {
          const last = events.findLastIndex(({ id }, place) => id && place <= index)
          return last === -1 ? undefined : `é${last}`
        })
        expect(marks).toEqual(ids)
      }),
    )
  })
})
