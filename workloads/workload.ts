/**
 * The contract of a workload: a computation, the inputs it is for, and the truth about it.
 *
 * A workload is a folder with `workload.ts` (the plan and its description) and `oracle.ts`. The plan is named, so that
 * every process of a run builds it by itself; the oracle stays with whoever checks the run.
 */
import type { KeyLaw } from '../engines/core/cost/key-law.ts'
import type { NamedPlan } from '../engines/core/plan/plan.ts'
import type { PoolBytes } from '../engines/core/system.ts'
import type { InputKind } from './input/input.ts'
import type { Oracle } from './oracle.ts'
import type { GivenParameters, ParameterSpecs } from './parameters.ts'
import type { JudgedPlan } from './plan-oracle.ts'

export interface WorkloadInput {
  readonly kind: InputKind
  /** Parameters that suit this input better than the defaults. */
  readonly parameters?: GivenParameters
}

export interface Workload {
  /** Kebab-case; the name of its folder, or beginning with it where a folder has several. */
  readonly name: string
  /** One sentence. */
  readonly description: string
  readonly parameters: ParameterSpecs
  /** Any other may be given, as text: a plan of a user's own says nothing of those that it reads. */
  readonly anyParameters?: true
  /** What it can read; the first is the default. */
  readonly inputs: readonly WorkloadInput[]
  /** The plan's operators in order, for the table of the README. */
  readonly operators: string
  /** What it remembers between ticks; 'none', or 'unknown' of a plan of a user's own. */
  readonly state: string
  /** Where it comes from. */
  readonly paper: string
  /** What holds for its outputs whatever the input, in words. */
  readonly invariants: readonly string[]
  /** Errors: `ConfigurationError` for parameters that it has not or that cannot be. */
  plan(given?: GivenParameters): NamedPlan
  /** Who judges a plan of a user's own hands it over; others have a truth that they know without it. */
  oracle(given?: GivenParameters, judged?: JudgedPlan): Oracle
  /** Records of the inputs of its static data, by the URL that the plan reads. Those of `file:` are read where they are missing. */
  staticInputs?(given?: GivenParameters): Readonly<Record<string, PoolBytes>>
  /**
   * How the distinct keys of its operators grow with the records of an input: what a simulation needs to run on a sample.
   * Undefined where nobody knows; absent where no operator reduces by key.
   */
  keyLaw?(input: InputKind, given?: GivenParameters): KeyLaw | undefined
}
