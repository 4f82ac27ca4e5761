/** What came of a campaign: its counts, and for each failure the one command that replays it. */
import { inspect } from 'node:util'
import { formatDuration } from '../../engines/core/plan/duration.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { ChunkFailure, ChunkResult } from './chunk.ts'
import { COVERAGES, coverageLines } from './coverage.ts'
import { plannedTrial } from './planned-trial.ts'
import type { CampaignHead } from './progress-file.ts'
import type { RandomTrial } from './random-trial.ts'
import { lacking, MEASURES, type Measure, medianShape, SHAPE_MIN, type Shape } from './shape.ts'
import { type Sighting, SOMETIMES } from './sometimes.ts'

/** In fewer trials what happens sometimes need not have happened, nor is a median known. */
export const JUDGED_FROM_TRIALS = 2_000

export interface CampaignSummary extends CampaignHead {
  readonly endedAt: string
  readonly trials: number
  readonly chunks: number
  /** Trials by what ran them; together all of them. */
  readonly coverage: Readonly<Record<string, number>>
  /** Of the median trial. */
  readonly shape: Shape
  /** What of it is too little, though enough trials were run. */
  readonly small: readonly Measure[]
  /** By sighting: trials that had it, zero too. */
  readonly sometimes: Readonly<Record<Sighting, number>>
  /** What was never seen, though enough trials were run. */
  readonly never: readonly Sighting[]
  /** CPU time of a trial: all its runs, the interpreter, all checks. */
  readonly cpuMsPerTrial: number
  readonly failures: readonly (ChunkFailure & { readonly replay: string })[]
}

export function summaryOf(
  head: CampaignHead,
  results: readonly ChunkResult[],
  endedAt: string,
): CampaignSummary {
  const trials = results.reduce((total, result) => total + result.trials, 0)
  const cpuMs = results.reduce((total, result) => total + result.cpuMs, 0)
  const sometimes = totals(SOMETIMES, results, (result) => result.sometimes)
  const shape = medianShape(results.map((result) => result.shape))
  const isJudged = trials >= JUDGED_FROM_TRIALS
  return {
    ...head,
    endedAt,
    trials,
    chunks: results.length,
    coverage: totals(COVERAGES, results, (result) => result.coverage),
    shape,
    small: isJudged ? lacking(shape) : [],
    sometimes,
    never: isJudged ? SOMETIMES.filter((sighting) => sometimes[sighting] === 0) : [],
    cpuMsPerTrial: trials === 0 ? 0 : Number((cpuMs / trials).toFixed(1)),
    failures: results
      .filter(({ failure }) => failure !== undefined)
      .map(({ seed, failure }) => ({ ...failure!, replay: replayOf(seed, failure!) }))
      .sort((a, b) => a.replay.localeCompare(b.replay)),
  }
}

export function isRight({ failures, never, small, trials }: CampaignSummary): boolean {
  return trials > 0 && failures.length === 0 && never.length === 0 && small.length === 0
}

/** In one sentence: how many trials, and what ran them. */
export function countsOf({ trials, coverage, failures }: CampaignSummary): string {
  const counts = COVERAGES.filter((name) => coverage[name]! > 0).map(
    (name) => `${coverage[name]} on ${name}`,
  )
  return `${trials} seeds: ${[...counts, `${failures.length} failed`].join('; ')}`
}

/** Lines for a reader. */
export function reportOf(summary: CampaignSummary): readonly string[] {
  const { trials, cpuMsPerTrial, coverage, shape, small, sometimes, never, failures } = summary
  const width = Math.max(...SOMETIMES.map(({ length }) => length))
  const isJudged = trials >= JUDGED_FROM_TRIALS
  return [
    ...failures.flatMap(failureLines),
    `${trials} seeds, each run compared with the interpreter, ${failures.length} failed; ${cpuMsPerTrial} ms of CPU time a seed`,
    ...coverageLines(coverage),
    `the median seed: ${MEASURES.map((measure) => `${shape[measure]} ${measure}`).join(', ')}`,
    'sometimes, by seeds:',
    ...Object.entries(sometimes).map(
      ([sighting, count]) => `  ${sighting.padEnd(width)}  ${count}`,
    ),
    ...(isJudged
      ? []
      : [
          `not judged: medians, and what must happen sometimes, are of ${JUDGED_FROM_TRIALS} seeds or more`,
        ]),
    ...small.map(
      (measure) =>
        `too little: the median seed has ${shape[measure]} ${measure}, and is to have ${SHAPE_MIN[measure]}`,
    ),
    ...never.map((sighting) => `never, in ${trials} seeds: ${sighting}`),
  ]
}

export function failureLines({
  problems,
  trial,
  replay,
}: CampaignSummary['failures'][number]): readonly string[] {
  return [
    `FAILED: ${problems}`,
    ...(trial === undefined ? [] : [trialText(trial)]),
    `replay it: ${replay}`,
    '',
  ]
}

export function trialText(trial: RandomTrial): string {
  // A clone has prototypes, which are no part of a trial: some are drawn without.
  return inspect(structuredClone(trial), { depth: null, breakLength: 120 })
}

/** The runs of a trial: what runs it, its fault plan as a user writes it, and how it may end. */
export async function runLines(trial: RandomTrial): Promise<readonly string[]> {
  const { runs } = await plannedTrial(trial)
  return runs.flatMap(({ setup, form, lines, endings, trial: { config } }) => [
    `run: ${setup.engine}, ${setup.mode}, as a ${form}; it may end with ${endings.join(' or ')}`,
    ...resizeLines(config),
    ...lines.map((line) => `  --fault '${line}'`),
  ])
}

function resizeLines({ resize }: Pick<RunConfig, 'resize'>): readonly string[] {
  if (resize === undefined) return []
  const { from, steps } = resize
  return [
    `  --workers ${from}`,
    ...steps.map(({ at, workers }) => `  --resize '${workers} at ${formatDuration(at)}'`),
  ]
}

export function replayOf(seed: number, { path }: Pick<ChunkFailure, 'path'>): string {
  return `npm start -- replay ${seed}${path === undefined ? '' : `:${path}`}`
}

function totals<N extends string>(
  names: readonly N[],
  results: readonly ChunkResult[],
  countsIn: (result: ChunkResult) => Readonly<Partial<Record<N, number>>>,
): Readonly<Record<N, number>> {
  const totalOf = (name: N) =>
    results.reduce((sum, result) => sum + (countsIn(result)[name] ?? 0), 0)
  return Object.fromEntries(names.map((name) => [name, totalOf(name)])) as Record<N, number>
}
