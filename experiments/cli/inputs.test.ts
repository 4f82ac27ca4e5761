/** Inputs that people have, in the program: formats, compressed files, directories that grow, runs that go on. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { stringify } from 'csv-stringify/sync'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { LineServer, linesOf } from '../../engines/core/world/threads/live/live.fixture.ts'
import { readManifest } from '../../results/reader.ts'
import { pageEvents } from '../../workloads/input/page-events.ts'
import { inputOf } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { callCli, runCli, TINY_SIMULATED, temporaryFolder, without } from './cli.fixture.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

let server: LineServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const at = (name: string): string => join(folder.path, name)
const CONTENT = Buffer.from(pageEvents({ events: 3_000 }).bytes)
const LINES = linesOf(CONTENT)

interface Printed {
  readonly runId: string
  readonly complete: boolean
  readonly warnings: readonly string[]
  readonly trials: readonly {
    readonly engine: string
    readonly verdict: string
    readonly recordsAll: number
    readonly commitsHash: string
    readonly arrived?: { readonly position: Readonly<Record<string, { readonly mark: unknown }>> }
  }[]
}

describe('synthetic lines', () => {
  it('are as long as asked for, to engines, oracle and whoever reads the manifest', async () => {
    const args = ['run', 'grep', '--record-bytes=1000', '--json', '--results', at('long')]
    const { status, out, err } = await runCli([...args, '--engine=timely', ...TINY_SIMULATED])
    expect(status, err).toBe(0)
    const { runId, trials } = JSON.parse(out) as Printed
    expect(trials.map(({ verdict }) => verdict)).toEqual(['valid'])
    const { parameters } = readManifest(join(at('long'), 'run', runId))
    for (const spec of parameters.trials as readonly TrialSpec[]) {
      expect(spec.input).toEqual({ kind: 'lines', records: 500, recordBytes: 1_000 })
      // What the engine and its oracle are given.
      expect([...inputOf(spec).pool.offsets.slice(0, 3)]).toEqual([0, 1_001, 2_002])
    }
  }, 120_000)
})

const simulated = without('--records', TINY_SIMULATED)

describe('a file', () => {
  const rows = LINES.map((line) => JSON.parse(line) as Record<string, string>)
  const columns = Object.keys(rows[0]!)
  const texts = rows.map((row) => columns.map((column) => String(row[column])))
  writeFileSync(at('views.jsonl'), CONTENT)
  writeFileSync(at('views.csv'), stringify([columns, ...texts]))
  writeFileSync(at('views.tsv.gz'), gzipSync(stringify([columns, ...texts], { delimiter: '\t' })))

  it('of JSON, CSV or tabs, compressed or not, has the same records', async () => {
    const hashes: string[] = []
    for (const name of ['views.jsonl', 'views.csv', 'views.tsv.gz']) {
      const args = ['run', 'page-views', '--input', at(name), '--json', '--results', at('same')]
      const { status, out, err } = await callCli([...args, '--engine=timely', ...simulated])
      expect(status, err).toBe(0)
      const { trials, warnings } = JSON.parse(out) as Printed
      expect(warnings.filter((warning) => warning.includes('malformed'))).toEqual([])
      expect(trials.map(({ verdict }) => verdict)).toEqual(['valid'])
      hashes.push(trials.map(({ commitsHash }) => commitsHash).join())
    }
    expect(new Set(hashes).size).toBe(1)
  }, 120_000)

  it('with malformed rows is warned of, with the first ones, and replayed all the same', async () => {
    const lines = [...LINES.slice(0, 100), '{"url":', ...LINES.slice(100, 200), 'nothing']
    writeFileSync(at('some.data'), `${lines.join('\n')}\n`)
    const args = ['run', 'page-views', '--engine=timely', '--input', at('some.data')]
    const ran = await callCli([...args, '--results', at('some'), ...simulated])
    expect(ran.err).toMatch(
      /^warning: 2 rows are malformed and no records\. line 101 of .*some\.data: \{"url": \(no JSON, .*\); line 202 of .*some\.data: nothing \(no JSON/m,
    )
    expect(ran.out).toMatch(/verdict +valid/)
    expect(ran.status).toBe(0)
    const again = await callCli(['replay', 'latest', '--results', at('some')])
    expect(again.out).toMatch(/same trace/)
    expect(again.status, again.err).toBe(0)
  }, 60_000)

  it('has the format that it is said to have', async () => {
    writeFileSync(at('plain.txt'), 'url\n/a\n/b\n')
    const args = ['run', 'page-views', '--engine=dstream', '--format=csv', '--strict']
    const { status, out, err } = await callCli([
      ...args,
      ...['--input', at('plain.txt'), '--show-rows=2', '--results', at('plain')],
      ...simulated,
    ])
    expect(status, err).toBe(0)
    expect(out).toMatch(/"\/a" → \d+/)
  }, 60_000)
})

describe('a directory that grows', () => {
  it('is counted until the time is over, and goes on in a later run where that one ended', async () => {
    mkdirSync(at('logs'))
    writeFileSync(at('logs/a.jsonl'), `${LINES.slice(0, 1_000).join('\n')}\n{"url":`)
    const options = ['--interval=100ms', '--tick=50ms', '--duration=2s', '--json']
    const where = ['--engine=dstream', '--results', at('grown')]
    const ran = await callCli([
      ...['run', 'page-views', '--input', at('logs'), '--follow'],
      ...options,
      ...where,
    ])
    expect(ran.err).toMatch(/^warning: the input went on until --duration/m)
    expect(ran.err).toMatch(/^go on: npm start -- run page-views --resume \S+$/m)
    const before = JSON.parse(ran.out) as Printed
    expect(before.trials).toMatchObject([{ verdict: 'valid', recordsAll: 1_000 }])
    appendFileSync(at('logs/a.jsonl'), '"/half"}\n')
    writeFileSync(at('logs/b.jsonl'), `${LINES[0]}\n${LINES[1]}\n`)
    const args = ['run', 'page-views', '--resume', 'latest']
    const later = await callCli([...args, ...options, ...where])
    const after = JSON.parse(later.out) as Printed
    expect(after.trials, later.err).toMatchObject([{ verdict: 'valid', recordsAll: 3 }])
    expect(Object.keys(after.trials[0]!.arrived!.position)).toEqual(['a.jsonl', 'b.jsonl'])
    const other = await callCli([...args, '--engine=timely', '--results', at('grown')])
    expect(other.err).toMatch(
      /^error: --resume latest on timely: an input that was read by dstream\./,
    )
    expect(other.status).toBe(1)
  }, 60_000)
})

describe('a run of', () => {
  it('a server that streams goes on where Ctrl-C ended it', async () => {
    // Where the second connection begins: who asks for it has taken all lines before.
    const taken = CONTENT.lastIndexOf(0x0a, 50_002) + 1
    let held = 0
    let interrupt = (): void => {}
    const until = (): Promise<unknown> => {
      held += 1
      if (held === 2) interrupt()
      return held === 2 ? new Promise(() => {}) : Promise.resolve()
    }
    server = new LineServer(CONTENT, { dieAt: [50_003], hold: { at: taken, until } })
    const url = await server.listen()
    const args = ['run', 'page-views', '--engine=timely', '--json', '--results', at('interrupted')]
    const quick = ['--interval=100ms', '--tick=50ms']
    const ran = await runCli([...args, ...quick, '--input', url], {
      onInputLeft: (child) => {
        interrupt = () => child.kill('SIGINT')
      },
    })
    expect(ran.status, ran.err).toBe(130)
    const { runId } = JSON.parse(ran.out) as Printed
    const later = await callCli([...args, ...quick, '--resume', runId])
    expect(later.status, later.err).toBe(0)
    const before = linesOf(CONTENT.subarray(0, taken)).length
    expect((JSON.parse(later.out) as Printed).trials).toMatchObject([
      { verdict: 'valid', recordsAll: LINES.length - before },
    ])
  }, 60_000)

  it('standard input, and of a file, has nowhere to go on', async () => {
    const results = at('nowhere')
    const args = ['run', 'page-views', '--engine=timely', '--results', results]
    const quick = ['--interval=100ms', '--tick=50ms']
    const ran = await runCli([...args, ...quick, '--input', '-'], { input: CONTENT })
    expect(ran.status, ran.err).toBe(0)
    expect(ran.out).not.toContain('go on:')
    const later = await callCli([...args, '--resume', 'latest'])
    expect(later.err).toMatch(
      /^error: --resume latest: no place where its input goes on\. .*Run it anew\.$/m,
    )
    await callCli(['run', 'grep', ...TINY_SIMULATED, '--engine=timely', '--results', results])
    const other = await callCli([...args, '--resume', 'latest'])
    expect(other.err).toMatch(
      /^error: --resume latest: an input that does not arrive\. .*Use replay/m,
    )
  }, 60_000)
})
