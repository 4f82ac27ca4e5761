import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import type { InputFormat } from '../../engines/core/input/formats/input-format.ts'
import { ROW_BYTES_MAX } from '../../engines/core/input/formats/record-cutter.ts'
import { textFile } from './text-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'text-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function recordsOf(path: string, format?: InputFormat): readonly string[] {
  const { bytes, offsets } = textFile(path, format).pool
  return Array.from({ length: offsets.length - 1 }, (_, record) =>
    Buffer.from(bytes.subarray(offsets[record]!, offsets[record + 1]! - 1)).toString('latin1'),
  )
}

describe('a text file', () => {
  it.each([
    ['with a final newline', 'a b\nc\n', ['a b', 'c']],
    ['without a final newline', 'a b\nc', ['a b', 'c']],
    ['with empty lines', '\na\n\n', ['', 'a', '']],
    ['with CRLF', 'a\r\n\r\nb\r\n', ['a', '', 'b']],
    ['with CRLF and LF mixed, and a lone CR kept', 'a\r\nb\nc\rd\n', ['a', 'b', 'c\rd']],
    ['of one newline', '\n', ['']],
  ])('%s', (name, content, records) => {
    expect(recordsOf(fileOf(`${name.length}.txt`, content))).toEqual(records)
  })

  it('keeps bytes that are not UTF-8, and counts their lines', () => {
    const path = fileOf(
      'bytes.txt',
      Buffer.from('plain\n\xff\xfe word\ncaf\xe9\nStra\xc3\x9fe\n', 'latin1'),
    )
    expect(recordsOf(path)).toEqual(['plain', '\xff\xfe word', 'caf\xe9', 'Stra\xc3\x9fe'])
    expect(textFile(path).linesNotUtf8).toBe(2)
  })

  it('keeps a line of the greatest length and refuses a longer one by its number', () => {
    const line = 'x'.repeat(ROW_BYTES_MAX)
    expect(textFile(fileOf('long.txt', `a\n${line}\r\n`)).pool.offsets.length).toBe(3)
    const path = fileOf('longer.txt', `a\n${line}x\n`)
    expect(() => textFile(path)).toThrow(
      `line 2 of ${path}: 1048577 bytes. a record has at most 1048576 bytes. Break the line, or check that the input is text.`,
    )
  })

  it('is decompressed where its first bytes say so, of several members too', () => {
    const bytes = Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')])
    expect(recordsOf(fileOf('several.txt', bytes))).toEqual(['a', 'bc', 'd'])
    const damaged = Buffer.from(bytes)
    damaged[12]! ^= 0xff
    const path = fileOf('damaged.gz', damaged)
    expect(() => textFile(path)).toThrow(
      /damaged\.gz: compressed bytes that are damaged or not complete \(.*Compress the file again\.$/,
    )
  })

  it('of values has each as a record, by the ending of its name; other rows are counted', () => {
    const path = join(folder, 'values')
    mkdirSync(path)
    writeFileSync(join(path, 'a.csv'), 'n,m\n1,2\n3\n')
    writeFileSync(join(path, 'b.jsonl'), '{"n":"4"}\n\n{"n":\n')
    const format: InputFormat = { reads: 'json' }
    expect(recordsOf(path, format)).toEqual(['{"n":"1","m":"2"}', '{"n":"4"}'])
    expect(textFile(path, format).malformed).toMatchObject({
      count: 2,
      first: [
        { place: `line 3 of ${join(path, 'a.csv')}`, text: '3' },
        { place: `line 3 of ${join(path, 'b.jsonl')}`, text: '{"n":' },
      ],
    })
    expect(() => textFile(path, { ...format, strict: true })).toThrow(
      /^line 3 of .*a\.csv: 3: 1 column, where there are 2\. with --strict/,
    )
    expect(() => textFile(fileOf('none.json', 'no\n'), format)).toThrow(
      /none\.json: no record: 1 row is malformed and no record\. line 1 of .*: no \(no JSON,/,
    )
  })

  it('may be a directory: its files by name, without hidden ones and folders', () => {
    const path = join(folder, 'many')
    mkdirSync(join(path, 'inner'), { recursive: true })
    for (const [name, content] of [
      ['b.txt', 'b'],
      ['a.txt', 'a1\na2\n'],
      ['.hidden', 'h'],
      ['inner/c', 'c'],
      ['Z', ''],
    ]) {
      writeFileSync(join(path, name!), content!)
    }
    expect(recordsOf(path)).toEqual(['a1', 'a2', 'b'])
    expect(textFile(path).files).toBe(3)
  })

  it.each([
    [
      'missing',
      () => join(folder, 'missing.txt'),
      /missing\.txt: no such file or directory\. .* Check the path\./,
    ],
    [
      'empty',
      () => fileOf('empty.txt', ''),
      /empty\.txt: no line\. an input has at least one record/,
    ],
    ['neither file nor directory', () => '/dev/null', /neither a file nor a directory/],
  ])('is refused when it is %s', (_, path, message) => {
    expect(() => textFile(path())).toThrow(message)
  })

  it('is refused when it cannot be read, or is a directory of nothing', () => {
    const loop = join(folder, 'loop')
    symlinkSync(loop, loop)
    expect(() => textFile(loop)).toThrow(/it cannot be read \(ELOOP/)
    const empty = join(folder, 'nothing')
    mkdirSync(empty)
    expect(() => textFile(empty)).toThrow(/a directory without files/)
    expect(() => textFile(empty)).toThrow(expect.objectContaining({ code: 'input' }))
  })
})
