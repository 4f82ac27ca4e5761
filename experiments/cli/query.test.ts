/** `--query` in the real program: answers are printed as they come, and what cannot be asked is refused before anything runs. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { seconds } from '../../engines/core/units.ts'
import { readRun } from '../../results/reader.ts'
import { callAll, runCli, TINY, TINY_SIMULATED, temporaryFolder } from './cli.fixture.ts'
import { answerLines, queriesGiven } from './query-option.ts'

const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

const at = (name: string): string => join(folder.path, name)

describe('the grammar', () => {
  const read = (text: string) => queriesGiven([text], seconds(1))[0]

  it.each([
    ['counts@1500ms', { of: 'counts', want: 'rows', at: seconds(2.5) }],
    ['counts@0s count', { of: 'counts', want: 'count', at: seconds(1) }],
    [
      'by word every 500ms top 5',
      { of: 'by word', want: { top: 5 }, at: seconds(1.5), every: seconds(0.5) },
    ],
    [
      'counts@3s from 1s to 2s top 1',
      {
        of: 'counts',
        want: { top: 1 },
        at: seconds(4),
        slice: { from: seconds(2), to: seconds(3) },
      },
    ],
    ['counts@1s key river', { of: 'counts', want: { key: 'river' }, at: seconds(2) }],
    ['counts@1s key a@2s top 5', { of: 'counts', want: { key: 'a@2s top 5' }, at: seconds(2) }],
    ['counts@1s key "7"', { of: 'counts', want: { key: '7' }, at: seconds(2) }],
    [
      'counts every 500ms key [7, "river"]',
      { of: 'counts', want: { key: [7, 'river'] }, at: seconds(1.5), every: seconds(0.5) },
    ],
  ])('%s', (text, query) => {
    expect(read(text)).toEqual(query)
  })

  it.each([
    'counts',
    'counts@',
    'counts@1s top',
    'counts@1s key',
    'counts every',
    'counts@1s from 1s',
    '@1s',
  ])('%s is none', (text) => {
    expect(() => read(text)).toThrow(`--query '${text}'`)
  })

  it('an answer says of which instant it is, and how long it took', () => {
    const rows = [['"river"', '3']] as const
    const instants = { askedAt: seconds(2.5), answeredAt: seconds(2.501), tick: seconds(2) }
    expect(answerLines({ of: 'counts', ...instants, count: 1_200, rows }, seconds(1))).toEqual([
      'counts at 1s: 1,200 rows, 1 of them (asked at 1.5s, answered after 1ms)',
      '    "river" → 3',
    ])
    const none = { of: 'counts', ...instants, count: 9, key: '"ford"', rows: [] }
    expect(answerLines(none, seconds(1))).toEqual([
      'counts at 1s: 9 rows (asked at 1.5s, answered after 1ms)',
      '    "ford": no row',
    ])
  })
})

it.each([
  ['threads', TINY],
  ['simulated', TINY_SIMULATED],
] as const)(
  'answers are printed as they come: %s',
  async (world, options) => {
    const results = at(world)
    const queries = [
      'counts every 200ms top 2',
      'counts@500ms count',
      'counts@500ms key needles',
    ].flatMap((query) => ['--query', query])
    const args = ['run', 'word-count', ...options, '--engine=dstream', ...queries]
    const { status, out, err } = await runCli([...args, '--results', results])
    expect(status, err).toBe(0)
    const lines = out.split('\n')
    const first = lines.findIndex((line) => line.startsWith('counts at '))
    expect(lines[first]).toMatch(/^counts at [\d.]+m?s: [\d,]+ rows.* \(asked at 200ms, answered/)
    expect(lines[first + 1]).toMatch(/^ {4}".+" → \d+$/)
    expect(out).toMatch(/^counts at \S+: [\d,]+ rows \(asked at 500ms, /m)
    expect(out).toMatch(/^counts at \S+: .*\n {4}"needles": no row$/m)
    expect(lines.findIndex((line) => line.startsWith('  verdict'))).toBeGreaterThan(first)
    expect(readRun(join(results, 'run', 'latest')).trials[0]).toMatchObject({ verdict: 'valid' })
  },
  60_000,
)

const REFUSED: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [['--query', 'counts@1s'], /^error: the query of counts: the timely engine\. .*--engine dstream/],
  [['--engine=dstream', '--query', 'words@1s'], /^error: the query of words: the tables counts\./],
  [['--engine=dstream', '--query', 'counts'], /^error: --query 'counts': no table and instant\./],
  [['--engine=dstream', '--query', 'counts@9h'], /^error: the query of counts: asked at 9h, in a/],
  [['--engine=dstream', '--bounded', '--query', 'counts@1s'], /^error: --query counts@1s with --b/],
]

it('what cannot be asked is refused', async () => {
  const commands = REFUSED.map(([options]) => {
    const tiny = options.includes('--bounded') ? [] : TINY
    return ['run', 'word-count', ...tiny, ...options, '--results', at('none')]
  })
  const called = await callAll(commands)
  for (const [place, [options, message]] of REFUSED.entries()) {
    const { status, err } = called[place]!
    expect(err, options.join(' ')).toMatch(message)
    expect(status).toBe(1)
  }
  expect(existsSync(at('none'))).toBe(false)
}, 60_000)
