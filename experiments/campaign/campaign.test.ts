/** The machinery of campaigns, with trials that are wrong on purpose. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { chunksOf, FAILURES_MAX, runCampaign } from './campaign.ts'
import type { TrialFindings } from './checked-trial.ts'
import { type ChunkResult, runChunk, TRIALS_PER_CHUNK, trialAt } from './chunk.ts'
import {
  addProgress,
  beginProgress,
  type CampaignHead,
  checkResumed,
  PROGRESS_FILE,
  readProgress,
} from './progress-file.ts'
import {
  checkPublishable,
  publish,
  rowOf,
  SUMMARY_FILE,
  TABLE_FILE,
  withRow,
} from './publication.ts'
import type { RandomTrial } from './random-trial.ts'
import { isRight, JUDGED_FROM_TRIALS, reportOf, summaryOf } from './report.ts'
import { SOMETIMES } from './sometimes.ts'
import { countsIn } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'streamgauge-campaign-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const RIGHT: TrialFindings = {
  problems: [],
  coverage: 'timely, checkpoint',
  seen: ['a worker was killed'],
  shape: { nodes: 3, ticks: 20, 'hits in flight': 1 },
}

/** Wrong where a window and a join come together. */
const wrong = async ({ plan }: RandomTrial): Promise<TrialFindings> => {
  const words = plan.steps.map(({ word }) => word)
  const isWrong = words.includes('window') && words.includes('join')
  return isWrong ? { ...RIGHT, problems: ['timely: a window and a join'] } : RIGHT
}

describe('a chunk', () => {
  it('counts what its trials say', async () => {
    const result = await runChunk({ seed: 5, trials: 10, shrinkMs: 1_000 }, async () => RIGHT)
    expect(result).toMatchObject({
      seed: 5,
      trials: 10,
      coverage: { 'timely, checkpoint': 10 },
      sometimes: { 'a worker was killed': 10 },
      shape: { nodes: { 3: 10 }, ticks: { 20: 10 }, 'hits in flight': { 1: 10 } },
    })
    expect(result.failure).toBeUndefined()
  })

  it('shrinks what fails, and its path leads back to it', async () => {
    let seed = 0
    let result: ChunkResult
    do {
      seed += 1
      result = await runChunk({ seed, trials: TRIALS_PER_CHUNK, shrinkMs: 60_000 }, wrong)
    } while (result.failure === undefined && seed < 200)
    const { failure } = result
    expect(failure?.problems).toBe('timely: a window and a join')
    const { plan, lines, cut, faults } = failure!.trial!
    expect(plan.steps.map(({ word }) => word).sort()).toEqual(['join', 'window'])
    expect({ lines, workers: cut.workers, faults }).toEqual({ lines: [''], workers: 1, faults: [] })
    expect(await trialAt(seed, failure!.path!)).toEqual(failure!.trial)
    // The same from the same seed.
    expect(await runChunk({ seed, trials: TRIALS_PER_CHUNK, shrinkMs: 60_000 }, wrong)).toEqual({
      ...result,
      cpuMs: expect.any(Number),
    })
  })
})

it('a path that leads to no trial is refused by name', async () => {
  const path = '3:99999:2:77'
  await expect(trialAt(17, path)).rejects.toThrow(/the trial at 17:3:99999:2:77: no such trial/)
})

it('counts of a test runner are found behind its dots', () => {
  expect(countsIn('\n RUN\n··x·12 passed, 1 failed, 0 skipped\n\n Tests  12 passed (13)')).toBe(
    '12 passed, 1 failed, 0 skipped',
  )
  expect(countsIn('no test files found')).toBeUndefined()
})

