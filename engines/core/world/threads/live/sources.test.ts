/** What live inputs are read from, on real threads: events, plain connections, growing directories, compressed bytes. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { pageEvents } from '../../../../../workloads/input/page-events.ts'
import { InputError } from '../../../errors.ts'
import type { InputFormat } from '../../../input/formats/input-format.ts'
import { ARRIVED_RECORD_BYTES, type LiveInput } from '../../../input/live-input.ts'
import type { RunRecord } from '../../../system.ts'
import { milliseconds } from '../../../units.ts'
import { runOnThreads } from '../run-on-threads.ts'
import {
  finalCounts,
  LineServer,
  linesOf,
  readAlone,
  SIZES,
  trialOf,
  viewsOf,
  wrongTicks,
} from './live.fixture.ts'
import { EventServer, TcpServer } from './servers.fixture.ts'
import { tcpChunks } from './tcp-source.ts'

const CONTENT = Buffer.from(pageEvents({ events: 3_000 }).bytes)
const LINES = linesOf(CONTENT)
const VIEWS = viewsOf(LINES)

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function closed<T extends { close(): Promise<void> }>(server: T): T {
  closing.push(() => server.close())
  return server
}

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'live-sources-'))
  closing.push(() => rmSync(path, { recursive: true }))
  return path
}

/** By default on one worker, whose start is most of such a run: what is read from, and how, is no matter of how many there are. */
function run(input: LiveInput, engine?: 'timely' | 'dstream'): Promise<RunRecord> {
  const { config, ...trial } = trialOf(engine ?? 'timely', input)
  const workers = engine === undefined ? 1 : config.workers
  return runOnThreads({ ...trial, config: { ...config, workers } }, SIZES)
}

function recordsOf(record: RunRecord): string[] {
  if (record.error) throw record.error
  expect(record.outcome).toBe('completed')
  expect(wrongTicks(record, milliseconds(50))).toEqual([])
  return linesOf(record.input!.records.bytes)
}

/** What so many lines count until an input is full. */
function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1 + ARRIVED_RECORD_BYTES, 0)
}

describe('server-sent events', () => {
  it('are records, and none counts twice when the server dies and goes on behind the last one', async () => {
    const server = closed(new EventServer(LINES, { dieAfter: [1_000, 1_000, 2_000] }))
    const record = await run({ kind: 'http', url: await server.listen() }, 'dstream')
    expect(recordsOf(record)).toEqual(LINES)
    expect(finalCounts(record)).toEqual(VIEWS)
    expect(record.input!.resumes).toBe(3)
    expect(server.requests).toEqual([undefined, '999', '999', '1999'])
    expect(Object.values(record.input!.position)).toMatchObject([{ mark: '2999' }])
  }, 60_000)

  it.each<[string, ConstructorParameters<typeof EventServer>[1], RegExp]>([
    [
      'have no ids',
      { ids: false, dieAfter: [10] },
      /^lines of http.*events: the connection was lost, and the last event has no id to go on from\. a lost stream of events is resumed by the id/,
    ],
    [
      'have come to nobody knows what',
      { dieAfter: [10], later: { status: 200, type: 'text/plain' } },
      /^lines of http.* behind the event 9: .*something that is no stream of events\./,
    ],
    [
      'are refused later',
      { dieAfter: [10], later: { status: 500 } },
      /behind the event 9: the connection was lost, and then status 500\./,
    ],
  ])('that %s end reading by name when the connection is lost', async (_, behaviour, message) => {
    const server = closed(new EventServer(LINES, behaviour))
    const reading = readAlone({ kind: 'http', url: await server.listen() })
    await expect(reading).rejects.toBeInstanceOf(InputError)
    await expect(reading).rejects.toThrow(message)
  })

  it('that are over when they are asked for again are all there are', async () => {
    const server = closed(new EventServer(LINES, { dieAfter: [10], later: { status: 204 } }))
    const { lines } = await readAlone({ kind: 'http', url: await server.listen() })
    expect(lines).toEqual(LINES.slice(0, 10))
  })
})

