/** Runs a random trial on both engines, with every check there is, and says what is wrong. */
import { answerProblems } from '../../engines/core/conformance/answer-truth.ts'
import { answerProblemsOf } from '../../engines/core/conformance/bounded-trial.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import type { InnerSighting } from '../../engines/core/conformance/checked-engine.ts'
import { checkedSystem } from '../../engines/core/conformance/checked-system.ts'
import { type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { problemsOf, truthOf } from '../../engines/core/conformance/truth.ts'
import { PlanError } from '../../engines/core/errors.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { checkSupport, type EngineName, runs } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { type Coverage, coverageOf } from './coverage.ts'
import { withFrozenStates } from './frozen-states.ts'
import { boundedTrial, type RandomTrial, scenarioOf } from './random-trial.ts'
import { type ObservedRun, type Sighting, seenIn } from './sometimes.ts'

export interface TrialFindings {
  /** All that is wrong, in words. */
  readonly problems: readonly string[]
  readonly coverage: Coverage
  readonly seen: readonly Sighting[]
}

interface CheckedRun {
  readonly engine: EngineName
  readonly record?: RunRecord
  readonly seen: readonly InnerSighting[]
  readonly problems: readonly string[]
}

/**
 * Each run is compared with the interpreter, and while it goes on the engine's own invariants are checked
 * (`engines/core/conformance/checked-engine.ts`). States are frozen: a step that changes one is found.
 *
 * Errors: those of a plan that cannot be built, which no plan may be.
 */
export async function runRandomTrial(random: RandomTrial): Promise<TrialFindings> {
  const scenario = await scenarioOf(random)
  const { plan, dataflow } = await builtPlan(scenario.plan)
  const refusing = ENGINES.filter((engine) => isRefused(engine, dataflow))
  const coverage = coverageOf(plan, refusing)
  const streams: CheckedRun[] = []
  for (const engine of ENGINES) {
    if (!refusing.includes(engine)) streams.push(await streamed(engine, scenario))
  }
  const wholes: CheckedRun[] = []
  if (coverage === 'rounds-as-jobs') {
    for (const engine of ENGINES) wholes.push(await answered(engine, random, scenario))
  }
  const truth = await truthOf(trialOf('timely', scenario))
  return {
    problems: [...streams, ...wholes].flatMap(({ problems }) => problems),
    coverage,
    seen: seenIn({ random, dataflow, truth, runs: observed(streams), bounded: observed(wholes) }),
  }
}

async function streamed(engine: EngineName, scenario: Scenario): Promise<CheckedRun> {
  const trial = askedTrial(engine, scenario)
  return checkedRun(engine, trial, scenario, answerProblems)
}

async function answered(
  engine: EngineName,
  random: RandomTrial,
  scenario: Scenario,
): Promise<CheckedRun> {
  const trial = await boundedTrial(engine, random)
  const run = await checkedRun(engine, trial, scenario, answerProblemsOf)
  return { ...run, problems: run.problems.map((problem) => `over a bounded input: ${problem}`) }
}

/** Only an engine that answers is asked. */
function askedTrial(engine: EngineName, { queries, ...scenario }: Scenario): Trial {
  const answers = runs(engine, { need: 'queries' })
  return trialOf(engine, { ...scenario, ...(answers && queries ? { queries } : {}) })
}

/** Static data is computed by a run of its own before, which is checked as well. */
async function checkedRun(
  engine: EngineName,
  trial: Trial,
  { options }: Scenario,
  answersWrong: (trial: Trial, record: RunRecord) => Promise<readonly string[]>,
): Promise<CheckedRun> {
  const { system, left, checked } = checkedSystem(checkedEngineOf, {
    ...options,
    changed: withFrozenStates,
  })
  const named = (problems: readonly string[]) =>
    [...problems, ...left].map((problem) => `${engine}: ${problem}`)
  let record: RunRecord
  try {
    record = await system.run(trial)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { engine, seen: [], problems: named([`threw ${message}`]) }
  }
  const wrong = [...(await problemsOf(trial, record))]
  if (record.outcome === 'completed') wrong.push(...(await answersWrong(trial, record)))
  const seen = checked.flatMap((each) => each.seen())
  return { engine, record, seen, problems: named(wrong) }
}

function observed(checked: readonly CheckedRun[]): readonly ObservedRun[] {
  return checked.flatMap(({ engine, record, seen }) =>
    record === undefined ? [] : [{ engine, record, seen }],
  )
}

/** Whether an engine refuses what a plan needs, by name. */
export function isRefused(engine: EngineName, dataflow: Dataflow): boolean {
  try {
    checkSupport(engine, dataflow)
    return false
  } catch (error) {
    if (error instanceof PlanError) return true
    throw error
  }
}
