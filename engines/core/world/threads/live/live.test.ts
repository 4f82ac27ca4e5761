/** Live input on real threads: real sockets on the loopback, real pipes, and what goes wrong with them. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { pageEvents } from '../../../../../workloads/input/page-events.ts'
import { InputError } from '../../../errors.ts'
import type { RunRecord, Trial } from '../../../system.ts'
import { milliseconds } from '../../../units.ts'
import { runOnThreads } from '../run-on-threads.ts'
import {
  type Behaviour,
  finalCounts,
  firstThreadEnd,
  LineServer,
  linesOf,
  readAlone,
  SIZES,
  trialOf,
  viewsOf,
  wrongTicks,
} from './live.fixture.ts'

const CONTENT = Buffer.from(pageEvents({ events: 6_000 }).bytes)
const LINES = linesOf(CONTENT)
const VIEWS = viewsOf(LINES)
/** As long, with other lines. */
const OTHER = Buffer.from(CONTENT.toString('latin1').replaceAll('articles', 'products'), 'latin1')

let server: LineServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function run(
  engine: 'timely' | 'dstream',
  behaviour: Behaviour = {},
  changes: {
    content?: Buffer
    faults?: Trial['faults']
    stallMs?: number
    closing?: AbortSignal
    duration?: number
    bytesMax?: number
    workers?: number
  } = {},
): Promise<RunRecord> {
  const { content = CONTENT, faults, stallMs = 5_000, closing, duration, bytesMax } = changes
  const { workers = 2 } = changes
  server = new LineServer(content, behaviour)
  const url = await server.listen()
  const trial = trialOf(
    engine,
    { kind: 'http', url, stallMs, ...(bytesMax ? { bytesMax } : {}) },
    faults,
  )
  const input = duration === undefined ? trial.config.input : { rate: 0, duration }
  return runOnThreads(
    { ...trial, config: { ...trial.config, input, workers }, ...(closing ? { closing } : {}) },
    SIZES,
  )
}

/** On one worker, whose start is most of such a run: what is read from, and how, is no matter of how many there are. */
function read(
  behaviour: Behaviour,
  changes: NonNullable<Parameters<typeof run>[2]> = {},
): Promise<RunRecord> {
  return run('timely', behaviour, { ...changes, workers: 1 })
}

/** By the source alone. */
async function readFrom(
  behaviour: Behaviour,
  { content = CONTENT, stallMs = 5_000 }: { content?: Buffer; stallMs?: number } = {},
): ReturnType<typeof readAlone> {
  server = new LineServer(content, behaviour)
  return readAlone({ kind: 'http', url: await server.listen(), stallMs })
}

function expectAll(record: RunRecord): void {
  if (record.error) throw record.error
  expect(record.outcome).toBe('completed')
  expect(finalCounts(record)).toEqual(VIEWS)
  expect(linesOf(record.input!.records.bytes)).toEqual(LINES)
  expect(wrongTicks(record, milliseconds(50))).toEqual([])
  const services = record.history.find(({ event }) => event === 'services-ended')
  expect(services?.fields.sourceCpuNs).toBeGreaterThan(0)
}

describe.each(['timely', 'dstream'] as const)('%s', (engine) => {
  it('counts the page views that a server streams, exactly', async () => {
    const record = await run(engine)
    expectAll(record)
    const { dueAt, duration, resumes, isFull } = record.input!
    expect(resumes).toBe(0)
    expect(isFull).toBe(false)
    expect(dueAt.at(-1)).toBeLessThan(duration)
    expect(duration % milliseconds(50)).toBe(0)
    expect(duration - dueAt.at(-1)!).toBeLessThanOrEqual(milliseconds(50))
  }, 60_000)

  it('counts nothing twice when the server dies midway, in a line, and resumes', async () => {
    const record = await run(engine, { dieAt: [50_003, 140_000, 140_001] })
    expectAll(record)
    expect(record.input!.resumes).toBe(3)
    const asked = server!.requests.map((range) => range && Number(/\d+/.exec(range)![0]))
    expect(asked.length).toBe(4)
    // Each time from where a line begins.
    for (const offset of asked.slice(1)) expect(CONTENT[Number(offset) - 1]).toBe(0x0a)
  }, 60_000)

  it('survives a worker that is killed meanwhile', async () => {
    const killed = firstThreadEnd()
    const record = await run(
      engine,
      { hold: { at: 150_001, until: () => killed } },
      { faults: [{ kind: 'kill', process: 1, at: milliseconds(120) }] },
    )
    expectAll(record)
    // The rest was sent after that.
    expect(record.history.filter(({ event }) => event === 'fault-kill').length).toBe(1)
  }, 60_000)

  it('ends where its input is closed, with the lines that have come whole', async () => {
    // Who asks for what lies behind a lost connection has taken all lines before.
    const taken = CONTENT.lastIndexOf(0x0a, 50_002) + 1
    const closing = new AbortController()
    let held = 0
    const until = (): Promise<unknown> => {
      held += 1
      if (held === 1) return Promise.resolve()
      closing.abort()
      return new Promise(() => {})
    }
    const record = await run(
      engine,
      { dieAt: [50_003], hold: { at: taken, until } },
      { closing: closing.signal },
    )
    if (record.error) throw record.error
    expect(record.outcome).toBe('completed')
    const lines = linesOf(CONTENT.subarray(0, taken))
    expect(linesOf(record.input!.records.bytes)).toEqual(lines)
    expect(finalCounts(record)).toEqual(viewsOf(lines))
    expect(wrongTicks(record, milliseconds(50))).toEqual([])
  }, 60_000)

  it('ends where as much has arrived as a run takes, with the lines that have come', async () => {
    const bytesMax = 50_000
    const record = await run(engine, {}, { bytesMax })
    if (record.error) throw record.error
    expect(record.outcome).toBe('completed')
    const { records, dueAt, isFull } = record.input!
    expect(isFull).toBe(true)
    const lines = LINES.slice(0, dueAt.length)
    expect(linesOf(records.bytes)).toEqual(lines)
    expect(records.bytes.length + 24 * lines.length).toBeGreaterThanOrEqual(bytesMax)
    // At most what one read brings beyond it.
    expect(records.bytes.length).toBeLessThan(bytesMax + 65_536)
    expect(finalCounts(record)).toEqual(viewsOf(lines))
    expect(wrongTicks(record, milliseconds(50))).toEqual([])
  }, 60_000)
})

