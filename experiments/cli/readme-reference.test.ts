/**
 * What the READMEs show of the reference run is what that run printed, and what it printed is in its rows.
 *
 * The marked places of the root README are filled from the newest run in `results/reference/compare`. After another run has
 * been put there, `npx vitest run experiments/cli/readme-reference.test.ts -u` fills them again.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readRun } from '../../results/reader.ts'
import type { TrialRow } from '../../results/schema.ts'
import { compareCases, quickScale } from '../compare/cases.ts'
import { root } from './cli.fixture.ts'
import { formatRate } from './options.ts'

const reference = join('results', 'reference')

/** Names of published runs, in their order of time. */
const runsOf = (experiment: string): readonly string[] =>
  readdirSync(join(root, reference, experiment)).sort()

const folder = join(reference, 'compare', runsOf('compare').at(-1)!)
const printed = readFileSync(join(root, folder, 'table.txt'), 'utf8')

/** Paragraphs of the printed text from the first to the last that begin so. */
function printedFrom(first: string, last: string): string {
  const paragraphs = printed.trimEnd().split('\n\n')
  const found = [first, last].map((start) => paragraphs.findIndex((text) => text.startsWith(start)))
  expect(found, `${folder}/table.txt has the paragraphs ${first}, ${last}`).not.toContain(-1)
  return `\`\`\`text\n${paragraphs.slice(found[0], found[1]! + 1).join('\n\n')}\n\`\`\``
}

const places: Readonly<Record<string, () => string>> = {
  figure: () =>
    `![Latency of both engines against throughput on four workloads, and after a worker is killed](${folder}/figures/overview.png)`,
  conclusions: () => printedFrom('What to conclude', 'What to conclude'),
  tables: () =>
    `${printedFrom('Highest rate held', 'Latency of a record')}\n\nAll that it printed: [\`table.txt\`](${folder}/table.txt). Also drawn: [rates beside one thread](${folder}/figures/throughput.png), [latency distributions](${folder}/figures/latency.png).`,
}

/** The README with its marked places filled. */
function filled(readme: string): string {
  return Object.entries(places).reduce((text, [name, content]) => {
    const [begin, end] = [`<!-- reference run: ${name} -->\n`, '\n<!-- end -->']
    const [before, rest, ...more] = text.split(begin)
    expect(more, `one place for ${name}`).toEqual([])
    expect(rest, `a place for ${name}`).toContain(end)
    return before + begin + content() + rest!.slice(rest!.indexOf(end))
  }, readme)
}

