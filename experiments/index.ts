/** The registry of experiments; the first is the main job. */
import { bench } from './bench/experiment.ts'
import { compare } from './compare/experiment.ts'
import type { Experiment } from './experiment.ts'
import { faultExperiments } from './faults/experiments.ts'
import { micro } from './micro/experiment.ts'
import { ticks } from './ticks/experiment.ts'
import { validate } from './validate/experiment.ts'

export const EXPERIMENTS: readonly Experiment[] = [
  compare,
  ticks,
  ...faultExperiments,
  bench,
  validate,
  micro,
]
