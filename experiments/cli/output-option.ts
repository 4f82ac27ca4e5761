/**
 * `--save <folder>` and `--save -`: where the rows go that a trial commits.
 *
 * Files are named by logical time and are never overwritten, so a folder is for one run of one engine. What a simulated run
 * saves lies on a simulated disk.
 */
import { resolve } from 'node:path'
import { ConfigurationError } from '../../engines/core/errors.ts'
import { PRINTED, type TrialSpec } from '../runner/trial-spec.ts'

/** A folder as an absolute path, or `PRINTED`. Errors: `ConfigurationError` for what it cannot stand beside. */
export function savedGiven(
  save: string | undefined,
  run: { readonly engine: TrialSpec['engine'] | 'both'; readonly world: TrialSpec['world'] },
): string | undefined {
  if (save === undefined) return undefined
  if (save === '') {
    throw new ConfigurationError({
      asked: '--save ""',
      found: 'no folder',
      rule: 'Rows are saved in a folder, or printed with -',
      remedy: 'Name an empty folder',
    })
  }
  if (run.world !== 'threads') {
    throw new ConfigurationError({
      asked: `--save ${save} with --world ${run.world}`,
      found: 'a disk that is simulated',
      rule: 'Only a run on threads writes files',
      remedy: 'Use --world threads, or look at rows with --show-rows',
    })
  }
  if (run.engine === 'both') {
    throw new ConfigurationError({
      asked: `--save ${save} with --engine both`,
      found: 'rows of two engines',
      rule: 'What is saved is of one run',
      remedy: 'Add --engine timely, or --engine dstream',
    })
  }
  return save === PRINTED ? PRINTED : resolve(save)
}

/** Errors: `ConfigurationError` where two things would be printed. */
export function checkPrinted({ saved }: Pick<TrialSpec, 'saved'>, json: boolean): void {
  if (saved !== PRINTED || !json) return
  throw new ConfigurationError({
    asked: '--json with --save -',
    found: 'rows on standard output',
    rule: 'With --json there is one document on it and nothing else',
    remedy: 'Save to a folder, or drop --json: the report is on standard error then',
  })
}
