/** Rows that are records, and rows that are none: examples of each format. */
import { describe, expect, it } from 'vitest'
import { cutterOf, type InputFormat } from './input-format.ts'
import { ROW_BYTES_MAX } from './record-cutter.ts'
import { describeMalformed, RowTally } from './row-tally.ts'

const JSON_FORMAT: InputFormat = { reads: 'json' }
const COLUMNS: InputFormat = { reads: { csv: ['url', 'user'] } }

interface Read {
  readonly records: readonly string[]
  readonly malformed: readonly string[]
  readonly notUtf8: number
}

function read(
  format: InputFormat,
  content: string | Buffer,
  { name = 'test', isEvents = false } = {},
): Read {
  const tally = new RowTally(format.strict ?? false)
  const cutter = cutterOf(format, { name, tally, isEvents })
  const cuts = [cutter.push(Buffer.from(content)), cutter.end()]
  const { malformed, notUtf8 } = tally
  expect(malformed.count).toBe(malformed.first.length)
  return {
    records: cuts.flatMap(({ records }) => records.map((record) => record.toString('latin1'))),
    malformed: malformed.first.map(({ place, text, problem }) => `${place}: ${text} (${problem})`),
    notUtf8,
  }
}

describe('text', () => {
  it('is a record a line, whatever is in it', () => {
    expect(read({ reads: 'text' }, '\ufeffa\n\n{"\r\nb\r', { name: 'x.json' })).toEqual({
      records: [Buffer.from('\ufeffa').toString('latin1'), '', '{"', 'b\r'],
      malformed: [],
      notUtf8: 0,
    })
  })
})

