/** What came of a campaign: its counts, and for each failure the one command that replays it. */
import { inspect } from 'node:util'
import { ENGINES } from '../../engines/index.ts'
import type { ChunkFailure, ChunkResult } from './chunk.ts'
import type { CampaignHead } from './progress-file.ts'
import type { RandomTrial } from './random-trial.ts'
import { SOMETIMES } from './sometimes.ts'

/** In fewer plans what happens sometimes need not have happened. */
export const SOMETIMES_FROM_PLANS = 2_000

export interface CampaignSummary extends CampaignHead {
  readonly endedAt: string
  readonly plans: number
  readonly chunks: number
  /** By engine: plans that it refused by name. */
  readonly excused: Readonly<Record<string, number>>
  /** By sighting: trials that had it, zero too. */
  readonly sometimes: Readonly<Record<string, number>>
  /** What was never seen, though enough plans were run. */
  readonly never: readonly string[]
  /** CPU time of a plan: both engines, the interpreter, all checks. */
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
  const sometimes = totals(SOMETIMES, results, 'sometimes')
  const isMuch = plans >= SOMETIMES_FROM_PLANS
  return {
    ...head,
    endedAt,
    plans,
    chunks: results.length,
    excused: totals(ENGINES, results, 'excused'),
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

/** Lines for a reader. */
export function reportOf(summary: CampaignSummary): readonly string[] {
  const { plans, cpuMsPerPlan, excused, sometimes, never, failures } = summary
  const refused = Object.entries(excused).map(([engine, count]) => `${count} by ${engine}`)
  const width = Math.max(...SOMETIMES.map(({ length }) => length))
  return [
    ...failures.flatMap(failureLines),
    `${plans} plans on both engines, ${failures.length} failed; ${cpuMsPerPlan} ms of CPU time a plan`,
    `refused by name: ${refused.join(', ')}`,
    'sometimes:',
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

function totals(
  names: readonly string[],
  results: readonly ChunkResult[],
  of: 'sometimes' | 'excused',
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      results.reduce((total, result) => total + (result[of][name] ?? 0), 0),
    ]),
  )
}
