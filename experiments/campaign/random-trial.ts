/**
 * A random trial: a plan, lines, a schedule, a cut, kills, as plain data; and what is wrong with it when both engines run it.
 *
 * Each run is compared with the interpreter, and while it goes on the engine's own invariants are checked
 * (`engines/core/conformance/checked-engine.ts`). States are frozen: a step that changes one is found.
 */
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { type RandomPlan, randomPlanNamed } from '../../engines/core/conformance/random-plan.ts'
import { boundedSteps, type Scenario, trialOf } from '../../engines/core/conformance/scenario.ts'
import { problemsOf, truthOf } from '../../engines/core/conformance/truth.ts'
import { PlanError } from '../../engines/core/errors.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { commonPeriod } from '../../engines/core/plan/duration.ts'
import { checkSupport, type EngineName } from '../../engines/core/plan/operator-support.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import { simulate } from '../../engines/core/world/simulated/simulation.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { withFrozenStates } from './frozen-states.ts'
import { type Sighting, seenIn } from './sometimes.ts'

export interface Cut {
  readonly workers: number
  readonly partitions: number
  readonly tickMs: number
  readonly rate: number
  readonly seed: number
  readonly kernels: 'columns' | 'plain'
  readonly keepRows: boolean
  readonly replacement: 'respawn' | 'survivors'
  readonly accumulation: 'none' | 'local' | 'global' | 'both'
  readonly flushMs: number
  readonly checkpointTicks: number
  readonly batchesInFlightMax: number
  readonly blockStoreBytesMax: number
  /** Of each process's memory. */
  readonly regionKib: number
  /** Of the network. */
  readonly latencyUs: number
}

export interface RandomTrial {
  readonly plan: RandomPlan
  readonly lines: readonly string[]
  readonly cut: Cut
  /** Kills as drawn: by whom, and when in parts of a thousand; `killsOf` makes them survivable. */
  readonly kills: readonly { readonly worker: number; readonly at: number }[]
}

export interface TrialFindings {
  /** All that is wrong, in words. */
  readonly problems: readonly string[]
  /** Engines that refuse the plan by name, as `operator-support.ts` says. */
  readonly excused: readonly EngineName[]
  readonly seen: readonly Sighting[]
}

/** A run comes back from a kill within this, so that one worker is always there to see the others die. */
const RECOVERED = milliseconds(800)

/** Somebody must live: a kill that would leave nobody, now or for good, is left out. */
function killsOf({ cut, kills }: RandomTrial, duration: number): readonly Fault[] {
  const { workers, replacement } = cut
  const faults: Fault[] = []
  if (workers === 1) return faults
  for (const kill of kills) {
    const process = kill.worker % workers
    const at = Math.round((duration * kill.at) / 1_000)
    const others = faults.filter((fault) => fault.process !== process)
    const near =
      replacement === 'survivors'
        ? others
        : others.filter((fault) => Math.abs(fault.at - at) < RECOVERED)
    if (new Set(near.map((fault) => fault.process)).size + 1 >= workers) continue
    if (replacement === 'survivors' && others.length < faults.length) continue
    faults.push({ kind: 'kill', process, at })
  }
  return faults
}

/** The shortest input of at least this length that ends with all periods of the plan. */
const INPUT_MIN = milliseconds(1_600)

export async function scenarioOf(trial: RandomTrial): Promise<Scenario> {
  const { cut } = trial
  const plan = randomPlanNamed(trial.plan)
  const { dataflow } = await builtPlan(plan)
  let multiple = dataflow.interval
  for (const { period } of dataflow.operators) {
    if (period !== 'tick') multiple = (multiple / commonPeriod(multiple, period)) * period
  }
  const duration = Math.ceil(INPUT_MIN / multiple) * multiple
  const tick = milliseconds(cut.tickMs)
  const { workers, partitions, seed, kernels, keepRows, replacement, accumulation } = cut
  const checkpointInterval = cut.checkpointTicks * tick
  return {
    plan,
    lines: trial.lines,
    faults: killsOf(trial, duration),
    config: {
      workers,
      partitions,
      tick,
      seed,
      kernels,
      keepRows,
      replacement,
      input: { rate: cut.rate, duration },
      timely: { accumulation, flushInterval: milliseconds(cut.flushMs), checkpointInterval },
      dstream: {
        checkpointInterval,
        batchesInFlightMax: cut.batchesInFlightMax,
        blockStoreBytesMax: cut.blockStoreBytesMax,
      },
    },
    options: {
      regionBytes: cut.regionKib * 1024,
      network: { ...NETWORK, latency: cut.latencyUs * 1_000 },
    },
  }
}

/** Errors: those of a plan that cannot be built, which no plan may be. */
export async function runRandomTrial(random: RandomTrial): Promise<TrialFindings> {
  const scenario = await scenarioOf(random)
  const problems: string[] = []
  const excused: EngineName[] = []
  const records: RunRecord[] = []
  for (const engine of ENGINES) {
    const trial = trialOf(engine, scenario)
    const { dataflow } = await builtPlan(trial.config.plan)
    if (isExcused(engine, dataflow)) {
      excused.push(engine)
      continue
    }
    const { record, left } = await checkedRun(trial, dataflow, scenario)
    if (record !== undefined) records.push(record)
    const found = record === undefined ? left : [...(await problemsOf(trial, record)), ...left]
    problems.push(...found.map((problem) => `${engine}: ${problem}`))
  }
  const truth = await truthOf(trialOf('timely', scenario))
  return { problems, excused, seen: seenIn({ random, truth, records }) }
}

async function checkedRun(
  trial: Trial,
  dataflow: Dataflow,
  { options }: Scenario,
): Promise<{ readonly record?: RunRecord; readonly left: readonly string[] }> {
  const { engine, drained, left } = await checkedEngineOf(trial.config.engine)
  try {
    const subject = { engine, dataflow: withFrozenStates(dataflow) }
    const afterStep = boundedSteps()
    const record = simulate(trial, subject, { ...options, afterStep, drained })
    return { record, left: record.outcome === 'completed' && !drained() ? left() : [] }
  } catch (error) {
    return { left: [`threw ${error instanceof Error ? error.message : String(error)}`] }
  }
}

function isExcused(engine: EngineName, dataflow: Dataflow): boolean {
  try {
    checkSupport(engine, dataflow)
    return false
  } catch (error) {
    if (error instanceof PlanError) return true
    throw error
  }
}
