/**
 * Rows that another command measures: memory of the main job, and residuals of `validate`. They are read from the latest
 * complete run of it, whose name the row shows; a run of another commit measures nothing here.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Manifest } from '../../results/manifest.ts'
import { readManifest, readRun } from '../../results/reader.ts'

/** Measures by name, and what a row says beside its number or in place of it. */
export interface Elsewhere {
  readonly values: Map<string, readonly number[]>
  readonly notes: Map<string, string>
}

/** What another commit measured is no row of this bench. */
const isOfCommit = ({ environment }: Manifest, commit: string | null): boolean =>
  commit !== null && environment.commit === commit

const ofAnother = ({ runId }: Manifest): string => `run ${runId} is of another commit: run it again`

/** The largest trial with the oracle, and what started it: a bound on the whole tree of processes. */
export function addMainJob(results: string, commit: string | null, to: Elsewhere): void {
  const latest = join(results, 'compare', 'latest')
  if (!existsSync(latest)) {
    to.notes.set('memory', 'no complete run of the main job: npm start first')
    return
  }
  const { manifest, trials } = readRun(latest)
  if (!isOfCommit(manifest, commit)) {
    to.notes.set('memory', ofAnother(manifest))
    return
  }
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
  if (!existsSync(latest)) {
    for (const quantity of limits.keys()) {
      to.notes.set(`validate-${quantity}`, 'no complete run: npm start -- validate first')
    }
    return
  }
  const manifest = readManifest(latest)
  if (!isOfCommit(manifest, commit)) {
    for (const quantity of limits.keys()) to.notes.set(`validate-${quantity}`, ofAnother(manifest))
    return
  }
  const file = readFileSync(join(latest, 'residuals.json'), 'utf8')
  const residuals = residualSchema.parse(JSON.parse(file))
  for (const [quantity, limit] of limits) {
    const all = residuals.filter((residual) => residual.quantity === quantity)
    const steady = all.filter(({ threadsSpread }) => threadsSpread <= limit)
    const distances = steady.map(({ residual }) => Math.abs(residual))
    // Of a few steady pairs the largest residual says little.
    if (distances.length * 2 > all.length) {
      to.values.set(`validate ${quantity}`, [Math.max(...distances)])
    }
    const within = distances.filter((distance) => distance <= limit).length
    to.notes.set(
      `validate-${quantity}`,
      `${within} of ${distances.length} pairs within, ${all.length - steady.length} not steady, run ${manifest.runId}`,
    )
  }
}