describe('the root README', () => {
  it('shows what the reference run printed', async () => {
    const path = join(root, 'README.md')
    await expect(filled(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
  })
  it('says in its prose how long the trials of the main job are', () => {
    const prose = readFileSync(join(root, 'README.md'), 'utf8').replaceAll(/```.*?```/gs, '')
    const lengths = [...prose.matchAll(/\btrials? of (\S+ \w+)/gi)].map(([, length]) => length)
    expect(new Set(lengths)).toEqual(new Set([`${quickScale.measured / 1e9} s`]))
  })
})

describe('the reference run of compare', () => {
  const { trials } = readRun(join(root, folder))
  /** Trials of an engine on what a table calls so: of two windows, or a window and none, the workload has one name. */
  const trialsOf = (label: string, engine: string): readonly TrialRow[] => {
    const named = compareCases.find((each) => each.label === label)
    expect(named, `a case of compare is called ${label}`).toBeDefined()
    const { workload, parameters } = named!
    const found = trials.filter(
      (row) =>
        row.engine === engine &&
        row.workload === workload &&
        isDeepStrictEqual(JSON.parse(row.workload_parameters!), parameters),
    )
    expect(found, `${folder} has trials of ${label}, ${engine}`).not.toEqual([])
    return found
  }
  const cellsOf = (start: string): readonly (readonly string[])[] =>
    printedFrom(start, start)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/))
      .filter(([, second, third]) =>
        [second, third].some((cell) => /^(timely|dstream)$/.test(cell!)),
      )

  it('printed rates at which a trial held', () => {
    const rows = cellsOf('Highest rate held')
    expect(rows.length).toBeGreaterThan(0)
    for (const [workload, engine, , rate] of rows) {
      const held = trialsOf(workload!, engine!)
        .filter(({ sustained }) => sustained === true)
        .map((row) => formatRate(row.offered_records_per_s!))
      expect(['none', ...held], `${workload}, ${engine}`).toContain(rate!.replace('≥ ', ''))
    }
  })

  it('printed p99s of its trials', () => {
    const rows = cellsOf('Latency of a record')
    expect(rows.length).toBeGreaterThan(0)
    for (const [workload, load, engine, , , rate, p50, , p99] of rows) {
      const tried = trialsOf(workload!, engine!).filter(
        (row) => formatRate(row.offered_records_per_s!) === rate,
      )
      if (p50 === 'not held') {
        expect(tried.map(({ sustained }) => sustained)).toContain(false)
        continue
      }
      const measured = tried.flatMap((row) =>
        row.latency_ns_p99 === undefined ? [] : row.latency_ns_p99 / 1e6,
      )
      const near = measured.some((ms) => Math.abs(ms - Number(p99)) <= 0.005 * ms)
      expect(near, `${workload}, ${load}, ${engine}: ${p99} ms is none of ${measured}`).toBe(true)
    }
  })
})

/** Without its lock, so that nobody who commits meanwhile is refused. */
function git(args: readonly string[], input = '') {
  const all = ['--no-optional-locks', ...args]
  return spawnSync('git', all, { cwd: root, input, encoding: 'utf8' })
}

// A tree that was unpacked within another repository would be asked for that one's history; one that was imported has a commit or two.
const hasHistory =
  existsSync(join(root, '.git')) &&
  git(['rev-parse', '--is-shallow-repository']).stdout?.trim() === 'false' &&
  Number(git(['rev-list', '--count', 'HEAD']).stdout) > 100

describe('results/reference/README.md', () => {
  const text = readFileSync(join(root, reference, 'README.md'), 'utf8')

  it('has a row for each run', () => {
    const rows = [...text.matchAll(/^\| \[`([^`]+)`\]\(([^)]+)\)/gm)].map(([, , path]) => path)
    const runs = readdirSync(join(root, reference), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => runsOf(name).map((run) => `${name}/${run}/table.txt`))
    expect(rows.sort()).toEqual(runs.sort())
  })

  it.runIf(hasHistory)('names a commit for each earlier run, in which it can be read', () => {
    const earlier = text.slice(text.indexOf('## Earlier runs'))
    const rows = [...earlier.matchAll(/^\| `(?<run>[^`]+)` \| `(?<commit>[0-9a-f]{7,})` \|/gm)]
    expect(rows).toHaveLength([...earlier.matchAll(/^\| `/gm)].length)
    expect(rows.length).toBeGreaterThan(0)
    const places = rows.map(({ groups }) => `${groups!.commit}:results/reference/${groups!.run}`)
    const asked = places.map((place) => `${place}/table.txt`).join('\n')
    const { stdout } = git(['cat-file', '--batch-check=%(objecttype)'], asked)
    const found = stdout.trimEnd().split('\n')
    expect(found).toHaveLength(places.length)
    expect(places.filter((_, at) => found[at] !== 'blob')).toEqual([])
    // Whoever clones a branch has what it comes from, and may not have other branches.
    const commits = [...new Set(rows.map(({ groups }) => groups!.commit!))]
    const isPast = (commit: string): boolean =>
      git(['merge-base', '--is-ancestor', commit, 'HEAD']).status === 0
    expect(commits.filter((commit) => !isPast(commit))).toEqual([])
  })
})
