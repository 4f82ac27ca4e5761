/** Live inputs in the real program: a server on the loopback, standard input, and what goes wrong with them. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Behaviour, LineServer } from '../../engines/core/world/threads/live/live.fixture.ts'
import { readRun } from '../../results/reader.ts'
import { syntheticLines } from '../../workloads/input/lines.ts'
import { pageEvents } from '../../workloads/input/page-events.ts'
import { root, runCli, temporaryFolder } from './cli.fixture.ts'
import { arrivalWarnings } from './trial-report.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

let server: LineServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const EVENTS = 3_000
const CONTENT = Buffer.from(pageEvents({ events: EVENTS }).bytes)
const QUICK = ['--interval=100ms', '--tick=50ms', '--results', folder.path] as const

async function serve(content: Buffer, behaviour: Behaviour = {}): Promise<string> {
  server = new LineServer(content, behaviour)
  return server.listen()
}

interface Printed {
  readonly folder: string
  readonly trials: readonly {
    readonly engine: string
    readonly verdict: string
    readonly recordsAll: number
    readonly arrived: { readonly duration: number; readonly resumes: number }
    readonly latency: { readonly count: number }
  }[]
}

describe('a server that streams lines', () => {
  it('is counted by both engines, with a valid verdict and latencies from arrival', async () => {
    const url = await serve(CONTENT, { dieAt: [50_003] })
    const ran = await runCli(['run', 'page-views', '--input', url, '--json', ...QUICK])
    expect(ran.status, ran.err).toBe(0)
    const { trials, folder: path } = JSON.parse(ran.out) as Printed
    expect(trials.map(({ engine, verdict }) => [engine, verdict])).toEqual([
      ['timely', 'valid'],
      ['dstream', 'valid'],
    ])
    for (const { recordsAll, latency } of trials) {
      expect(recordsAll).toBe(EVENTS)
      expect(latency.count).toBe(EVENTS)
    }
    // Connections die by their number: only the first is lost midway.
    expect(trials.map(({ arrived }) => arrived.resumes)).toEqual([1, 0])
    const run = readRun(join(root, path))
    for (const [index, row] of run.trials.entries()) {
      const { duration } = trials[index]!.arrived
      expect(row.measured_ns).toBe(duration)
      expect(row.offered_records_per_s).toBe(Math.round((EVENTS * 1e9) / duration))
    }
    const replay = await runCli(['replay', 'latest', '--results', folder.path])
    expect(replay.err).toMatch(/^error: a replay of a run with live input: lines that came once/)
    expect(replay.status).toBe(1)
  }, 60_000)

  it('that dies midway and cannot go on there ends the run by name', async () => {
    const url = await serve(CONTENT, { dieAt: [50_003], ranges: false })
    const args = ['run', 'page-views', '--engine=timely', '--input', url, ...QUICK]
    const { status, out, err } = await runCli(args)
    expect(err).toMatch(/^error: .*from byte \d+ on: .*only from the beginning/)
    expect(out).toMatch(/verdict +unknown, failed/)
    expect(out).not.toContain('oracle')
    expect(status).toBe(1)
  }, 60_000)

  it.skipIf(process.platform === 'win32')(
    'whose lines a full disk does not take leaves a run that is marked incomplete',
    async () => {
      using own = temporaryFolder()
      const url = await serve(Buffer.from(pageEvents({ events: 60_000 }).bytes))
      const args = ['run', 'page-views', '--engine=timely', '--input', url]
      const { status, out, err } = await runCli(
        [...args, ...QUICK.slice(0, 2), '--results', own.path],
        // Larger files are not written, as on a disk that is full.
        { shell: 'ulimit -f 2048' },
      )
      expect(err).toMatch(/^error: keep the lines that arrive .*: EFBIG.*\. .+\. .+\.$/m)
      expect(out).toMatch(/^incomplete run: /m)
      expect(status).toBe(2)
      const [id] = readdirSync(join(own.path, 'run'))
      const path = join(own.path, 'run', id!)
      expect(() => readRun(path)).toThrow(/incomplete \(keep the lines that arrive/)
    },
    60_000,
  )

  it('that is not there is refused by name', async () => {
    const args = ['run', 'page-views', '--engine=dstream', '--input', 'http://127.0.0.1:1/']
    const { status, err } = await runCli([...args, ...QUICK])
    expect(err).toMatch(/^error: lines of http:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/)
    expect(status).toBe(1)
  }, 60_000)
})

describe('Ctrl-C while a server streams', () => {
  // Where the second connection begins: who asks for it has taken all lines before.
  const taken = CONTENT.lastIndexOf(0x0a, 50_002) + 1
  const args = ['run', 'page-views', '--input'] as const

  /** Streams so far, loses the connection in a line, and calls when all lines before that have been taken. */
  async function serveUntilTaken(call: () => void): Promise<string> {
    let held = 0
    const until = (): Promise<unknown> => {
      held += 1
      if (held === 1) return Promise.resolve()
      call()
      return new Promise(() => {})
    }
    return serve(CONTENT, { dieAt: [50_003], hold: { at: taken, until } })
  }

  it('ends the stream: what has arrived is measured, and the run marked', async () => {
    using own = temporaryFolder()
    let child: ChildProcess | undefined
    // As a terminal does it: the trial's process is told twice.
    const url = await serveUntilTaken(() => process.kill(-child!.pid!, 'SIGINT'))
    const { status, out, err } = await runCli(
      [...args, url, ...QUICK.slice(0, 2), '--json', '--results', own.path],
      {
        ownGroup: true,
        onInputLeft: (started) => {
          child = started
        },
      },
    )
    expect(err).toMatch(/^the input is closed: /m)
    expect(err).toMatch(/\nerror: interrupted by SIGINT\n$/)
    expect(status).toBe(130)
    const lines = CONTENT.subarray(0, taken).toString().split('\n').length - 1
    expect(JSON.parse(out)).toMatchObject({
      complete: false,
      trials: [
        { engine: 'timely', verdict: 'valid', recordsAll: lines, latency: { count: lines } },
      ],
    })
    const [id] = readdirSync(join(own.path, 'run'))
    const path = join(own.path, 'run', id!)
    const run = readRun(path, { incomplete: true })
    expect(run.manifest.incompleteBecause).toBe('interrupted by SIGINT')
    expect(run.trials).toMatchObject([
      { engine: 'timely', outcome: 'completed', verdict: 'valid', latency_samples_records: lines },
      // It never began.
      { engine: 'dstream', outcome: 'aborted', verdict: 'unknown' },
    ])
    expect(run.trials[0]).toHaveProperty('throughput_records_per_s')
    expect(run.latency.length).toBeGreaterThan(0)
    const outcomes = JSON.parse(readFileSync(join(path, 'outcomes.json'), 'utf8'))
    expect(Object.keys(outcomes)).toEqual(['1-timely'])
    expect(readFileSync(join(path, 'history.jsonl'), 'utf8')).toContain('input-ended')
  }, 60_000)

  it('before a line has come ends a trial without a measure', async () => {
    using own = temporaryFolder()
    let child: ChildProcess | undefined
    const until = (): Promise<unknown> => {
      child!.kill('SIGINT')
      return new Promise(() => {})
    }
    const url = await serve(CONTENT, { hold: { at: 0, until } })
    const { status, err } = await runCli([...args, url, '--engine=timely', '--results', own.path], {
      onInputLeft: (started) => {
        child = started
      },
    })
    expect(err).toMatch(/^error: interrupted by SIGINT\n$/m)
    expect(status).toBe(130)
    const [id] = readdirSync(join(own.path, 'run'))
    const { trials } = readRun(join(own.path, 'run', id!), { incomplete: true })
    expect(trials).toMatchObject([{ outcome: 'aborted', verdict: 'unknown' }])
    expect(trials[0]).not.toHaveProperty('throughput_records_per_s')
  }, 60_000)
})

