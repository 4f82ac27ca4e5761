/** Static inputs: which records a plan's static data is computed from, and what is refused before anything runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { InputError } from '../../engines/core/errors.ts'
import type { SourceFormat } from '../../engines/core/plan/plan.ts'
import { readStatic } from '../../engines/core/plan/static-stream.ts'
import { planOf, readStream } from '../../engines/core/plan/stream.ts'
import { poolRecords } from '../../workloads/naive-oracle.ts'
import { staticInputsOf } from './static-inputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-statics-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return `file:${join(folder, name)}`
}

/** Of a plan that joins what it reads from this URL. */
function inputsOf(url: string, format?: SourceFormat) {
  const options = format === undefined ? {} : { format }
  const rows = readStatic<unknown>(url, options).map((row): [unknown, number] => [row, 1])
  const plan = planOf(
    readStream<string>('input:lines', '1s')
      .map((line): [unknown, number] => [line, 1])
      .join(rows.static('rows')),
  )
  return staticInputsOf({ workload: 'grep', parameters: {} }, plan)
}

const recordsOf = (url: string, format?: SourceFormat) => poolRecords(inputsOf(url, format)[url]!)

it('a file has its rows: lines, values, rows of CSV as objects; a row that comes twice is two', () => {
  expect(recordsOf(written('lines.txt', 'a\n\na\n'))).toEqual(['a', '', 'a'])
  expect(recordsOf(written('rows.jsonl', '{"a":1}\n[2]\n'))).toEqual(['{"a":1}', '[2]'])
  expect(recordsOf(written('rows.csv', 'a,b\n1,2\n1,2\n'))).toEqual([
    '{"a":"1","b":"2"}',
    '{"a":"1","b":"2"}',
  ])
})

it('a path is one from the checkout', () => {
  const [first] = recordsOf('file:workloads/README.md')
  expect(first).toBe('# Workloads')
})

it('an input that two sources read is read once', () => {
  const url = written('twice.txt', 'a\n')
  const rows = () => readStatic<string>(url).map((row): [string, number] => [row, 1])
  const ones = readStream<string>('input:lines', '1s').map((line): [string, number] => [line, 1])
  const plan = planOf([ones.join(rows().static('one')), ones.join(rows().static('other'))])
  const inputs = staticInputsOf({ workload: 'grep', parameters: {} }, plan)
  expect(Object.keys(inputs)).toEqual([url])
})

it.each([
  [
    'a file that is not there',
    (): string => `file:${join(folder, 'nowhere.txt')}`,
    undefined,
    /^lines of .*nowhere\.txt: no such file or directory\./,
  ],
  [
    'a file without a row',
    (): string => written('hollow.txt', ''),
    undefined,
    /^lines of .*hollow\.txt: no line\. an input has at least one record\./,
  ],
  [
    'a row that is no value',
    (): string => written('bad.jsonl', '{"a":1}\n{"a":\n'),
    undefined,
    /^the static input file:.*bad\.jsonl: 1 row is malformed and no record\. line 2 of .*bad\.jsonl: \{"a": \(no JSON.*\. every row of static data is a record.*Mend the rows\.$/,
  ],
  [
    'a row with fewer columns',
    (): string => written('bad.csv', 'a,b\n1\n'),
    undefined,
    /^lines of .*bad\.csv: no record: 1 row is malformed/,
  ],
  [
    'pairs of integers in a file',
    (): string => written('pairs.txt', '1 2\n'),
    'u32x2',
    /: a plan that reads pairs of integers\. files have rows of text, JSON or CSV\./,
  ],
  [
    'a name that is no file',
    (): string => 'input:ads',
    undefined,
    /^the static input input:ads: no file, and no records that the workload makes\. .*readStatic\('file:path'\)\.$/,
  ],
] as const)('%s is refused', (_, url, format, message) => {
  const read = () => inputsOf(url(), format)
  expect(read).toThrow(InputError)
  expect(read).toThrow(message)
})