describe('JSON', () => {
  it('is a record a line that is a value', () => {
    expect(read(JSON_FORMAT, '\ufeff{"a":1}\n\n  \n[1, "é"]\r\n null \n"b"')).toEqual({
      records: ['{"a":1}', '[1, "Ã©"]', ' null ', '"b"'],
      malformed: [],
      notUtf8: 0,
    })
  })

  it('that is none is counted, with its line and text', () => {
    const { records, malformed } = read(JSON_FORMAT, '{"a":1}\n{"a":\nnothing\n2\n{"a":1}x')
    expect(records).toEqual(['{"a":1}', '2'])
    expect(malformed).toEqual([
      expect.stringMatching(/^line 2 of test: \{"a": \(no JSON, Unexpected end of JSON input\)$/),
      expect.stringMatching(/^line 3 of test: nothing \(no JSON, Unexpected token .*\)$/),
      expect.stringMatching(/^line 5 of test: \{"a":1\}x \(no JSON, Unexpected .*\)$/),
    ])
  })

  it('may have bytes that are no UTF-8 in its texts', () => {
    const content = Buffer.from('"caf\xe9"\n"plain"\n', 'latin1')
    expect(read(JSON_FORMAT, content)).toEqual({
      records: ['"caf\xe9"', '"plain"'],
      malformed: [],
      notUtf8: 1,
    })
  })
})

describe('CSV', () => {
  it.each<[string, InputFormat, string, readonly string[]]>([
    [
      'with a header, for a plan that names no columns',
      JSON_FORMAT,
      'url,n\n/a,1\n\n"/b, c","say ""no"""\r\n',
      ['{"url":"/a","n":"1"}', '{"url":"/b, c","n":"say \\"no\\""}'],
    ],
    [
      'with columns that the plan does not name, in another order',
      COLUMNS,
      'user,at,url\nu,0,/a\n',
      ['{"url":"/a","user":"u"}'],
    ],
    [
      'without a header',
      COLUMNS,
      '/a,u\n/b,\n',
      ['{"url":"/a","user":"u"}', '{"url":"/b","user":""}'],
    ],
    ['with a byte order mark', COLUMNS, '\ufeffurl,user\n/a,u', ['{"url":"/a","user":"u"}']],
    [
      'with a row of several lines',
      COLUMNS,
      'url,user\n"/a\r\n/b",u\n',
      ['{"url":"/a\\r\\n/b","user":"u"}'],
    ],
  ])('%s', (_, format, content, records) => {
    expect(read(format, content, { name: 'x.csv' })).toEqual({ records, malformed: [], notUtf8: 0 })
  })

  it('has tabs in place of commas where the name says so, or the format', () => {
    const records = ['{"url":"/a,b","user":"u"}']
    expect(read(COLUMNS, '/a,b\tu\n', { name: 'x.tsv.gz' }).records).toEqual(records)
    expect(read({ ...COLUMNS, values: 'tsv' }, '/a,b\tu\n').records).toEqual(records)
  })

  it('may be JSON all the same', () => {
    expect(read(COLUMNS, '{"url":1}\n', { name: 'x.jsonl?a=b' }).records).toEqual(['{"url":1}'])
  })

  it('keeps bytes that are no UTF-8', () => {
    const { records, notUtf8 } = read(COLUMNS, Buffer.from('/caf\xe9,u\n/a,u\n', 'latin1'))
    expect(records).toEqual(['{"url":"/caf\xe9","user":"u"}', '{"url":"/a","user":"u"}'])
    expect(notUtf8).toBe(1)
  })

  it('that is malformed is counted, with its line and text, and the rows around it are records', () => {
    const rows = [
      'url,user',
      '/a,u',
      '/b',
      '5" disk,u',
      '"/c"x,u',
      '"/d\n",u',
      '/e,u,v',
      '/f,u',
      '"/g',
    ]
    const { records, malformed } = read(COLUMNS, rows.join('\n'))
    expect(records.map((record) => JSON.parse(record).url)).toEqual(['/a', '/d\n', '/f'])
    expect(malformed).toEqual([
      'line 3 of test: /b (1 column, where there are 2)',
      'line 4 of test: 5" disk,u (a quote within a column that does not begin with one)',
      'line 5 of test: "/c"x,u (something behind the quote that closes a column)',
      'line 8 of test: /e,u,v (3 columns, where there are 2)',
      'line 10 of test: "/g (a quote that is not closed)',
    ])
  })

  it.each<[string, string, RegExp]>([
    [
      'has a column twice',
      'a,b,a\n1,2,3\n',
      /^the columns of test: 'a' twice\. the first row names/,
    ],
    ['is malformed', '"a"x,b\n1,2\n', /^the columns of test: something behind the quote/],
  ])('is refused by name where its header %s', (_, content, message) => {
    expect(() => read({ reads: 'json', values: 'csv' }, content)).toThrow(message)
  })

  it('of more than 1 MiB a row is refused, with what may be the reason', () => {
    const content = `a,b\n1,"2\n${'3,4\n'.repeat(ROW_BYTES_MAX / 4)}`
    expect(() => read({ reads: 'json', values: 'csv' }, content)).toThrow(
      /^line 2 of test: \d+ bytes or more\. a record has at most 1048576 bytes\. Look for a quote/,
    )
  })
})

describe('server-sent events', () => {
  const events =
    'retry: 10\ndata: {"a":\ndata: 1}\n\n: still here\nevent: x\ndata: no\n\ndata: 2\n\ndata: 3\n'

  it('are a record each, of what their data says', () => {
    expect(read({ reads: 'text' }, events, { isEvents: true }).records).toEqual([
      '{"a": 1}',
      'no',
      '2',
    ])
    expect(read(JSON_FORMAT, events, { isEvents: true })).toEqual({
      records: ['{"a": 1}', '2'],
      malformed: [expect.stringMatching(/^event 2 of test: no \(no JSON, Unexpected token /)],
      notUtf8: 0,
    })
  })

  it('of more than 1 MiB are refused by their number', () => {
    const content = `data: 1\n\ndata: ${'a'.repeat(ROW_BYTES_MAX)}`
    expect(() => read({ reads: 'text' }, content, { isEvents: true })).toThrow(
      /^event 2 of test: more than 1048576 bytes\. a record has at most/,
    )
  })

  it('have no columns', () => {
    const format: InputFormat = { reads: 'json', values: 'csv' }
    expect(() => read(format, '', { isEvents: true })).toThrow(
      /^--format csv for test: server-sent/,
    )
  })
})

describe('malformed rows', () => {
  it('end it all where every row must be a record: with place, text and reason', () => {
    expect(() => read({ ...JSON_FORMAT, strict: true }, '1\n{"a\n2')).toThrow(
      /^line 2 of test: \{"a: no JSON, .*\. with --strict every row is a record\. Mend the row, or/,
    )
  })

  it('are all counted, and the first ones shown, shortened and on one line', () => {
    const tally = new RowTally(false)
    for (let row = 1; row <= 7; row++) {
      tally.refuse(`line ${row} of x`, Buffer.from(`a\tb${'c'.repeat(100)}`), 'no JSON')
    }
    expect(tally.malformed.count).toBe(7)
    expect(tally.malformed.first.length).toBe(5)
    expect(describeMalformed(tally.malformed)).toMatch(
      /^7 rows are malformed and no records\. line 1 of x: a bc{77}… \(no JSON\); .*line 5 .*; …$/,
    )
    expect(describeMalformed({ count: 1, first: tally.malformed.first.slice(0, 1) })).toMatch(
      /^1 row is malformed and no record\. line 1 of x: [^;]*$/,
    )
  })
})
