/** `run --plan`: a plan of a user's own, on both engines, in both worlds, over inputs of all kinds. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pageEvents } from '../../workloads/input/page-events.ts'
import { type CliResult, callCli, runCli, TINY, temporaryFolder, without } from './cli.fixture.ts'

const MODULE = 'experiments/cli/own-plans.fixture.ts'
const EXAMPLE = 'workloads/examples/visitors.ts#visitors'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())
const at = (name: string): string => join(folder.path, name)

const VIEWS = Buffer.from(pageEvents({ events: 200 }).bytes)
const PAGES = [
  ...new Set([...VIEWS.toString().matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url!)),
]
writeFileSync(at('views.jsonl'), VIEWS)
writeFileSync(at('views.csv'), 'url,user\n/a,ann\n/b,bob\n/a,bob\n/a,ann\n')

interface Trial {
  readonly workload: string
  readonly engine: string
  readonly world: string
  readonly verdict: string
  readonly reasons: readonly string[]
  readonly parameters: Readonly<Record<string, unknown>>
  readonly tick: number
  readonly rowsCommitted: number
  readonly commitsHash: string
  readonly rows?: readonly { readonly key: string; readonly value?: string }[]
  readonly answered?: { readonly answers: readonly { readonly first: unknown }[] }
}

interface Ran {
  readonly status: number | string | null
  readonly err: string
  readonly trials: readonly Trial[]
}

const asked = (plan: string): readonly string[] => {
  return ['run', '--plan', plan, '--json', '--results', folder.path]
}

async function run(plan: string, args: readonly string[], input?: string | Buffer): Promise<Ran> {
  const words = [...asked(plan), ...args]
  const { status, out, err } = await (input === undefined
    ? callCli(words)
    : runCli(words, { input }))
  const trials = out === '' ? [] : (JSON.parse(out) as { trials: readonly Trial[] }).trials
  return { status, err, trials }
}

/** All of them valid, with rows that could have been wrong. */
function expectValid({ status, err, trials }: Ran, engines: readonly string[]): void {
  expect(trials.map(({ engine, verdict, reasons }) => [engine, verdict, ...reasons])).toEqual(
    engines.map((engine) => [engine, 'valid']),
  )
  for (const { rowsCommitted } of trials) expect(rowsCommitted).toBeGreaterThan(0)
  expect(status, err).toBe(0)
}

const BOTH = ['timely', 'dstream']

/** Valid, and all trials of `counts` in one world. */
function expectCounts(ran: Ran, world: string): void {
  expectValid(ran, BOTH)
  for (const trial of ran.trials) {
    expect(trial.workload).toBe(`${MODULE}#counts`)
    expect(trial.world).toBe(world)
    expect(trial.parameters).toEqual({ interval: '200ms' })
  }
}

describe('over a synthetic input', () => {
  it('threads: both engines are valid', async () => {
    const ran = await run(`${MODULE}#counts`, [...TINY, '--input=lines', '--world=threads'])
    expectCounts(ran, 'threads')
  })

  // Where a plan is found again is no matter of worlds; on threads a workload is replayed (`run.test.ts`).
  it('simulated, with a worker killed, and by plain functions: both are valid, and replayed', async () => {
    const args = [...TINY, '--input=lines', '--world=simulated', '--fault=kill worker 1 at 350ms']
    const recovered = ['--recovery=checkpoint', '--checkpoint-interval=200ms']
    const detected = ['--heartbeat=10ms', '--detector-timeout=50ms']
    const how = [...args, ...recovered, ...detected, '--kernels=plain']
    expectCounts(await run(`${MODULE}#counts`, how), 'simulated')
    const again = await callCli(['replay', 'latest', '--results', folder.path])
    expect(again.err).toBe('')
    expect(again.out).toMatch(/^1-timely: same trace/m)
    expect(again.out).toMatch(/^2-dstream: same trace/m)
    expect(again.status).toBe(0)
  })

  it('with parameters, the tick being one that fits the plan; one that nothing reads is told', async () => {
    const args = without('--tick', without('--interval', TINY))
    const shared = [...args, '--input=lines', '--world=simulated', '--set', 'longer=11']
    const ran = await run(`${MODULE}#counts`, shared)
    expectValid(ran, BOTH)
    expect(ran.err).not.toContain('warning')
    expect(ran.trials.map(({ tick }) => tick)).toEqual([10e6, 100e6])
    expect(ran.trials[0]!.parameters).toEqual({ longer: '11' })
    const unread = [...shared.slice(0, -1), 'longest=3', '--engine=timely']
    const all = await run(`${MODULE}#counts`, unread)
    expectValid(all, ['timely'])
    expect(all.err).toMatch(/^warning: counts of .* has not read its parameter longest/m)
    expect(all.trials[0]!.rowsCommitted).toBeGreaterThan(ran.trials[0]!.rowsCommitted)
  })

  it('a loop, on the engine that has them, and as jobs on the other', async () => {
    const plan = `${MODULE}#looping`
    const ran = await run(plan, [...TINY, '--input=lines', '--world=simulated', '--engine=timely'])
    expectValid(ran, ['timely'])
    const jobs = ['--bounded', '--iterations-as-jobs', '--records=500', '--input=lines']
    expectValid(await run(plan, [...jobs, '--world=simulated']), BOTH)
  })

  it('a function that ends the process is named as the reason', async () => {
    const args = [...TINY, '--input=lines', '--world=simulated', '--engine=timely']
    const { status, err } = await run(`${MODULE}#exiting`, args)
    expect(err).toMatch(
      /^error: the process of a trial .*: it ended by itself, with status 7\. functions of a plan return or throw, .*process\.exit in them, and throw an error instead\.$/m,
    )
    expect(status).toBe(1)
  })

  it.each(['threads', 'simulated'])(
    '%s: a function that leaves a promise which is rejected is named as the reason',
    async (world) => {
      const args = [...TINY, '--input=lines', `--world=${world}`, '--engine=timely']
      const { status, err } = await run(`${MODULE}#rejecting`, args)
      expect(err).toMatch(
        /^error: the .*process .*: a function of the plan left a promise that was rejected with RangeError: late\. functions of a plan return .*and catch what may be rejected\.$/m,
      )
      expect(status).toBe(1)
    },
  )

  it('pairs of integers', async () => {
    const args = [...TINY, '--input=number-pairs', '--world=simulated']
    expectValid(await run(`${MODULE}#pairs`, args), BOTH)
  })
})

