/** `--save` in the real program: files, rows on standard output, and what is refused before anything runs. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { callAll, runCli, TINY, temporaryFolder } from './cli.fixture.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const at = (name: string): string => join(folder.path, name)
const results = ['--results', at('results')] as const
const WORDS = ['run', 'word-count', ...TINY] as const

/** The lines of all files of the one output, by tick and partition. */
function savedLines(path: string): readonly string[] {
  const [output, ...others] = readdirSync(path)
  expect(others).toEqual([])
  const place = (name: string): readonly number[] => name.split(/[-.]/).slice(0, 2).map(Number)
  const files = readdirSync(join(path, output!)).sort((a, b) => {
    const [[tickA = 0, a1 = 0], [tickB = 0, b1 = 0]] = [place(a), place(b)]
    return tickA - tickB || a1 - b1
  })
  return files.flatMap((name) =>
    readFileSync(join(path, output!, name), 'utf8')
      .trimEnd()
      .split('\n'),
  )
}

it('what is printed is what is saved, and a folder is for one run', async () => {
  const rows = at('new/rows')
  const saved = await runCli([...WORDS, '--engine=timely', '--save', rows, ...results])
  expect(saved.status, saved.err).toBe(0)
  expect(saved.out).toMatch(/^ {2}verdict +valid/m)
  const files = readdirSync(rows, { recursive: true }).length - 1
  expect(saved.out).toMatch(new RegExp(`^ {2}saved +${files} files, `, 'm'))
  const lines = savedLines(rows)
  const printed = await runCli([...WORDS, '--engine=timely', '--save=-', ...results])
  expect(printed.status, printed.err).toBe(0)
  expect(printed.err).toMatch(/^ {2}verdict +valid/m)
  expect(printed.out.trimEnd().split('\n')).toEqual(lines)

  const runs = readdirSync(at('results/run'))
  const again = await runCli([...WORDS, '--engine=timely', '--save', rows, ...results])
  expect(again.err).toMatch(
    /^error: collect \(node \d\): the folder \S+ has files of another run\. .*Name an empty folder\.\n$/,
  )
  expect(again.status).toBe(1)
  expect(readdirSync(at('results/run'))).toEqual(runs)
}, 60_000)

it('is a filter of lines between two pipes', async () => {
  const input = 'a b a\nb\n'.repeat(500)
  const args = ['run', 'word-count', '--engine=dstream', '--interval=100ms', '--tick=50ms']
  const { status, out, err } = await runCli([...args, '--input=-', '--save=-', ...results], {
    input,
  })
  expect(status, err).toBe(0)
  const last = new Map<string, number>()
  let before = 0
  for (const line of out.trimEnd().split('\n')) {
    const [tick, key, value] = JSON.parse(line) as [number, string, number]
    expect(tick).toBeGreaterThanOrEqual(before)
    before = tick
    last.set(key, value)
  }
  expect([...last].sort()).toEqual([
    ['a', 1_000],
    ['b', 1_000],
  ])
}, 60_000)

const REFUSED: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [['--save', 'rows'], /^error: --save rows with --engine both: .*Add --engine timely, or/],
  [['--engine=timely', '--save='], /^error: --save "": no folder\./],
  [
    ['--engine=timely', '--world=simulated', '--save', 'rows'],
    /^error: --save rows with --world simulated: a disk that is simulated\./,
  ],
  [['--engine=timely', '--save=-', '--json'], /^error: --json with --save -: rows on standard/],
  [['--engine=timely', '--save', at('a-file')], /^error: save to the folder \S+: ENOTDIR\./],
]

it('what cannot be saved is refused', async () => {
  writeFileSync(at('a-file'), '')
  const called = await callAll(
    REFUSED.map(([options]) => [...WORDS, ...options, '--results', at('none')]),
  )
  for (const [place, [options, message]] of REFUSED.entries()) {
    const { status, err } = called[place]!
    expect(err, options.join(' ')).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(status).toBe(1)
  }
  expect(existsSync(at('none'))).toBe(false)
}, 60_000)
