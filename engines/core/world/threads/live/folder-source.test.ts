/** Directories that grow: real folders and files, and what goes wrong with them. Waits for what arrives, never for a time. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { InputError } from '../../../errors.ts'
import type { InputFormat } from '../../../input/formats/input-format.ts'
import { RowTally } from '../../../input/formats/row-tally.ts'
import type { InputPlace, InputPosition } from '../../../input/live-input.ts'
import type { Arrival } from './arrival.ts'
import { folderArrivals } from './folder-source.ts'

let folder: string
let open: Reading[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-source-'))
  open = []
})
afterEach(async () => {
  for (const reading of open) await reading.close()
  rmSync(folder, { recursive: true })
})

class Reading {
  /** By name, what the last arrival of each part said. */
  places: Record<string, InputPlace> = {}
  tally: RowTally
  #ending = new AbortController()
  #arrivals: AsyncGenerator<Arrival>

  constructor({
    path = folder,
    from,
    format,
  }: { path?: string; from?: InputPosition; format?: InputFormat } = {}) {
    this.tally = new RowTally(format?.strict ?? false)
    const input = {
      kind: 'folder',
      path,
      ...(from && { from }),
      ...(format && { format }),
    } as const
    this.#arrivals = folderArrivals(input, this.tally, this.#ending.signal)
    open.push(this)
  }

  /** The next records, at least so many. */
  async take(count: number): Promise<string[]> {
    const records: string[] = []
    while (records.length < count) {
      const next = await this.#arrivals.next()
      if (next.done) throw new Error(`the end after ${records.join()}`)
      const { cut, part } = next.value
      records.push(...cut.records.map(String))
      const { name, mark, header } = part!
      this.places[name] = { mark: mark!, ...(header && { header }) }
    }
    return records
  }

  /** Takes no more, and tells how the waiting for it ended. */
  async close(): Promise<unknown> {
    this.#ending.abort()
    return this.#arrivals.next().then(
      ({ done }) => done,
      (error: unknown) => error,
    )
  }
}

const at = (name: string): string => join(folder, name)

it('has what is there by name, then what is added, to files and to the directory', async () => {
  writeFileSync(at('b'), 'b1\nb2\n')
  writeFileSync(at('a'), 'a1\n')
  writeFileSync(at('.hidden'), 'no\n')
  mkdirSync(at('inner'))
  const reading = new Reading()
  expect(await reading.take(3)).toEqual(['a1', 'b1', 'b2'])
  appendFileSync(at('a'), 'a2\n')
  expect(await reading.take(1)).toEqual(['a2'])
  writeFileSync(at('c'), 'c1\n')
  expect(await reading.take(1)).toEqual(['c1'])
  appendFileSync(at('c'), 'c2\n')
  expect(await reading.take(1)).toEqual(['c2'])
  expect(reading.places).toEqual({ a: { mark: 6 }, b: { mark: 6 }, c: { mark: 6 } })
})

it('waits for the other half of a line', async () => {
  writeFileSync(at('a'), 'one\nhal')
  const reading = new Reading()
  expect(await reading.take(1)).toEqual(['one'])
  appendFileSync(at('a'), 'f\ntwo\n')
  expect(await reading.take(2)).toEqual(['half', 'two'])
})

it('may be empty, and one file', async () => {
  writeFileSync(at('a'), '')
  writeFileSync(at('b'), 'no\n')
  const reading = new Reading({ path: at('a') })
  const taken = reading.take(1)
  appendFileSync(at('a'), 'one\n')
  expect(await taken).toEqual(['one'])
})

it('is ended by its signal alone', async () => {
  writeFileSync(at('a'), 'one\nhalf')
  const reading = new Reading()
  await reading.take(1)
  expect(await reading.close()).toMatchObject({ name: 'AbortError' })
  expect(await reading.close()).toBe(true)
})

it('has a file that shrinks refused by name', async () => {
  writeFileSync(at('a'), 'one\ntwo\n')
  const reading = new Reading()
  await reading.take(2)
  truncateSync(at('a'), 4)
  const more = reading.take(1)
  await expect(more).rejects.toThrow(InputError)
  await expect(more).rejects.toThrow(
    /^lines of .*a, as it grows: 4 bytes, and 8 were read before\. a file of a directory that grows does not become shorter.*Write to a new file/,
  )
})

