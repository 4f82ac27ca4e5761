/** A run that was recorded, found by its name or folder and read back as what to run again. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, InputError, ResultError } from '../../engines/core/errors.ts'
import { nearest } from '../../engines/core/nearest.ts'
import type { Manifest } from '../../results/manifest.ts'
import { readManifest } from '../../results/reader.ts'
import { checkTrial } from '../runner/trial-check.ts'
import { OUTCOMES_FILE, type RecordedOutcome } from '../runner/trial-run.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { pathOnDisk, readInput } from './input-option.ts'
import { isSeed } from './seed.ts'
import type { TrialRequest } from './trial-request.ts'

export interface RecordedRun {
  readonly manifest: Manifest
  readonly request: TrialRequest
  /** By trial; a trial that was interrupted has none. */
  readonly outcomes: Readonly<Record<string, RecordedOutcome>>
}

/**
 * Finds a run: a folder, a run id under any experiment, or `latest`.
 *
 * Errors: `ConfigurationError` when there is none, with the nearest; `ResultError` for a folder that is not a run that
 * can be replayed; `InputError` when its input is gone or has changed.
 */
export async function findRun(what: string, results: string): Promise<RecordedRun> {
  const { manifest, specs, outcomes } = readRecorded(`replay ${what}`, what, results)
  const inputSha256 = manifest.parameters.inputSha256 as string | undefined
  // The costs themselves are in the trials.
  const { calibrationSha256 } = manifest
  const warnings = checkInput(specs, inputSha256)
  for (const spec of specs) await checkTrial(spec)
  return {
    manifest,
    request: {
      specs,
      seed: manifest.seed,
      warnings,
      ...(inputSha256 === undefined ? {} : { inputSha256 }),
      ...(calibrationSha256 === null ? {} : { calibrationSha256 }),
    },
    outcomes,
  }
}

/**
 * What a run has recorded of its trials. `asked` is for messages.
 *
 * Errors: `ConfigurationError` when there is no such run, with the nearest; `ResultError` for a folder that is not one.
 */
export function readRecorded(
  asked: string,
  what: string,
  results: string,
): Pick<RecordedRun, 'manifest' | 'outcomes'> & { readonly specs: readonly TrialSpec[] } {
  const folder = folderOf(asked, what, results)
  const manifest = readManifest(folder, { incomplete: true })
  return { manifest, specs: trialsOf(asked, manifest), outcomes: outcomesOf(folder) }
}

function folderOf(asked: string, what: string, results: string): string {
  if (existsSync(join(what, 'manifest.json'))) return what
  const experiments = foldersIn(results)
  // Only `run` writes what can be replayed trial by trial, so `latest` is its latest.
  const places = what === 'latest' ? ['run'] : experiments
  const found = places
    .map((experiment) => join(results, experiment, what))
    .find((folder) => existsSync(join(folder, 'manifest.json')))
  if (found !== undefined) return found
  const near = nearest(
    what,
    experiments.flatMap((experiment) => foldersIn(join(results, experiment))),
  )
  throw new ConfigurationError({
    asked,
    found: isSeed(what) ? 'a seed without a workload' : 'no such run',
    rule: 'A run is replayed by its id or folder, or latest; a seed with --workload',
    remedy:
      near === undefined ? 'Look into results/run, or add --workload' : `Did you mean ${near}`,
  })
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
  } catch {
    return []
  }
}

function trialsOf(
  asked: string,
  { parameters, experiment, command }: Manifest,
): readonly TrialSpec[] {
  const { trials } = parameters
  if (experiment === 'run' && Array.isArray(trials) && trials.length > 0) {
    return trials as readonly TrialSpec[]
  }
  throw new ResultError({
    asked,
    found: `a run of ${experiment}`,
    rule: 'A run of run is replayed trial by trial; an experiment chooses its trials by what it measures',
    remedy: `Run the experiment again: ${command}`,
  })
}

/** Reads the input once more, to hold it against the recorded hash. Returns warnings. */
function checkInput(specs: readonly TrialSpec[], sha256: string | undefined): readonly string[] {
  if (specs[0]!.input.live !== undefined) {
    throw new ConfigurationError({
      asked: 'a replay of a run with live input',
      found: 'lines that came once',
      rule: 'A replay reads the same records, and lines that arrived are not kept',
      remedy: 'Run anew, or from a file',
    })
  }
  const { path } = pathOnDisk(specs[0]!.input)
  if (path === undefined) return []
  const input = readInput(path, specs[0]!.input.format)
  if (sha256 === undefined || input.sha256 === sha256) return input.warnings
  throw new InputError({
    asked: `the input ${specs[0]!.input.path} of the run`,
    found: `other records: their hash is ${input.sha256?.slice(0, 12)}`,
    rule: `a replay reads the same records: their hash was ${sha256.slice(0, 12)}`,
    remedy: 'Restore the file, or run anew',
  })
}

function outcomesOf(folder: string): Readonly<Record<string, RecordedOutcome>> {
  const path = join(folder, OUTCOMES_FILE)
  if (!existsSync(path)) return {}
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, RecordedOutcome>>
  } catch (cause) {
    throw new ResultError(
      {
        asked: `read ${OUTCOMES_FILE} of the run in ${folder}`,
        found: 'it is not JSON',
        rule: 'It is written whole by run',
        remedy: 'Take the folder as run left it',
      },
      { folder },
      cause,
    )
  }
}