describe('over a file', () => {
  it('the example gives what its words say', async () => {
    const args = ['--input', at('views.csv'), '--rate=1k', '--warmup=0s', '--duration=1s']
    const ran = await run(EXAMPLE, [...args, '--show-rows=2', '--world=simulated'])
    expectValid(ran, BOTH)
    for (const { rows = [] } of ran.trials) {
      expect(rows.map(({ key, value }) => [key, value]).sort()).toEqual([
        ['"/a"', '2'],
        ['"/b"', '1'],
      ])
    }
  })

  it('as a whole, with one answer', async () => {
    const args = ['--bounded', '--input', at('views.csv'), '--world=simulated']
    const ran = await run(EXAMPLE, args)
    expectValid(ran, BOTH)
    const [first, second] = ran.trials.map(({ answered }) => answered?.answers[0]?.first)
    expect(first).toEqual([
      ['"/a"', '2'],
      ['"/b"', '1'],
    ])
    expect(second).toEqual(first)
  })

  it('with rows that are saved', async () => {
    const args = ['--input', at('views.jsonl'), '--engine=timely', '--save', at('saved')]
    const short = ['--rate=1k', '--warmup=0s', '--duration=1s', '--interval=200ms']
    expectValid(await run(EXAMPLE, [...args, ...short]), ['timely'])
    const files = readdirSync(at('saved/visitors'))
    const rows = files.flatMap((file) =>
      readFileSync(at(`saved/visitors/${file}`), 'utf8').split('\n'),
    )
    expect(rows.length).toBeGreaterThan(PAGES.length)
  })
})

describe('over what arrives', () => {
  it('standard input', async () => {
    const args = ['--input=-', '--engine=timely', '--interval=200ms']
    expectValid(await run(EXAMPLE, args, VIEWS), ['timely'])
  })
})

describe('with static data', () => {
  const of = (file: string) => ['--input', at('views.jsonl'), '--set', `sections=${at(file)}`]
  const SHORT = ['--rate=1k', '--warmup=0s', '--duration=400ms', '--tick=100ms']
  const sections = (file: string, rows: readonly string[]): void =>
    writeFileSync(at(file), `${['url,section', ...rows].join('\n')}\n`)

  // That each engine joins with it in the simulated world is in its conformance: here it is how the world is given the data.
  it.each([
    ['threads', BOTH, []],
    ['simulated', ['dstream'], ['--engine=dstream']],
  ] as const)('%s: of keys that are there, twice, and missing', async (world, engines, only) => {
    // Every third page is missing, and every second one is in two sections.
    const rows = PAGES.flatMap((url, page) => {
      if (page % 3 === 0) return []
      return page % 2 === 0 ? [`${url},odd`, `${url},even`] : [`${url},odd`]
    })
    sections('sections.csv', [...rows, '/nowhere,odd'])
    const ran = await run(`${MODULE}#sections`, [
      ...of('sections.csv'),
      ...SHORT,
      ...only,
      `--world=${world}`,
    ])
    expectValid(ran, engines)
  })

  it('a row that is malformed, no row, and no file end the run by name', async () => {
    sections('malformed.csv', ['/a,odd', '/b'])
    sections('hollow.csv', [])
    const files = ['malformed.csv', 'hollow.csv', 'nowhere.csv']
    const called: CliResult[] = []
    for (const file of files) {
      const args = [...of(file), ...SHORT, '--world=simulated', '--engine=timely']
      called.push(await callCli([...asked(`${MODULE}#sections`), ...args]))
    }
    const [malformed, hollow, nowhere] = called.map(({ err }) => err.trimEnd())
    expect(malformed).toMatch(
      /^error: the static input file:.*malformed\.csv: 1 row is malformed and no record\. line 3 of .*\/b \(1 column, where there are 2\)\. every row of static data is a record, .*Mend the rows\.$/,
    )
    expect(hollow).toMatch(
      /^error: lines of .*hollow\.csv: no line\. an input has at least one record\./,
    )
    expect(nowhere).toMatch(/^error: lines of .*nowhere\.csv: no such file or directory/)
    expect(called.map(({ status }) => status)).toEqual([1, 1, 1])
  })
})