describe('standard input', () => {
  const LINES = 2_000
  const text = Buffer.from(syntheticLines({ lines: LINES }).bytes).toString('latin1')
  const args = ['run', 'word-count', '--input', '-', ...QUICK]

  // Half a character, as bytes of a shell would bring it; a JavaScript string cannot.
  const torn = Buffer.from('caf\xe9\n', 'latin1')

  it.each([
    ['timely, the last line without its end', 'timely', [], /^$/],
    [
      'dstream, with a warning of a line that is not UTF-8',
      'dstream',
      [torn],
      /^warning: 1 of 2001 lines that arrived are not UTF-8\. They are kept/,
    ],
  ] as const)(
    'is counted by %s',
    async (_, name, before, warnings) => {
      const { status, out, err } = await runCli([...args, `--engine=${name}`], {
        input: Buffer.concat([...before, Buffer.from(text.slice(0, -1))]),
      })
      expect(err).toMatch(warnings)
      expect(out).toMatch(/^word-count on \w+, threads: .* standard input for at most 60m$/m)
      expect(out).toMatch(/verdict +valid/)
      expect(out).toMatch(before.length === 0 ? /arrived +2,000 records$/m : /arrived +2,001 /)
      expect(out).toMatch(/processed +[\d.]+k?\/s in \d/)
      expect(out).not.toContain('offered-rate-not-reached')
      expect(status).toBe(0)
    },
    60_000,
  )

  it('without an end is ended by Ctrl-C, and counted as far as it has come', async () => {
    // More than pipes hold: when all of it has left, most of it has been read.
    const input = Buffer.from(syntheticLines({ lines: 50_000 }).bytes)
    expect(input.length).toBeGreaterThan(2_000_000)
    const { status, out, err } = await runCli([...args, '--engine=dstream'], {
      input,
      ownGroup: true,
      onInputLeft: (child) => process.kill(-child.pid!, 'SIGINT'),
    })
    expect(err).toMatch(/^the input is closed: .*\nerror: interrupted by SIGINT\n$/m)
    expect(out).toMatch(/verdict +valid/)
    expect(out).toMatch(/arrived +\d+,\d+ records$/m)
    expect(out).toMatch(/^incomplete run: /m)
    expect(status).toBe(130)
  }, 60_000)

  it('without a line is refused by name', async () => {
    const { status, out, err } = await runCli([...args, '--engine=timely'], { input: '' })
    expect(err).toMatch(/^error: lines of standard input: the end, and no line before it\./)
    expect(out).toMatch(/^incomplete run: /m)
    expect(status).toBe(1)
  }, 60_000)
})

describe('what is said of an input that has ended', () => {
  const spec = {
    input: { kind: 'file', live: { kind: 'stdin' } },
    warmup: 0,
    measured: 1e9,
  } as const
  const held = { heldBackNs: 0, heldBackNsMax: 0 }
  const ended = { duration: 5e8, resumes: 0, isFull: false, position: {}, ...held }

  it.each([
    ['nothing, where it ended by itself', ended, []],
    [
      'that it was closed, and where',
      { ...ended, isFull: true },
      [expect.stringMatching(/^the input was closed at 1GiB, .* What had arrived is counted\.$/)],
    ],
    ['that it went on', { ...ended, duration: 1e9 }, [expect.stringMatching(/until --duration/)]],
  ])('is %s', (_, arrived, warnings) => {
    expect(arrivalWarnings(spec, { arrived, recordsAll: 3 })).toEqual(warnings)
  })
})
