/**
 * The scale of a simulated run: one number S for all of it (DESIGN §10). Records carry no weight.
 *
 * The computation and the oracle run on the sample, at a rate of 1 / S of what is simulated; the cost model charges n · S
 * records for n, and rows by the law of the operator whose keys they are. An operator that needs a law and has none
 * refuses S > 1. Not scaled: memory held, so neither spills nor capacity errors of the whole are seen in a sample.
 */
import { ConfigurationError, PlanError } from '../errors.ts'
import type { Dataflow, OperatorId } from '../plan/dataflow.ts'
import { traitsOf } from '../plan/operator-traits.ts'
import type { RunConfig } from '../run-config.ts'
import type { KeyLaw } from './key-law.ts'

export interface Scale {
  /** S: records that each record of the sample stands for; from 1. */
  readonly factor: number
  /** By operator; only operators that reduce by key need one. */
  readonly laws: Readonly<Record<OperatorId, KeyLaw>>
}

export const UNSCALED: Scale = { factor: 1, laws: {} }

/** One law for every operator that needs one: for plans whose keys are all of one kind. */
export function scaleBy(dataflow: Dataflow, factor: number, law: KeyLaw | undefined): Scale {
  const laws: Record<OperatorId, KeyLaw> = {}
  if (law !== undefined) {
    for (const operator of dataflow.operators) {
      if (traitsOf(operator).needsLaw) laws[operator.id] = law
    }
  }
  return { factor, laws }
}

/** Errors: `ConfigurationError` for a factor below 1; `PlanError` for an operator without a law where S > 1. */
export function checkScale(
  dataflow: Dataflow,
  { factor, laws }: Scale,
  ingest: RunConfig['ingest'],
): void {
  if (!(factor >= 1 && factor < Number.POSITIVE_INFINITY)) {
    throw new ConfigurationError({
      asked: `a simulation at scale ${factor}`,
      found: 'less than 1, or no number',
      rule: 'each record of the sample stands for S ≥ 1 records',
      remedy: 'Choose a scale from 1',
    })
  }
  if (factor === 1) return
  if (ingest === 'pushed') {
    throw new ConfigurationError({
      asked: `a simulation of the pushed ingest at scale ${factor}`,
      found: 'blocks of records on the wire',
      rule: 'a scale is known for rows, not for blocks that are pushed',
      remedy: 'Simulate it at scale 1, or use the ingest log',
    })
  }
  for (const operator of dataflow.operators) {
    if (!traitsOf(operator).needsLaw || laws[operator.id] !== undefined) continue
    throw new PlanError({
      asked: `a simulation at scale ${factor}`,
      found: `operator ${operator.id}, a ${operator.kind}, declares no law for its distinct keys`,
      rule: 'what is paid per row is scaled by a law, never guessed',
      remedy: 'Declare the law with the workload (`keyLaw`), or simulate at scale 1',
    })
  }
}
