/** Runs a random trial on both engines, with every check there is, and says what is wrong. */
import { answerProblems } from '../../engines/core/conformance/answer-truth.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { checkedSystem } from '../../engines/core/conformance/checked-system.ts'
import { type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { problemsOf, truthOf } from '../../engines/core/conformance/truth.ts'
import { PlanError } from '../../engines/core/errors.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { checkSupport, type EngineName, runs } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { withFrozenStates } from './frozen-states.ts'
import { type RandomTrial, scenarioOf } from './random-trial.ts'
import { type Sighting, seenIn } from './sometimes.ts'

export interface TrialFindings {
  /** All that is wrong, in words. */
  readonly problems: readonly string[]
  /** Engines that refuse the plan by name, as `operator-support.ts` says. */
  readonly excused: readonly EngineName[]
  readonly seen: readonly Sighting[]
}

/**
 * Each run is compared with the interpreter, and while it goes on the engine's own invariants are checked
 * (`engines/core/conformance/checked-engine.ts`). States are frozen: a step that changes one is found.
 *
 * Errors: those of a plan that cannot be built, which no plan may be.
 */
export async function runRandomTrial(random: RandomTrial): Promise<TrialFindings> {
  const scenario = await scenarioOf(random)
  const problems: string[] = []
  const excused: EngineName[] = []
  const records: RunRecord[] = []
  for (const engine of ENGINES) {
    const trial = askedTrial(engine, scenario)
    const { dataflow } = await builtPlan(trial.config.plan)
    if (isExcused(engine, dataflow)) {
      excused.push(engine)
      continue
    }
    const { record, left } = await checkedRun(trial, scenario)
    if (record !== undefined) records.push(record)
    const found = record === undefined ? left : [...(await wrongIn(trial, record)), ...left]
    problems.push(...found.map((problem) => `${engine}: ${problem}`))
  }
  const truth = await truthOf(trialOf('timely', scenario))
  return { problems, excused, seen: seenIn({ random, truth, records }) }
}

/** Only an engine that answers is asked. */
function askedTrial(engine: EngineName, { queries, ...scenario }: Scenario): Trial {
  const answers = runs(engine, { need: 'queries' })
  return trialOf(engine, { ...scenario, ...(answers && queries ? { queries } : {}) })
}

async function wrongIn(trial: Trial, record: RunRecord): Promise<readonly string[]> {
  const wrong = await problemsOf(trial, record)
  return record.outcome === 'completed'
    ? [...wrong, ...(await answerProblems(trial, record))]
    : wrong
}

/** Static data is computed by a run of its own before, which is checked as well. */
async function checkedRun(
  trial: Trial,
  { options }: Scenario,
): Promise<{ readonly record?: RunRecord; readonly left: readonly string[] }> {
  const { system, left } = checkedSystem(checkedEngineOf, { ...options, changed: withFrozenStates })
  try {
    return { record: await system.run(trial), left }
  } catch (error) {
    return { left: [...left, `threw ${error instanceof Error ? error.message : String(error)}`] }
  }
}

/** Whether an engine refuses what a plan needs, by name. */
export function isExcused(engine: EngineName, dataflow: Dataflow): boolean {
  try {
    checkSupport(engine, dataflow)
    return false
  } catch (error) {
    if (error instanceof PlanError) return true
    throw error
  }
}