it('standard input is read', async () => {
  const script = fileURLToPath(new URL('./stdin-run.fixture.ts', import.meta.url))
  // With the compiled modules that this process has.
  const words = [...process.execArgv, script, 'timely']
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  // The last line ends without a line feed.
  child.stdin.end(CONTENT.subarray(0, -1))
  await new Promise((resolve) => child.on('close', resolve))
  expect(JSON.parse(printed)).toEqual({
    outcome: 'completed',
    counts: VIEWS,
    records: LINES.length,
    wrong: [],
  })
}, 60_000)

describe('a connection', () => {
  it('that is lost is resumed by the date of the content, too', async () => {
    const read = await readFrom({ version: 'date', dieAt: [50_003] })
    expect(read).toEqual({ lines: LINES, resumes: 1 })
  })

  it('that is lost is resumed where the server says how long the content is, too', async () => {
    const careless = { careless: 'condition', encoding: 'identity' } as const
    const read = await readFrom({ ...careless, dieAt: [50_003] })
    expect(read).toEqual({ lines: LINES, resumes: 1 })
  })

  it('that is closed after a line may be the end of the content', async () => {
    expect(await readFrom({ endless: true })).toEqual({ lines: LINES, resumes: 0 })
  })

  it('that is closed in a line is not, unless the answer says so', async () => {
    const content = Buffer.concat([CONTENT, Buffer.from('{"url":"/a')])
    await expect(readFrom({ endless: true }, { content })).rejects.toThrow(
      /^lines of http:\S+: the connection was closed in a line, .*neither a length nor chunks\. .*end its last line/,
    )
  })

  it('that falls silent is given up and resumed', async () => {
    const record = await read({ stallAt: 80_000 }, { stallMs: 400 })
    expectAll(record)
    expect(record.input!.resumes).toBeGreaterThanOrEqual(1)
  }, 60_000)

  it('that falls silent in a line takes half a line with it, and the line counts once', async () => {
    const middle = CONTENT.indexOf(0x0a, 80_000) + 10
    expect(CONTENT[middle]).not.toBe(0x0a)
    const { lines } = await readFrom({ stallAt: middle }, { stallMs: 400 })
    expect(lines).toEqual(LINES)
    // Again from where that line begins.
    expect(server!.requests[1]).toBe(`bytes=${CONTENT.lastIndexOf(0x0a, middle - 1) + 1}-`)
  })

  it('that cannot be resumed ends the run by name', async () => {
    const record = await read({ dieAt: [50_003], ranges: false })
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'input' })
    // What had arrived is no result: nothing says that it was all.
    expect(record.input).toBeUndefined()
    expect(record.error?.message).toMatch(/from byte \d+ on: .*only from the beginning/)
  }, 60_000)

  // As that run ended, all end whose source has an error (`source-service.ts`).
  it.each<[string, Behaviour, RegExp]>([
    [
      'falls silent and cannot be resumed',
      { stallAt: 50_003, ranges: false },
      /nothing came for 400 ms.*only from the beginning/,
    ],
    [
      'is lost again and again',
      { dieAt: [50_003, ...Array(20).fill(0)] },
      /connection was lost, 5 times/,
    ],
    [
      'resumes with other content',
      { dieAt: [50_003], later: Buffer.from('{"url":"/other"}\n'.repeat(9_000)) },
      /it has changed/,
    ],
    [
      'resumes with other content, by its date',
      { version: 'date', dieAt: [50_003], later: Buffer.from('{"url":"/other"}\n'.repeat(9_000)) },
      /it has changed/,
    ],
    [
      'resumes with other content of that length under another tag, for a condition that it does not know',
      { careless: 'condition', dieAt: [50_003], later: OTHER },
      /: the connection was lost, and then other content: ETag "\d+-[\da-f]+", and before "\d+-[\da-f]+"\. .*range request/,
    ],
    [
      'resumes with other content of that length under another date, for a condition that it does not know',
      { careless: 'condition', version: 'date', dieAt: [50_003], later: OTHER },
      /other content: Last-Modified Tue, 03 Jan .*, and before Mon, 02 Jan .*range request/,
    ],
    [
      'resumes with content of another length under the same tag',
      { careless: 'version', dieAt: [50_003], later: Buffer.concat([CONTENT, OTHER]) },
      new RegExp(`other content: length ${2 * CONTENT.length}, and before ${CONTENT.length}\\.`),
    ],
    [
      'resumes with less than the rest',
      { rangeMax: 20_000, dieAt: [50_003] },
      /and then status 206 with bytes \d+-\d+\/\d+\. /,
    ],
    [
      'might resume with other content, for all that the server says',
      { version: 'none', dieAt: [50_003], later: Buffer.from('{"url":"/other"}\n'.repeat(9_000)) },
      /from byte \d+ on: the connection was lost, and neither ETag nor Last-Modified .*range request/,
    ],
    [
      'has nothing at its path',
      { status: 404 },
      /: status 404\. a server that has the lines answers with status 200\. Check the path/,
    ],
    [
      'brings compressed lines',
      { encoding: 'gzip' },
      /: content-encoding gzip, where identity was asked for\. lines .*Switch compression off/,
    ],
    [
      'finds a server in trouble',
      { status: 500 },
      /: status 500\. a server that has the lines answers .*Look into the server’s log\.$/,
    ],
  ])('that %s ends reading by name', async (_, behaviour, message) => {
    const reading = readFrom(behaviour, { stallMs: 400 })
    await expect(reading).rejects.toBeInstanceOf(InputError)
    await expect(reading).rejects.toThrow(message)
  })

  it('to nobody is refused by name', async () => {
    await expect(readAlone({ kind: 'http', url: 'http://127.0.0.1:1/' })).rejects.toThrow(
      /lines of http:\/\/127.0.0.1:1\/: .*ECONNREFUSED.*Start the server, or check host and port\.$/,
    )
  })
})

