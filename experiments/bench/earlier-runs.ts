/**
 * Rows that another command measures: memory of the main job, and residuals of `validate`. They are read from the latest
 * complete run of it, whose name the row shows; a run of another commit measures nothing here.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ResultError } from '../../engines/core/errors.ts'
import type { Manifest } from '../../results/manifest.ts'
import { readManifest, readRun } from '../../results/reader.ts'
import { formatSize } from '../cli/options.ts'
import { compareCases, engines } from '../compare/cases.ts'
import { LAUNCHERS_FILE } from '../runner/launchers.ts'
import { isTold } from '../validate/residuals.ts'
import { MAIN_JOB, VALIDATE } from './measured-by.ts'

/** Measures by name, without a value where none counted; and what a row says beside its number or in place of it. */
export interface Elsewhere {
  readonly values: Map<string, readonly number[]>
  readonly notes: Map<string, string>
}

/** The manifest of a run of this commit, or why there is none: what another commit measured is no row of this bench. */
function latestRun(
  folder: string,
  commit: string | null,
  command: string,
): { readonly manifest: Manifest } | { readonly missing: string } {
  if (!existsSync(folder)) return { missing: `no complete run: ${command} first` }
  try {
    const manifest = readManifest(folder)
    const { runId, environment } = manifest
    if (commit === null || environment.commit !== commit) {
      return { missing: `run ${runId} is of another commit: run it again` }
    }
    return environment.dirty === false
      ? { manifest }
      : { missing: `run ${runId} is of a checkout that was changed: commit, and run it again` }
  } catch (error) {
    // Such as another version of the tables: no reason to lose what the bench itself has measured.
    if (error instanceof ResultError) return { missing: error.message }
    throw error
  }
}

/** Of a compare, whatever else it was asked. */
const mainJobSchema = z.object({ cases: z.array(z.string()), engines: z.array(z.string()) })

const launchersSchema = z
  .array(z.object({ name: z.string(), residentBytesMax: z.number() }))
  .nullable()

/** Largest resident sets of npm and its shell, together; undefined where the run does not know. */
function launchedBytes(run: string): number | undefined {
  const file = join(run, LAUNCHERS_FILE)
  if (!existsSync(file)) return undefined
  const found = launchersSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  return found?.reduce((sum, { residentBytesMax }) => sum + residentBytesMax, 0)
}

/**
 * The largest trial with the oracle, or baseline, and what started it, up to npm: a bound on the whole tree of processes. Where npm's
 * share is not known, the note says so.
 */
export function addMainJob(results: string, commit: string | null, to: Elsewhere): void {
  const latest = join(results, 'compare', 'latest')
  const found = latestRun(latest, commit, MAIN_JOB)
  if ('missing' in found) {
    to.notes.set('memory', found.missing)
    return
  }
  const { manifest, trials } = readRun(latest)
  const asked = mainJobSchema.safeParse(manifest.parameters)
  const lacking = (all: readonly string[], had: readonly string[] = []): readonly string[] =>
    all.filter((name) => !had.includes(name))
  const missing = [
    ...lacking(
      compareCases.map(({ name }) => name),
      asked.data?.cases,
    ),
    ...lacking(engines, asked.data?.engines),
  ]
  const launched = launchedBytes(latest)
  const peaks = trials.map(
    ({ resident_bytes_max: trial = Number.NaN, coordinator_resident_bytes_max: starter = 0 }) =>
      trial + starter + (launched ?? 0),
  )
  const unknown = peaks.filter(Number.isNaN).length
  if (missing.length === 0 && unknown === 0) {
    const peak = Math.max(...peaks)
    to.values.set('main job resident bytes', [peak])
    to.values.set('main job resident bytes without npm', [peak - (launched ?? 0)])
  }
  const npm =
    launched === undefined
      ? 'npm is not counted: its memory is not known'
      : `${formatSize(launched)} of it npm's`
  const lacks = [
    ...(missing.length > 0 ? [`it lacks ${missing.join(', ')}`] : []),
    ...(unknown > 0 ? [`${unknown} of them with no known size`] : []),
    ...(missing.length === 0 && unknown === 0 ? [npm] : []),
  ]
  to.notes.set(
    'memory',
    [`largest of ${peaks.length} trials and baselines, run ${manifest.runId}`, ...lacks].join('; '),
  )
}

