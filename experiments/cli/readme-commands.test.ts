/**
 * The commands that the READMEs offer are run, line by line as they stand there, and end with 0. Results go to a folder of
 * their own; the latest compare is a copy of the golden one.
 *
 * Not here: what sets up (`npm ci`, `npm cit` is this very test's run) and what takes minutes: `npm start`, `bench` and `recovery`, whose
 * commands run at a tiny scale in `compare/compare.test.ts` and `bench/bench.test.ts`, and `verify`, whose suites are tests beside
 * this one and whose campaign is that of `fuzz`.
 */
import { execFile } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
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

/** The program as this process is Node, with its results where the test wants them. */
function shellLine(line: string): string {
  const program = `"${process.execPath}" --import ./experiments/preflight.mjs experiments/cli/main.ts`
  const called = line
    .replaceAll('npm start --', program)
    .replaceAll('results/compare/latest', `"${join(folder.path, 'compare')}"`)
  return /npm start -- (run|replay|fuzz)/.test(line)
    ? `${called} --results "${folder.path}"`
    : called
}

function run(line: string): Promise<{ readonly status: number; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(
      'bash',
      ['-c', shellLine(line)],
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

// In order: a replay is of the run before it.
it.skipIf(process.platform === 'win32').each(written.filter((line) => !ELSEWHERE.includes(line)))(
  '%s',
  async (line) => {
    const { status, said } = await run(line)
    expect(status, said).toBe(0)
  },
)