describe('lines', () => {
  const aLineOf = (bytes: number): Buffer =>
    Buffer.concat([CONTENT.subarray(0, 1_000), Buffer.alloc(bytes, 0x61)])

  it('of 10 MB are refused by name, before all of it has come', async () => {
    const record = await read({}, { content: aLineOf(10_000_000) })
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(/line \d+ of http.*at most 1048576 bytes/)
    // The rest is at most what sockets hold.
    expect(server!.sent).toBeLessThan(9_000_000)
  }, 60_000)

  it('of little more than 1 MiB are refused by name', async () => {
    await expect(readFrom({}, { content: aLineOf(1_100_000) })).rejects.toThrow(
      /line \d+ of http.*at most 1048576 bytes/,
    )
  })

  it('of 1 MiB are records', async () => {
    const head = '{"url":"/long","user":"'
    const line = `${head}${'a'.repeat(1_048_576 - head.length - 2)}"}`
    expect(line.length).toBe(1_048_576)
    const content = Buffer.from(`{"url":"/a"}\n${line}\n{"url":"/a"}\n`)
    const record = await read({}, { content })
    expect(finalCounts(record)).toEqual({ '/a': 2, '/long': 1 })
  }, 60_000)

  it('that are no UTF-8 are kept, and counted', async () => {
    const odd = Buffer.concat([
      Buffer.from('{"url":"/a"}\r\n{"url":"/b","user":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}\n{"url":"/a"}'),
    ])
    const record = await read({}, { content: odd })
    expect(record.outcome).toBe('completed')
    expect(finalCounts(record)).toEqual({ '/a': 2, '/b': 1 })
    expect(record.input!.linesNotUtf8).toBe(1)
    expect(Buffer.from(record.input!.records.bytes).includes(Buffer.from([0xff, 0xfe]))).toBe(true)
  }, 60_000)

  it('there must be at least one before the input is closed', async () => {
    const record = await read({}, { closing: AbortSignal.abort() })
    expect(record.error?.message).toMatch(/at least one record/)
  }, 60_000)

  it('there must be at least one', async () => {
    const record = await read({}, { content: Buffer.alloc(0) })
    expect(record.error?.message).toMatch(/at least one record/)
  }, 60_000)

  const never = (): Promise<unknown> => new Promise(() => {})
  it.each<[string, Behaviour]>([
    ['never answers', { hold: { at: 0, until: never } }],
    ['sends no line but half of one', { stallAt: 10 }],
  ])(
    'there must be at least one in the time of the run, of a server that %s',
    async (_, behaviour) => {
      const duration = milliseconds(300)
      const record = await read(behaviour, { duration, stallMs: 60_000 })
      expect(record.outcome).toBe('failed')
      expect(record.error).toMatchObject({ code: 'input' })
      expect(record.error?.message).toMatch(
        /^lines of http:.*: no line arrived in 300ms\. an input has at least one record\. Check/,
      )
      expect(record.input).toBeUndefined()
    },
    60_000,
  )
})
