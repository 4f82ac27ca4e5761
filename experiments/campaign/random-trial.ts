/** A random trial: a plan, lines, a schedule, a cut, kills, as plain data; and the scenario that it stands for. */
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { type RandomPlan, randomPlanNamed } from '../../engines/core/conformance/random-plan.ts'
import type { Scenario } from '../../engines/core/conformance/scenario.ts'
import type { Fault } from '../../engines/core/faults/fault.ts'
import { commonPeriod } from '../../engines/core/plan/duration.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'

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
      saveAll: seed % 2 === 0,
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