describe('a campaign', () => {
  it('has chunks of seeds that follow each other', () => {
    expect(chunksOf({ seed: 7, trials: 60 }).map(({ seed, trials }) => [seed, trials])).toEqual([
      [7, 25],
      [8, 25],
      [9, 10],
    ])
    expect(chunksOf({ seed: 2 ** 31 - 1, trials: 50 }).map(({ seed }) => seed)).toEqual([
      2 ** 31 - 1,
      0,
    ])
  })

  it('runs on threads what is not done, and nothing twice', async () => {
    const found: ChunkResult[] = []
    await runCampaign({
      seed: 1,
      trials: 30,
      threads: 2,
      done: new Set([1]),
      finished: (result) => found.push(result),
    })
    expect(found.map(({ seed, trials, failure }) => [seed, trials, failure])).toEqual([
      [2, 5, undefined],
    ])
    expect(found[0]!.cpuMs).toBeGreaterThan(0)
  })

  it('ends with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const options = { seed: 1, trials: 30, threads: 1, signal, finished: () => undefined }
    await expect(runCampaign(options)).rejects.toThrow('enough')
  })
})

const HEAD: CampaignHead = {
  seed: 1,
  trialsPerChunk: TRIALS_PER_CHUNK,
  commit: 'abc',
  dirty: false,
  node: 'v24',
  startedAt: '2026-01-01T00:00:00.000Z',
}

const resultOf = (seed: number, more: Partial<ChunkResult> = {}): ChunkResult => {
  return { seed, trials: 25, coverage: {}, sometimes: {}, shape: {}, cpuMs: 1_000, ...more }
}

describe('the progress', () => {
  it('is read back, without a line that was cut off, and goes on', () => {
    const own = join(folder, 'progress')
    beginProgress(own, HEAD)
    addProgress(own, resultOf(1))
    appendFileSync(join(own, PROGRESS_FILE), '{"seed":2,"tri')
    expect(readProgress(own)).toEqual({ head: HEAD, results: [resultOf(1)] })
    addProgress(own, resultOf(2))
    expect(readProgress(own).results).toEqual([resultOf(1), resultOf(2)])
    expect(readFileSync(join(own, PROGRESS_FILE), 'utf8').trimEnd().split('\n')).toHaveLength(3)
  })

  it('is refused where there is none, or of another commit', () => {
    expect(() => readProgress(join(folder, 'nowhere'))).toThrow(/no progress\.jsonl/)
    expect(() => checkResumed(HEAD, { ...HEAD, commit: 'def' })).toThrow(/of one commit/)
    checkResumed(HEAD, HEAD)
    beginProgress(join(folder, 'twice'), HEAD)
    expect(() => beginProgress(join(folder, 'twice'), HEAD)).toThrow(/EEXIST/)
  })
})

describe('the report', () => {
  const sometimes = Object.fromEntries(SOMETIMES.map((sighting) => [sighting, 1]))
  const shape = { nodes: { 5: 25 }, ticks: { 40: 25 }, 'hits in flight': { 0: 10, 2: 15 } }
  const chunks = JUDGED_FROM_TRIALS / 25
  const many = Array.from({ length: chunks }, (_, seed) => resultOf(seed, { sometimes, shape }))

  it('is right when all was right and all was seen', () => {
    const summary = summaryOf(HEAD, many, '')
    expect(isRight(summary)).toBe(true)
    expect(summary).toMatchObject({ trials: JUDGED_FROM_TRIALS, cpuMsPerTrial: 40, never: [] })
    expect(summary.shape).toEqual({ nodes: 5, ticks: 40, 'hits in flight': 2 })
    expect(reportOf(summary)).toContain('the median seed: 5 nodes, 40 ticks, 2 hits in flight')
  })

  it('fails when the median trial is too small, of enough', () => {
    const small = { ...shape, 'hits in flight': { 0: 13, 2: 12 } }
    const summary = summaryOf(
      HEAD,
      many.map((result) => ({ ...result, shape: small })),
      '',
    )
    expect(summary.small).toEqual(['hits in flight'])
    expect(isRight(summary)).toBe(false)
    expect(reportOf(summary)).toContain(
      'too little: the median seed has 0 hits in flight, and is to have 1',
    )
    const few = summaryOf(HEAD, [resultOf(1, { shape: small })], '')
    expect(isRight(few)).toBe(true)
    expect(reportOf(few).join('\n')).toContain('not judged: ')
  })

  it('fails when something was never seen, of enough trials', () => {
    const [first, ...rest] = SOMETIMES
    const less = { sometimes: Object.fromEntries(rest.map((sighting) => [sighting, 1])) }
    const blind = many.map((result) => ({ ...result, ...less }))
    const summary = summaryOf(HEAD, blind, '')
    expect(summary.never).toEqual([first])
    expect(isRight(summary)).toBe(false)
    expect(reportOf(summary).join('\n')).toContain(`never, in ${summary.trials} seeds: ${first}`)
    expect(isRight(summaryOf(HEAD, blind.slice(1), ''))).toBe(true)
  })

  it('names the command that replays a failure, and nothing is right without a trial', () => {
    const failure = { path: '3:0', problems: 'wrong' }
    const summary = summaryOf(HEAD, [resultOf(17, { failure })], '')
    expect(isRight(summary)).toBe(false)
    expect(reportOf(summary)).toContain('replay it: npm start -- replay 17:3:0')
    expect(isRight(summaryOf(HEAD, [], ''))).toBe(false)
  })

  it('has few failures: a campaign stops', () => expect(FAILURES_MAX).toBeLessThan(10))
})

