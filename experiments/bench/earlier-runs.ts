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
    return commit !== null && manifest.environment.commit === commit
      ? { manifest }
      : { missing: `run ${manifest.runId} is of another commit: run it again` }
  } catch (error) {
    // Such as another version of the tables: no reason to lose what the bench itself has measured.
    if (error instanceof ResultError) return { missing: error.message }
    throw error
  }
}

/** The largest trial with the oracle, and what started it: a bound on the whole tree of processes. */
export function addMainJob(results: string, commit: string | null, to: Elsewhere): void {
  const latest = join(results, 'compare', 'latest')
  const found = latestRun(latest, commit, 'npm start')
  if ('missing' in found) {
    to.notes.set('memory', found.missing)
    return
  }
  const { manifest, trials } = readRun(latest)
  const peaks = trials.flatMap((row) =>
    row.resident_bytes_max === undefined
      ? []
      : row.resident_bytes_max + (row.coordinator_resident_bytes_max ?? 0),
  )
  if (peaks.length > 0) to.values.set('main job resident bytes', [Math.max(...peaks)])
  to.notes.set('memory', `largest of ${peaks.length} trials, run ${manifest.runId}`)
}

const residualSchema = z.array(
  z.object({ quantity: z.string(), residual: z.number(), threadsSpread: z.number() }),
)

/** The largest residual of each quantity: every pair whose repeats are steady is asked to be within the bound. */
export function addValidate(
  results: string,
  commit: string | null,
  limits: ReadonlyMap<string, number>,
  to: Elsewhere,
): void {
  const latest = join(results, 'validate', 'latest')
  const found = latestRun(latest, commit, 'npm start -- validate')
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
    const steady = all.filter(({ threadsSpread }) => threadsSpread <= limit)
    const distances = steady.map(({ residual }) => Math.abs(residual))
    // Of a few steady pairs the largest residual says little; nor does a run whose pairs were not all compared.
    if (distances.length * 2 > all.length && invalid === 0) {
      to.values.set(`validate ${quantity}`, [Math.max(...distances)])
    }
    const within = distances.filter((distance) => distance <= limit).length
    to.notes.set(
      `validate-${quantity}`,
      `${within} of ${distances.length} pairs within, ${all.length - steady.length} not steady, ${invalid} trials not valid, run ${manifest.runId}`,
    )
  }
}
