/** Live inputs in the real program: a server on the loopback, standard input, and what goes wrong with them. */
import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Behaviour, LineServer } from '../../engines/core/world/threads/live/live.fixture.ts'
import { readRun } from '../../results/reader.ts'
import { syntheticLines } from '../../workloads/input/lines.ts'
import { pageEvents } from '../../workloads/input/page-events.ts'
import { root, runCli, temporaryFolder } from './cli.fixture.ts'

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
    expect(status).toBe(1)
  }, 60_000)

  it('that is not there is refused by name', async () => {
    const args = ['run', 'page-views', '--engine=dstream', '--input', 'http://127.0.0.1:1/']
    const { status, err } = await runCli([...args, ...QUICK])
    expect(err).toMatch(/^error: lines of http:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/)
    expect(status).toBe(1)
  }, 60_000)
})

describe('Ctrl-C while a server streams', () => {
  it('keeps the trial that is complete, and marks the run', async () => {
    using own = temporaryFolder()
    let child: ChildProcess | undefined
    let trials = 0
    const url = await serve(CONTENT, {
      hold: {
        at: 50_003,
        until: () => {
          trials += 1
          if (trials === 1) return Promise.resolve()
          child!.kill('SIGINT')
          return new Promise(() => {})
        },
      },
    })
    const args = ['run', 'page-views', '--input', url, '--interval=100ms', '--tick=50ms']
    const { status, err } = await runCli([...args, '--results', own.path], {
      onOutput: (started) => {
        child = started
      },
    })
    expect(err).toBe('error: interrupted by SIGINT\n')
    expect(status).toBe(130)
    const [id] = readdirSync(join(own.path, 'run'))
    const run = readRun(join(own.path, 'run', id!), { incomplete: true })
    expect(run.trials).toMatchObject([
      { outcome: 'completed', verdict: 'valid' },
      { outcome: 'aborted', verdict: 'unknown' },
    ])
  }, 60_000)
})

describe('standard input', () => {
  const LINES = 2_000
  const text = Buffer.from(syntheticLines({ lines: LINES }).bytes).toString('latin1')
  const args = ['run', 'word-count', '--input', '-', ...QUICK]

  it.each(['timely', 'dstream'])(
    'is counted by %s, the last line without its end',
    async (name) => {
      const { status, out, err } = await runCli([...args, `--engine=${name}`], {
        input: text.slice(0, -1),
      })
      expect(err).toBe('')
      expect(out).toMatch(/^word-count on \w+, threads: .* standard input for at most 60m$/m)
      expect(out).toMatch(/verdict +valid/)
      expect(out).toMatch(/arrived +2,000 records$/m)
      expect(out).toMatch(/processed +[\d.]+k?\/s in \d/)
      expect(out).not.toContain('offered-rate-not-reached')
      expect(status).toBe(0)
    },
    60_000,
  )

  it('that is not UTF-8 is counted and warned of', async () => {
    // Half a character, as bytes of a shell would bring it; a JavaScript string cannot.
    const { status, err } = await runCli([...args, '--engine=timely'], {
      input: Buffer.from('caf\xe9\nplain\n', 'latin1'),
    })
    expect(err).toMatch(/^warning: 1 of 2 lines that arrived are not UTF-8\. They are kept/)
    expect(status).toBe(0)
  }, 60_000)

  it('without a line is refused by name', async () => {
    const { status, err } = await runCli([...args, '--engine=timely'], { input: '' })
    expect(err).toMatch(/^error: lines of standard input: the end, and no line before it\./)
    expect(status).toBe(1)
  }, 60_000)
})
