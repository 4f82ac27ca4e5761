/**
 * The commands that the READMEs offer are run, line by line as they stand there, and end with 0. Lines that need each other are run in
 * their order, and others beside them, as most of a run on threads is waiting. Results go to folders of their own; the latest compare is a
 * copy of the golden one.
 *
 * Not here: what sets up (`npm ci`, `npm cit` is this very test's run) and what takes minutes: `npm start`, `bench` and `recovery`, whose
 * commands run at a tiny scale in `compare/compare.test.ts` and `bench/bench.test.ts`, and `verify`, whose suites are tests beside
 * this one and whose campaign is that of `fuzz`.
 */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, temporaryFolder } from './cli.fixture.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())
cpSync(join(root, 'results', 'golden', 'compare'), join(folder.path, 'compare'), {
  recursive: true,
})

const ELSEWHERE = [
  'npm ci && npm start',
  'npm cit',
  'npm start -- bench',
  'npm start -- recovery',
  'npm start -- verify',
]

const written = ['README.md', 'experiments/README.md', 'notebooks/README.md']
  .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)])
  .flatMap(([, block]) => block!.split('\n'))
  .map((line) => line.replace(/\s+#.*/, '').trim())
  .filter((line) => line !== '')

/** A replay, or input that goes on, is of the run before; files are of the line that has written them. */
const GOES_ON = /(replay|--resume) latest|\/tmp\/views/

const lines = written.filter((line) => !ELSEWHERE.includes(line))

/** Lines that need each other. */
const chains: string[][] = []
for (const line of lines) {
  const last = chains.at(-1)
  if (last !== undefined && GOES_ON.test(line)) last.push(line)
  else chains.push([line])
}

/** The program as this process is Node, with its results where the test wants them. */
function shellLine(line: string, results: string): string {
  const program = `"${process.execPath}" --import ./experiments/preflight.mjs experiments/cli/main.ts`
  const called = line
    .replaceAll('npm start --', program)
    .replaceAll('results/compare/latest', `"${join(folder.path, 'compare')}"`)
  return /npm start -- (run|replay|fuzz)/.test(line) ? `${called} --results "${results}"` : called
}

interface Outcome {
  readonly status: number
  readonly said: string
}

function run(line: string, results: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', shellLine(line, results)],
      { cwd: root, timeout: 110_000 },
      (error, out, err) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ status, said: out + err })
      },
    )
  })
}

it('has commands, of notebooks too, and those that are run elsewhere', () => {
  expect(written.join()).toContain('notebooks/render.ts')
  expect(written).toEqual(expect.arrayContaining(ELSEWHERE))
  expect(written.length).toBeGreaterThan(ELSEWHERE.length + 3)
})

describe.skipIf(process.platform === 'win32')('is run, and ends with 0', () => {
  const outcomes = new Map<string, Outcome>()

  beforeAll(async () => {
    const pending = [...chains.entries()]
    const work = async (): Promise<void> => {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        const [place, chain] = next
        const results = join(folder.path, String(place))
        mkdirSync(results)
        for (const line of chain) outcomes.set(line, await run(line, results))
      }
    }
    await Promise.all([work(), work()])
  }, 20 * 60_000)

  it.each(lines)('%s', (line) => {
    const { status, said } = outcomes.get(line)!
    expect(status, said).toBe(0)
  })
})