it('knows a file by another name, and another one by its name', async () => {
  writeFileSync(at('log'), 'one\nhal')
  const reading = new Reading()
  await reading.take(1)
  renameSync(at('log'), at('log.1'))
  appendFileSync(at('log.1'), 'f\n')
  writeFileSync(at('log'), 'new\n')
  expect((await reading.take(2)).sort()).toEqual(['half', 'new'])
  expect(reading.places).toEqual({ log: { mark: 4 }, 'log.1': { mark: 9 } })
})

it('reads a file that is gone to its end', async () => {
  writeFileSync(at('a'), 'one\n')
  writeFileSync(at('b'), 'b1\n')
  const reading = new Reading()
  await reading.take(2)
  appendFileSync(at('a'), 'two\n')
  rmSync(at('a'))
  expect(await reading.take(1)).toEqual(['two'])
  writeFileSync(at('c'), 'three\n')
  expect(await reading.take(1)).toEqual(['three'])
})

it('has compressed files that are whole when they appear', async () => {
  const reading = new Reading()
  writeFileSync(at('.a'), gzipSync('one\ntwo'))
  renameSync(at('.a'), at('a.gz'))
  const taken = await reading.take(1)
  expect([...taken, ...(taken.length < 2 ? await reading.take(1) : [])]).toEqual(['one', 'two'])
  appendFileSync(at('a.gz'), gzipSync('three\n'))
  await expect(reading.take(1)).rejects.toThrow(
    /^lines of .*a\.gz, as it grows: \d+ bytes, and \d+ when it was read\. .*Write it elsewhere and move it in\.$/,
  )
})

it('has half of a compressed file refused by name', async () => {
  const whole = gzipSync('one\n'.repeat(1_000))
  writeFileSync(at('a.gz'), whole.subarray(0, whole.length - 9))
  const reading = new Reading()
  const taking = (async () => {
    for (;;) await reading.take(1)
  })()
  await expect(taking).rejects.toThrow(
    /^lines of .*a\.gz: compressed bytes that are damaged or not complete \(unexpected end of file\)/,
  )
})

it('goes on where an earlier run ended, in each of its files', async () => {
  writeFileSync(at('a'), 'a1\na2\n')
  writeFileSync(at('b.gz'), gzipSync('b1\nb2\nb3\n'))
  writeFileSync(at('c'), 'c1\n')
  const from = { a: { mark: 3 }, 'b.gz': { mark: 6 }, c: { mark: 3 } }
  const reading = new Reading({ from })
  expect([...(await reading.take(1)), ...(await reading.take(1))]).toEqual(['a2', 'b3'])
  appendFileSync(at('c'), 'c2\n')
  expect(await reading.take(1)).toEqual(['c2'])
  expect(await reading.close()).toBeInstanceOf(Error)
  const shrunk = new Reading({ from: { a: { mark: 100 } } })
  await expect(shrunk.take(1)).rejects.toThrow(/a, as it grows: 6 bytes, and 100 were read before/)
})

it('has a header in each file of CSV, and remembers it', async () => {
  const format: InputFormat = { reads: 'json' }
  writeFileSync(at('a.csv'), 'url,n\n/a,1\n')
  writeFileSync(at('b.csv'), 'n,url\n2,/b\nmalformed\n')
  const reading = new Reading({ format })
  const taken = [...(await reading.take(1)), ...(await reading.take(1))]
  expect(taken).toEqual(['{"url":"/a","n":"1"}', '{"n":"2","url":"/b"}'])
  expect(reading.tally.malformed.first).toMatchObject([
    { place: `line 3 of ${at('b.csv')}`, text: 'malformed' },
  ])
  appendFileSync(at('b.csv'), '3,/c\n')
  const later = new Reading({ format, from: reading.places })
  expect(await later.take(1)).toEqual(['{"n":"3","url":"/c"}'])
})

it('that is not there, or no longer, is refused by name', async () => {
  await expect(new Reading({ path: at('none') }).take(1)).rejects.toThrow(
    /^lines of .*none, as it grows: no such file or directory\. .*Check the path\.$/,
  )
  mkdirSync(at('inner'))
  writeFileSync(at('inner/a'), 'one\n')
  const reading = new Reading({ path: at('inner') })
  await reading.take(1)
  rmSync(at('inner'), { recursive: true })
  await expect(reading.take(1)).rejects.toThrow(/inner, as it grows: no such file or directory/)
})
