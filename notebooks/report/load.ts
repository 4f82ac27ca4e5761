/** A run as figures need it: its tables, and the words that every figure of it carries. */
import type { Manifest } from '../../results/manifest.ts'
import type { ReadOptions, Run } from '../../results/reader.ts'
import { readRun } from '../../results/reader.ts'
import type { TrialRow } from '../../results/schema.ts'
import { durationText } from './format.ts'

export type World = TrialRow['world']

export function loadRun(folder: string, options?: ReadOptions): Run {
  return readRun(folder, options)
}

/** First word of a title: whether numbers were measured or computed. */
export function provenanceWord(world: World, { synthetic }: Manifest): string {
  if (synthetic !== null) return 'Synthetic'
  return world === 'threads' ? 'Measured' : 'Simulated'
}

/** Words for a factor of the rows shown: one value, or all of them. Empty where no row has one. */
function factorText<T>(
  name: string,
  values: readonly (T | undefined)[],
  text: (value: T) => string,
): readonly string[] {
  const distinct = [...new Set(values.filter((value) => value !== undefined))]
  return distinct.length === 0 ? [] : [`${name} ${distinct.map(text).join(', ')}`]
}

/** The tick is what the models differ in: named by engine where engines have different ones. */
function tickText(rows: readonly TrialRow[]): readonly string[] {
  const ticksOf = (engine: string): string =>
    [...new Set(rows.filter((row) => row.engine === engine).flatMap((row) => row.tick_ns ?? []))]
      .sort((a, b) => a - b)
      .map(durationText)
      .join(' or ')
  const engines = [...new Set(rows.map((row) => row.engine))].filter((name) => ticksOf(name) !== '')
  if (new Set(engines.map(ticksOf)).size > 1) {
    return [`tick ${engines.map((name) => `${name} ${ticksOf(name)}`).join(', ')}`]
  }
  return factorText(
    'tick',
    rows.map((row) => row.tick_ns),
    durationText,
  )
}

/**
 * Lines below a figure's title: which run, from what, on what; and a label if its rows are no measurement, or incomplete.
 *
 * `rows` are the trials shown. A figure that leaves trials out says so by `leftOut`.
 */
export function captionOf(
  manifest: Manifest,
  rows: readonly TrialRow[],
  leftOut: readonly string[] = [],
): readonly string[] {
  const { environment, runId, synthetic, state, incompleteBecause } = manifest
  const commit = environment.commit?.slice(0, 7) ?? 'unknown'
  const conditions = [
    ...tickText(rows),
    ...factorText(
      'workers',
      rows.map((row) => row.workers),
      String,
    ),
    ...factorText(
      'ingest',
      rows.map((row) => row.ingest),
      String,
    ),
    ...factorText(
      'kernels',
      rows.map((row) => row.kernels),
      String,
    ),
    ...factorText(
      'world',
      rows.map((row) => row.world),
      String,
    ),
  ]
  const machine = [environment.cpuModel ?? 'unknown processor', `${environment.cores} cores`]
  return [
    ...(synthetic === null ? [] : [`SYNTHETIC: ${synthetic}`]),
    ...(state === 'complete' ? [] : [`INCOMPLETE RUN: ${incompleteBecause ?? state}`]),
    ...leftOut,
    conditions.join(' · '),
    `run ${runId} · commit ${commit}${environment.dirty ? ' with changes' : ''} · ${machine.join(', ')} · Node ${environment.node.replace(/^v/, '')}`,
  ]
}

/**
 * The lines for a caption that say how many trials a figure leaves out, not confirmed as right or without a latency; none for none.
 */
export function leftOutLines(unconfirmed: number, withoutLatency = 0): readonly string[] {
  const lines = [
    [unconfirmed, 'not confirmed as right'],
    [withoutLatency, 'without a latency, as whoever was ended by its deadline'],
  ] as const
  return lines.flatMap(([trials, why]) =>
    trials === 0 ? [] : `${trials} ${trials === 1 ? 'trial' : 'trials'} left out: ${why}.`,
  )
}
