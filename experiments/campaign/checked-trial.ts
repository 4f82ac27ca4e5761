/** Runs a random trial, with every check there is, and says what is wrong. */
import { answerProblems, wrongAnswers } from '../../engines/core/conformance/answer-truth.ts'
import { answerProblemsOf } from '../../engines/core/conformance/bounded-trial.ts'
import type { InnerSighting } from '../../engines/core/conformance/checked-engine.ts'
import { checkedSystem } from '../../engines/core/conformance/checked-system.ts'
import { earlyCommits } from '../../engines/core/conformance/saved-truth.ts'
import { eventsOf, type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { problemsOf, truthOf, wrongCommits } from '../../engines/core/conformance/truth.ts'
import { HarnessError } from '../../engines/core/errors.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { checkedEngineOf } from '../../engines/index.ts'
import { coverageOf } from './coverage.ts'
import { withFrozenStates } from './frozen-states.ts'
import { hitsOf } from './hits.ts'
import { hitsInFlight } from './in-flight.ts'
import { type PlannedRun, plannedTrial } from './planned-trial.ts'
import type { RandomTrial } from './random-trial.ts'
import type { Shape } from './shape.ts'
import { type ObservedRun, type Sighting, seenIn } from './sometimes.ts'
import { mayBeSuspected } from './survival.ts'

export interface TrialFindings {
  /** All that is wrong, in words. */
  readonly problems: readonly string[]
  readonly coverage: string
  readonly seen: readonly Sighting[]
  readonly shape: Shape
}

interface Performed {
  readonly record: RunRecord
  readonly seen: readonly InnerSighting[]
  /** What the run has not given back. */
  readonly left: readonly string[]
}

interface CheckedRun {
  readonly problems: readonly string[]
  readonly observed?: ObservedRun
}

/** One trial of so many is run twice: equal seeds, equal traces. */
const REPEATED_OF = 16

/**
 * Each run must end in a way that its faults leave to it (`survival.ts`), and whatever it has committed is compared with the
 * interpreter. While it goes on the engine's own invariants are checked (`engines/core/conformance/checked-engine.ts`). States are
 * frozen: a step that changes one is found.
 *
 * Errors: those of a plan that cannot be built, which no plan may be.
 */
export async function runRandomTrial(random: RandomTrial): Promise<TrialFindings> {
  const { scenario, dataflow, runs } = await plannedTrial(random)
  const isRepeated = random.cut.seed % REPEATED_OF === 1
  const checked: CheckedRun[] = []
  for (const run of runs) checked.push(await checkedRun(run, { scenario, dataflow, isRepeated }))
  const observed = checked.flatMap((each) => each.observed ?? [])
  const truth = await truthOf(trialOf('timely', scenario))
  const { workers, tick, input } = runs[0]!.trial.config
  return {
    problems: checked.flatMap(({ problems }) => problems),
    coverage: coverageOf(runs),
    seen: seenIn({ random, dataflow, truth, runs: observed }),
    shape: {
      nodes: workers,
      ticks: input.duration / tick,
      'hits in flight': observed.reduce(
        (hits, { planned, record }) => hits + hitsInFlight(planned.trial, record),
        0,
      ),
    },
  }
}

interface Checking {
  readonly scenario: Scenario
  readonly dataflow: Dataflow
  readonly isRepeated: boolean
}

async function checkedRun(planned: PlannedRun, checking: Checking): Promise<CheckedRun> {
  const { setup, form } = planned
  const named = (problems: readonly string[]) =>
    problems.map((problem) => `${setup.engine}, ${setup.mode}, ${form}: ${problem}`)
  let performed: Performed
  const problems: string[] = []
  try {
    performed = await perform(planned, checking.scenario)
    if (checking.isRepeated) {
      const { record } = await perform(planned, checking.scenario)
      if (record.traceHash !== performed.record.traceHash) problems.push('the trace is another one')
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { problems: named([`threw ${message}`]) }
  }
  const { record, seen } = performed
  problems.push(...(await wrongEnd(planned, performed, checking.dataflow)))
  problems.push(...wrongSuspicions(planned, record))
  const hits = hitsOf(planned.trial.faults, record.history)
  return { problems: named(problems), observed: { planned, record, hits, seen } }
}

/** Static data is computed by a run of its own before, which is checked as well. */
async function perform({ trial }: PlannedRun, { options }: Scenario): Promise<Performed> {
  const { system, left, checked } = checkedSystem(checkedEngineOf, {
    ...options,
    changed: withFrozenStates,
  })
  const record = await system.run(trial)
  return { record, left, seen: checked.flatMap((each) => each.seen()) }
}

/** Of a run that was to go on, all of it; of one that had to end, or did since it might, what it has committed. */
async function wrongEnd(
  { trial, form, endings }: PlannedRun,
  { record, left }: Performed,
  dataflow: Dataflow,
): Promise<readonly string[]> {
  const ending = endingOf(record)
  const may: readonly string[] = endings
  const wrong: string[] = []
  if (!may.includes(ending)) {
    const why = record.error === undefined ? '' : ` (${record.error.message})`
    wrong.push(`it ended with ${ending}${why}, and may with ${endings.join(' or ')}`)
  }
  if (record.outcome !== 'completed') {
    const run = { config: trial.config, record }
    return [...wrong, ...(await wrongCommits(trial, record)), ...earlyCommits(dataflow, run)]
  }
  wrong.push(...(await problemsOf(trial, record)))
  // Nothing is given back by who is never heard, nor is there an answer from him.
  const mayStall = may.includes('deadline')
  if (form === 'whole') wrong.push(...(await answerProblemsOf(trial, record)))
  else wrong.push(...(await (mayStall ? wrongAnswers : answerProblems)(trial, record)))
  return mayStall ? wrong : [...wrong, ...left]
}

function endingOf({ outcome, error }: RunRecord): string {
  if (outcome === 'completed') return 'completed'
  return error instanceof HarnessError ? error.code : outcome
}

/** Who lives and is heard is not taken for dead. */
function wrongSuspicions({ harm }: PlannedRun, record: RunRecord): readonly string[] {
  const suspected = eventsOf(record, 'worker-suspected').map(({ fields }) => Number(fields.worker))
  return [...new Set(suspected)]
    .filter((worker) => !mayBeSuspected(harm, worker))
    .map((worker) => `worker ${worker} was suspected, and nothing had silenced it`)
}
