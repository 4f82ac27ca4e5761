/**
 * The runs that a random trial stands for, with the fault plan of each, and how each may end.
 *
 * It is run as a stream by the engine and mode that were drawn. A plan with a loop is no stream for the D-Stream engine: if it may,
 * that runs it over its records as a whole, with a job for each round; the timely engine does both. What a setup refuses in any
 * form the plain one runs in its place. Then the other engine runs the same plan over the same records, cut alike, in its plain
 * mode and without a fault, if it can in any form: so nearly every plan is run to its end, and on both.
 */
import { boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { ConfigurationError, PlanError } from '../../engines/core/errors.ts'
import type { FaultRun } from '../../engines/core/faults/fault-run.ts'
import { runsAsJobs } from '../../engines/core/input/bounded-config.ts'
import { tickLogOf } from '../../engines/core/input/tick-log.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { runs } from '../../engines/core/plan/operator-support.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { Trial } from '../../engines/core/system.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { engineOf } from '../../engines/index.ts'
import { takesCheckpoints } from '../runner/trial-rows.ts'
import { plannedFaults, racksOf } from './drawn-faults.ts'
import { alwaysThere, leaverFault, plannedResize } from './drawn-resize.ts'
import { type Harm, harmOf } from './harm.ts'
import { type Cut, type RandomTrial, scenarioOf } from './random-trial.ts'
import { PLAIN_SETUPS, replicasOf, type Setup, survives } from './recovery-modes.ts'
import { type Ending, endingsOf, type SurvivalRun } from './survival.ts'

export type RunForm = 'stream' | 'whole'

export interface PlannedRun {
  readonly setup: Setup
  readonly form: RunForm
  readonly trial: Trial
  /** Its fault plan, as a user writes it. */
  readonly lines: readonly string[]
  readonly harm: Harm
  readonly endings: readonly Ending[]
}

export interface PlannedTrial {
  /** As a stream. */
  readonly scenario: Scenario
  readonly dataflow: Dataflow
  readonly runs: readonly PlannedRun[]
}

/** Of a run after its input: a batch takes some messages one after the other, and each of them may be late to the end of the run. */
const GRACE = seconds(60)
/** Where nothing has an end there is nothing to wait for. */
const GRACE_FOREVER = seconds(3)

/** Errors: those of a plan that cannot be built, which no plan may be. */
export async function plannedTrial(random: RandomTrial): Promise<PlannedTrial> {
  const drawn = await scenarioOf(random)
  const { plan, dataflow } = await builtPlan(drawn.plan)
  const asJobs = runsAsJobs(plan)
  const { scenario, runs } = await drawnRuns(random, drawn, { dataflow, asJobs })
  const other = await otherRun(random, runs[0]!.setup, { dataflow, asJobs })
  return { scenario, dataflow, runs: other === undefined ? runs : [...runs, other] }
}

interface BuiltPlan {
  readonly dataflow: Dataflow
  /** Whether its loop may be run as jobs. */
  readonly asJobs: boolean
}

async function drawnRuns(
  random: RandomTrial,
  drawn: Scenario,
  { dataflow, asJobs }: BuiltPlan,
): Promise<Omit<PlannedTrial, 'dataflow'>> {
  const { setup } = random
  const isRefused = await refuses(setup, drawn, dataflow)
  if (isRefused && setup.engine === 'dstream' && asJobs) {
    return { scenario: drawn, runs: [await whole(random, setup, drawn)] }
  }
  const running = isRefused ? PLAIN_SETUPS.timely : setup
  const scenario = isRefused ? await scenarioOf(random, running) : drawn
  const planned = [
    await stream(random, running, await changing(random, { running, scenario, dataflow })),
  ]
  if (asJobs) planned.push(await whole(random, running, scenario))
  return { scenario, runs: planned }
}

/** None of a plan that the other engine refuses in every form. */
async function otherRun(
  random: RandomTrial,
  { engine }: Setup,
  { dataflow, asJobs }: BuiltPlan,
): Promise<PlannedRun | undefined> {
  const setup = PLAIN_SETUPS[engine === 'timely' ? 'dstream' : 'timely']
  const calm = { ...random, faults: [] }
  const scenario = await scenarioOf(calm, setup)
  if (asJobs) return whole(calm, setup, scenario)
  return (await refuses(setup, scenario, dataflow)) ? undefined : stream(calm, setup, scenario)
}

/** Whether a setup refuses a plan or its cut, by name. */
async function refuses(
  { engine }: Pick<Setup, 'engine'>,
  scenario: Scenario,
  dataflow: Dataflow,
): Promise<boolean> {
  try {
    const found = await engineOf(engine)
    found.check(trialOf(engine, scenario).config, dataflow)
    return false
  } catch (error) {
    if (error instanceof PlanError || error instanceof ConfigurationError) return true
    throw error
  }
}

/** The scenario with workers that join and leave, where those are drawn and what runs it takes them. */
async function changing(
  { resize: drawn }: Pick<RandomTrial, 'resize'>,
  run: { readonly running: Setup; readonly scenario: Scenario; readonly dataflow: Dataflow },
): Promise<Scenario> {
  const { running, scenario, dataflow } = run
  const resize = drawn && plannedResize(drawn, trialOf(running.engine, scenario).config)
  if (resize === undefined) return scenario
  const changed = { ...scenario, config: { ...scenario.config, resize } }
  return (await refuses(running, changed, dataflow)) ? scenario : changed
}

/** Only an engine that answers is asked. */
async function stream(
  random: RandomTrial,
  setup: Setup,
  { queries, ...scenario }: Scenario,
): Promise<PlannedRun> {
  const answers = runs(setup.engine, { need: 'queries' })
  const trial = trialOf(setup.engine, { ...scenario, ...(answers && queries ? { queries } : {}) })
  return planned(random, { setup, form: 'stream', trial }, trial.config.input.duration)
}

/** Over its records as a whole. Faults come while the rounds go on. */
async function whole(
  random: RandomTrial,
  setup: Setup,
  { config, ...scenario }: Scenario,
): Promise<PlannedRun> {
  const { engine } = setup
  const dstream = {
    ...config?.dstream,
    ...(!runs(engine, { need: 'loops' }) && { iterationsAsJobs: true as const }),
  }
  const trial = await boundedTrialOf(engine, {
    ...scenario,
    config: { ...config, ingest: 'log', dstream },
    queries: [],
  })
  const end = trial.config.input.duration + lengthOfRounds(random.cut)
  return planned(random, { setup, form: 'whole', trial }, end)
}

/** How long the rounds of a small input go on: each takes some messages. */
function lengthOfRounds({ latencyUs }: Cut): Nanos {
  return milliseconds(10) + 30 * latencyUs * 1_000
}

async function planned(
  { faults: drawn, resize, cut }: RandomTrial,
  run: Pick<PlannedRun, 'setup' | 'form' | 'trial'>,
  end: Nanos,
): Promise<PlannedRun> {
  const { setup, form } = run
  const trial = { ...run.trial, deadline: run.trial.config.input.duration + GRACE }
  const faultRun = await faultRunOf(trial, end)
  const { config } = trial
  const hit = resize && config.resize && leaverFault(resize, config.resize, faultRun)
  const { lines, faults } = plannedFaults(hit === undefined ? drawn : [...drawn, hit], faultRun)
  const survivalRun: SurvivalRun = {
    ...faultRun,
    present: alwaysThere(config),
    detector: config.detector,
    latency: cut.latencyUs * 1_000,
    survives: survives(setup),
    replicas: replicasOf(setup),
    isStream: form === 'stream',
  }
  const endings = endingsOf(survivalRun, faults)
  const deadline = endings.includes('deadline') ? end + GRACE_FOREVER : trial.deadline
  const harm = harmOf(faults, survivalRun)
  return { ...run, trial: { ...trial, faults, deadline }, lines, harm, endings }
}

/** What a fault plan has to know of a run: `end`, up to when faults may begin. */
async function faultRunOf(
  { config, deadline }: Trial,
  end: Nanos,
): Promise<FaultRun & { readonly end: Nanos }> {
  const { engine, plan, workers, replacement, seed, ingest = 'log', input } = config
  const { dataflow } = await builtPlan(plan)
  return {
    engine,
    world: 'simulated',
    workers,
    engineProcesses: (await engineOf(engine)).processes(config),
    ingest,
    replacement,
    hasCheckpoints: takesCheckpoints(config),
    ticks: tickLogOf(config, dataflow),
    start: clockStart(input),
    end,
    deadline,
    ...racksOf(config),
    seed,
  }
}
