/** What came of a campaign: its counts, and for each failure the one command that replays it. */
import { inspect } from 'node:util'
import type { ChunkFailure, ChunkResult } from './chunk.ts'
import { COVERAGES, type Coverage, coverageLines } from './coverage.ts'
import type { CampaignHead } from './progress-file.ts'
import type { RandomTrial } from './random-trial.ts'
import { type Sighting, SOMETIMES } from './sometimes.ts'

/** In fewer plans what happens sometimes need not have happened. */
export const SOMETIMES_FROM_PLANS = 2_000

export interface CampaignSummary extends CampaignHead {
  readonly endedAt: string
  readonly plans: number
  readonly chunks: number
  /** Plans by how far they were run; together all of them. */
  readonly coverage: Readonly<Record<Coverage, number>>
  /** By sighting: trials that had it, zero too. */
  readonly sometimes: Readonly<Record<Sighting, number>>
  /** What was never seen, though enough plans were run. */
  readonly never: readonly Sighting[]
  /** CPU time of a plan: all its runs, the interpreter, all checks. */
  readonly cpuMsPerPlan: number
  readonly failures: readonly (ChunkFailure & { readonly replay: string })[]
}

export function summaryOf(
  head: CampaignHead,
  results: readonly ChunkResult[],
  endedAt: string,
): CampaignSummary {
  const plans = results.reduce((total, result) => total + result.plans, 0)
  const cpuMs = results.reduce((total, result) => total + result.cpuMs, 0)
  const sometimes = totals(SOMETIMES, results, (result) => result.sometimes)
  const isMuch = plans >= SOMETIMES_FROM_PLANS
  return {
    ...head,
    endedAt,
    plans,
    chunks: results.length,
    coverage: totals(COVERAGES, results, (result) => result.coverage),
    sometimes,
    never: isMuch ? SOMETIMES.filter((sighting) => sometimes[sighting] === 0) : [],
    cpuMsPerPlan: plans === 0 ? 0 : Number((cpuMs / plans).toFixed(1)),
    failures: results
      .filter(({ failure }) => failure !== undefined)
      .map(({ seed, failure }) => ({ ...failure!, replay: replayOf(seed, failure!) }))
      .sort((a, b) => a.replay.localeCompare(b.replay)),
  }
}

export function isRight({ failures, never, plans }: CampaignSummary): boolean {
  return plans > 0 && failures.length === 0 && never.length === 0
}

/** In one sentence: how many plans, and how far each was run. */
export function countsOf({ plans, coverage, failures }: CampaignSummary): string {
  const { 'both-engines': both, 'rounds-as-jobs': jobs, 'timely-alone': alone } = coverage
  return `${plans} plans: ${both} on both engines, ${jobs} with a loop run as jobs on dstream, ${alone} with loops on timely alone; ${failures.length} failed`
}

/** Lines for a reader. */
export function reportOf(summary: CampaignSummary): readonly string[] {
  const { plans, cpuMsPerPlan, coverage, sometimes, never, failures } = summary
  const width = Math.max(...SOMETIMES.map(({ length }) => length))
  return [
    ...failures.flatMap(failureLines),
    `${plans} plans, each run compared with the interpreter, ${failures.length} failed; ${cpuMsPerPlan} ms of CPU time a plan`,
    ...coverageLines(coverage),
    'sometimes, by plans:',
    ...Object.entries(sometimes).map(
      ([sighting, count]) => `  ${sighting.padEnd(width)}  ${count}`,
    ),
    ...never.map((sighting) => `never, in ${plans} plans: ${sighting}`),
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