const residualSchema = z.array(
  z.object({
    quantity: z.string(),
    residual: z.number(),
    low: z.number(),
    high: z.number(),
    spread: z.number(),
    residualAlone: z.number().optional(),
    residualOfNull: z.number().optional(),
  }),
)

type Residuals = z.infer<typeof residualSchema>

/** How many pairs would be within without what is fitted, and without a simulator at all: what agreement is no merit of. */
function creditNote(steady: Residuals, limit: number): string {
  const within = (values: readonly (number | undefined)[]): string => {
    const known = values.filter((value) => value !== undefined)
    return `${known.filter((value) => Math.abs(value) <= limit).length} of ${known.length}`
  }
  const alone = within(steady.map(({ residualAlone }) => residualAlone))
  const ofNull = within(steady.map(({ residualOfNull }) => residualOfNull))
  return `three numbers are fitted for each workload, engine and number of workers: without them (factor 1) ${alone} within, without a simulator (null) ${ofNull}`
}

/** Of the quantity that no row is of. */
function tailNote(residuals: Residuals): readonly string[] {
  const largest = (values: readonly (number | undefined)[]): string => {
    const known = values.flatMap((value) => (value === undefined ? [] : Math.abs(value)))
    return known.length === 0 ? 'unknown' : `${(Math.max(...known) * 100).toFixed(1)} %`
  }
  const tails = residuals.filter(({ quantity }) => quantity === 'p99')
  if (tails.length === 0) return []
  const replayed = largest(tails.map(({ residual }) => residual))
  const alone = largest(tails.map(({ residualAlone }) => residualAlone))
  return [`p99, without a limit: at most ${replayed} off (factor 1, no stalls replayed: ${alone})`]
}

/** The largest residual of each quantity: every pair that can be told from the bound is asked to be within it. */
export function addValidate(
  results: string,
  commit: string | null,
  limits: ReadonlyMap<string, number>,
  to: Elsewhere,
): void {
  const latest = join(results, 'validate', 'latest')
  const found = latestRun(latest, commit, VALIDATE)
  if ('missing' in found) {
    for (const quantity of limits.keys()) to.notes.set(`validate-${quantity}`, found.missing)
    return
  }
  const { manifest } = found
  const file = readFileSync(join(latest, 'residuals.json'), 'utf8')
  const residuals = residualSchema.parse(JSON.parse(file))
  const invalid = readRun(latest).trials.filter(({ verdict }) => verdict !== 'valid').length
  for (const [quantity, limit] of limits) {
    const all = residuals.filter((residual) => residual.quantity === quantity)
    const steady = all.filter((residual) => isTold(residual, limit))
    const distances = steady.map(({ residual }) => Math.abs(residual))
    // Of a few steady pairs the largest residual says little; nor does a run whose pairs were not all compared.
    if (all.length > 0 && distances.length * 2 >= all.length && invalid === 0) {
      to.values.set(`validate ${quantity}`, [Math.max(...distances)])
    }
    const within = distances.filter((distance) => distance <= limit).length
    const reaching = steady.filter(({ low, high }) => Math.max(-low, high) > limit).length
    const untested = all.length - steady.length
    to.notes.set(
      `validate-${quantity}`,
      [
        `${within} of ${distances.length} pairs within, the interval of ${reaching} reaches over the limit, ${untested} not steady and not tested, ${invalid} trials not valid, run ${manifest.runId}`,
        creditNote(steady, limit),
        ...(quantity === 'throughput' ? [] : tailNote(residuals)),
      ].join('; '),
    )
  }
}