describe('what is published', () => {
  const jobs = 'dstream, with a job for each round of a loop'
  const coverage = { 'timely, checkpoint': 20, 'dstream, lineage': 3, [jobs]: 2 }
  const summary = summaryOf(HEAD, [resultOf(1, { coverage })], '2026-01-01T01:00:00.000Z')
  const name = 'fuzz/2026-01-01T00-00-00-abc'

  it('says by which engines and modes how many seeds were run', () => {
    expect(rowOf(summary)).toBe(
      `| [\`${name}\`](${name}/table.txt) | \`npm start -- fuzz --seeds 25 --seed 1\` | 25 seeds: 20 on timely, checkpoint; 3 on dstream, lineage; 2 on ${jobs}; 0 failed; 0 of ${SOMETIMES.length} rare paths taken |`,
    )
    const lines = reportOf(summary).join('\n')
    expect(lines).toContain('25 seeds, each run compared with the interpreter, 0 failed')
    expect(lines).toMatch(/^ {2}20 {2}timely, checkpoint/m)
    expect(lines).toMatch(/^ {3}2 {2}dstream, with a job for each round/m)
    expect(rowOf({ ...summary, never: ['a record was late'] })).toContain(
      '| **failed**: 25 seeds: 20 on timely, checkpoint',
    )
    const failure = { path: '3:0', problems: 'wrong' }
    expect(rowOf(summaryOf(HEAD, [resultOf(1, { failure })], ''))).toContain('| **failed**: ')
  })

  it('is a folder and a row of the table, however often', () => {
    const results = join(folder, 'results')
    const readme = join(results, 'reference', 'README.md')
    mkdirSync(dirname(readme), { recursive: true })
    const table = '# Runs\n\n| run |\n|---|\n| [`a/1`](a/1/table.txt) |\n\nMore.\n'
    writeFileSync(readme, table)
    for (const each of [summary, { ...summary, trials: 50 }]) {
      const own = publish(results, each)
      expect(own).toBe(join(results, 'reference', name))
      expect(JSON.parse(readFileSync(join(own, SUMMARY_FILE), 'utf8'))).toEqual(each)
      expect(readFileSync(join(own, TABLE_FILE), 'utf8')).toContain('dstream, lineage')
      expect(readFileSync(readme, 'utf8')).toBe(
        table.replace('\n\nMore', `\n${rowOf(each)}\n\nMore`),
      )
    }
  })

  it('is refused where there is no table, or nobody could run it again', () => {
    expect(() => withRow('# Runs\n', rowOf(summary))).toThrow(/a README\.md without a table/)
    expect(() => publish(join(folder, 'nothing'), summary)).toThrow(/ENOENT.*by --results/)
    checkPublishable(HEAD)
    expect(() => checkPublishable({ ...HEAD, dirty: true })).toThrow(/are not those of abc/)
    expect(() => checkPublishable({ ...HEAD, commit: null })).toThrow(/no commit/)
  })
})