describe('a TCP server', () => {
  it('is read to the end of its connection', async () => {
    const server = closed(new TcpServer(CONTENT.subarray(0, -1)))
    const record = await run({ kind: 'tcp', ...(await server.listen()) })
    expect(recordsOf(record)).toEqual(LINES)
    expect(finalCounts(record)).toEqual(VIEWS)
    expect(record.input!.position).toEqual({})
  }, 60_000)

  it('waits while nobody takes its lines', async () => {
    const content = Buffer.alloc(64 * 1024 * 1024, `${LINES[0]}\n`)
    const server = closed(new TcpServer(content))
    const record = await run({ kind: 'tcp', ...(await server.listen()), bytesMax: 100_000 })
    expect(recordsOf(record).length).toBeGreaterThan(0)
    expect(record.input!.isFull).toBe(true)
    // The rest is at most what sockets hold.
    expect(server.sent).toBeLessThan(16 * 1024 * 1024)
  }, 60_000)

  it('whose connection breaks is given up by name', async () => {
    // More than sockets hold: the connection lasts until it breaks.
    const server = closed(new TcpServer(Buffer.alloc(64 * 1024 * 1024, `${LINES[0]}\n`)))
    const chunks = tcpChunks(await server.listen(), new AbortController().signal)
    await chunks.next()
    server.reset()
    const reading = (async () => {
      for await (const _ of chunks);
    })()
    await expect(reading).rejects.toThrow(
      /^lines of tcp:\/\/127\.0\.0\.1:\d+: the connection was lost after \d+ bytes \(.*ECONNRESET.*\)\. what a TCP server sends comes once/,
    )
  }, 60_000)

  it('that is not there is refused by name', async () => {
    await expect(readAlone({ kind: 'tcp', host: '127.0.0.1', port: 1 })).rejects.toThrow(
      /^lines of tcp:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*Start the server/,
    )
  })
})

describe('a directory that grows', () => {
  /** Calls with the number of each thread that is up from now on. */
  function onThreads(call: (count: number) => void): void {
    let count = 0
    const watch = (worker: Worker): void => {
      worker.once('online', () => {
        count += 1
        call(count)
      })
    }
    process.on('worker', watch)
    closing.push(() => process.off('worker', watch))
  }

  it.each(['timely', 'dstream'] as const)(
    'is counted by %s while it grows',
    async (engine) => {
      const folder = temporaryFolder()
      const [first, second, third] = [
        LINES.slice(0, 1_000),
        LINES.slice(1_000, 2_000),
        LINES.slice(2_000),
      ]
      const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
      writeFileSync(join(folder, 'a.jsonl'), text(first))
      onThreads((count) => {
        if (count === 1) appendFileSync(join(folder, 'a.jsonl'), text(second))
        if (count === 2) writeFileSync(join(folder, 'b.jsonl'), text(third))
      })
      const record = await run({ kind: 'folder', path: folder, bytesMax: sizeOf(LINES) }, engine)
      expect(recordsOf(record).toSorted()).toEqual(LINES.toSorted())
      expect(finalCounts(record)).toEqual(VIEWS)
      expect(record.input!.position).toEqual({
        'a.jsonl': { mark: text(LINES.slice(0, 2_000)).length },
        'b.jsonl': { mark: text(third).length },
      })
    },
    60_000,
  )
})

describe('a run that goes on where another ended', () => {
  async function both(input: LiveInput, bytesMax: number): Promise<readonly RunRecord[]> {
    const before = await run({ ...input, bytesMax })
    const from = before.input!.position
    return [before, await run({ ...input, from, bytesMax: sizeOf(LINES) - bytesMax })]
  }

  it.each([
    ['a server that streams lines', () => closed(new LineServer(CONTENT))],
    ['server-sent events', () => closed(new EventServer(LINES))],
  ])(
    'has the rest, and no record twice: %s',
    async (_, serverOf) => {
      const url = await serverOf().listen()
      const [before, after] = await both({ kind: 'http', url }, 50_000)
      const records = recordsOf(before!)
      expect(records.length).toBeLessThan(LINES.length)
      expect(recordsOf(after!)).toEqual(LINES.slice(records.length))
    },
    60_000,
  )

  it('has the rest, and no record twice: a directory that grows', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a'), CONTENT)
    const input = { kind: 'folder', path: folder } as const
    const before = await run({ ...input, bytesMax: 50_000 })
    const records = recordsOf(before)
    const rest = LINES.slice(records.length)
    const from = before.input!.position
    const after = await run({ ...input, from, bytesMax: sizeOf(rest) })
    expect(recordsOf(after)).toEqual(rest)
  }, 60_000)

  it('is refused by name where the content is another one by then', async () => {
    const server = closed(new LineServer(CONTENT, { later: CONTENT.subarray(0, -1) }))
    const input = { kind: 'http', url: await server.listen() } as const
    const before = await run({ ...input, bytesMax: 50_000 })
    expect(recordsOf(before).length).toBeGreaterThan(0)
    await expect(readAlone({ ...input, from: before.input!.position })).rejects.toThrow(
      /from byte \d+ on: the run before ended there, and the server sends it only from the beginning, or it has changed\./,
    )
  }, 60_000)

  it('finds nothing where all had come', async () => {
    const server = closed(new LineServer(CONTENT))
    const url = await server.listen()
    const { input } = await run({ kind: 'http', url })
    const record = await run({ kind: 'http', url, from: input!.position })
    expect(record.error?.message).toMatch(
      /: the end, and no line before it\. an input has at least/,
    )
  }, 60_000)
})

