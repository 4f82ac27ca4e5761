/** The registry of experiments; the first is the main job. */
import { ConfigurationError } from '../engines/core/errors.ts'
import { bench } from './bench/experiment.ts'
import { nearest } from './cli/nearest.ts'
import { compare } from './compare/experiment.ts'
import type { Experiment } from './experiment.ts'
import { micro } from './micro/experiment.ts'
import { validate } from './validate/experiment.ts'

export const EXPERIMENTS: readonly Experiment[] = [compare, bench, validate, micro]

/** Errors: `ConfigurationError` for a name that is not in the registry, with the nearest that is. */
export function experimentNamed(name: string): Experiment {
  const experiment = EXPERIMENTS.find((candidate) => candidate.name === name)
  if (experiment !== undefined) return experiment
  const names = EXPERIMENTS.map((candidate) => candidate.name)
  const near = nearest(name, names)
  throw new ConfigurationError({
    asked: `the experiment ${name}`,
    found: 'no such experiment',
    rule: `experiments are ${names.join(', ')}`,
    remedy: near === undefined ? 'Use one of these' : `Did you mean ${near}`,
  })
}