it.each(['timely', 'dstream'] as const)(
  'columns that a plan names are read by %s, whatever is in a row',
  async (engine) => {
    const rows = ['n,url,more', '1,/a,', '2,"/b, c","several\nlines"', 'x', '4,/a,']
    const server = closed(new LineServer(Buffer.from(rows.join('\r\n'))))
    const format: InputFormat = { reads: { csv: ['url', 'n'] } }
    const trial = trialOf(engine, { kind: 'http', url: await server.listen(), format })
    const module = 'engines/core/world/threads/live/csv-plan.fixture.ts'
    const config = { ...trial.config, plan: { module, export: 'plan', parameters: {} } }
    const record = await runOnThreads({ ...trial, config }, SIZES)
    if (record.error) throw record.error
    expect(finalCounts(record)).toEqual({ '/a': 5, '/b, c': 2 })
    expect(record.input!.malformed).toMatchObject({ count: 1, first: [{ text: 'x' }] })
  },
  60_000,
)

describe('malformed rows that arrive', () => {
  const content = Buffer.from(`${LINES[0]}\n{"url":\n${LINES[1]}\nnothing\n`)

  it('are no records, and counted', async () => {
    const server = closed(new LineServer(content))
    const url = await server.listen()
    const record = await run({ kind: 'http', url, format: { reads: 'json' } })
    expect(recordsOf(record)).toEqual(LINES.slice(0, 2))
    expect(record.input!.malformed).toMatchObject({
      count: 2,
      first: [
        { place: `line 2 of ${url}`, text: '{"url":' },
        { place: `line 4 of ${url}`, text: 'nothing' },
      ],
    })
  }, 60_000)

  it('end the run by name where every row must be a record', async () => {
    const server = closed(new LineServer(content))
    const url = await server.listen()
    const record = await run({ kind: 'http', url, format: { reads: 'json', strict: true } })
    expect(record.error).toMatchObject({ code: 'input' })
    expect(record.error?.message).toMatch(/^line 2 of http.*: \{"url":: no JSON, .*with --strict/)
  }, 60_000)

  it('are named where there is nothing else', async () => {
    const server = closed(new TcpServer(Buffer.from('a\nb\n')))
    const input = { kind: 'tcp', ...(await server.listen()), format: { reads: 'json' } } as const
    expect((await run(input)).error?.message).toMatch(
      /: the end, and no line before it but 2 rows are malformed and no records\. line 1 of tcp/,
    )
  }, 60_000)
})

describe('compressed bytes', () => {
  it('are decompressed where they come once', async () => {
    const script = fileURLToPath(new URL('./stdin-run.fixture.ts', import.meta.url))
    // With the compiled modules that this process has.
    const words = [...process.execArgv, script, 'timely']
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += chunk
    })
    child.stdin.end(gzipSync(CONTENT))
    await new Promise((resolve) => child.on('close', resolve))
    expect(JSON.parse(printed)).toEqual({
      outcome: 'completed',
      counts: VIEWS,
      records: LINES.length,
      wrong: [],
    })
  }, 60_000)

  it('that are not complete end reading by name', async () => {
    const path = join(temporaryFolder(), 'lines.gz')
    writeFileSync(path, gzipSync(CONTENT).subarray(0, 1_000))
    await expect(readAlone({ kind: 'file', path })).rejects.toThrow(
      /^lines of \S+lines\.gz: compressed bytes that are damaged or not complete \(unexpected end of file\)/,
    )
  })

  it('are refused by name where a lost connection could not go on within them', async () => {
    const server = closed(new LineServer(gzipSync(CONTENT)))
    await expect(readAlone({ kind: 'http', url: await server.listen() })).rejects.toThrow(
      /: compressed bytes\. a connection that is lost could not go on/,
    )
  })
})
