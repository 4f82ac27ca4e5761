/**
 * A random trial: a plan, its records, a schedule, a cut, kills, queries, as plain data; and what it stands for: a scenario of a
 * stream, and, of a plan with a loop that runs as jobs, one over its records as a whole.
 */
import { boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { type RandomPlan, randomPlanNamed } from '../../engines/core/conformance/random-plan.ts'
import type { Scenario } from '../../engines/core/conformance/scenario.ts'
import type { KillFault } from '../../engines/core/faults/fault.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { commonPeriod } from '../../engines/core/plan/duration.ts'
import { type EngineName, runs } from '../../engines/core/plan/operator-support.ts'
import type { Query } from '../../engines/core/queries/query.ts'
import type { Trial } from '../../engines/core/system.ts'
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import type { SimulationOptions } from '../../engines/core/world/simulated/simulation-options.ts'

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
  /** In their place, of a plan that reads pairs. */
  readonly pairs?: readonly (readonly [number, number])[]
  readonly cut: Cut
  /** Kills as drawn: by whom, and when in parts of a thousand; `killsOf` makes them survivable. */
  readonly kills: readonly { readonly worker: number; readonly at: number }[]
  /** Questions as drawn, for an engine that answers; `queriesOf` makes them of the plan's tables. */
  readonly queries?: readonly DrawnQuery[]
}

export interface DrawnQuery {
  readonly table: number
  /** In parts of a thousand. */
  readonly at: number
  readonly want: Query['want']
  /** Asked once, or once a tick and some ms; or for so many versions around its instant. */
  readonly how: 'once' | 'again' | { readonly versions: number }
}

/** A run comes back from a kill within this, so that one worker is always there to see the others die. */
const RECOVERED = milliseconds(800)

interface Stretch {
  readonly from: Nanos
  readonly length: Nanos
}

type TimedKill = KillFault & { readonly at: Nanos }

/** Somebody must live: a kill that would leave nobody, now or for good, is left out. */
function killsOf({ cut, kills }: RandomTrial, { from, length }: Stretch): readonly TimedKill[] {
  const { workers, replacement } = cut
  const faults: TimedKill[] = []
  if (workers === 1) return faults
  for (const kill of kills) {
    const process = kill.worker % workers
    const at = from + Math.round((length * kill.at) / 1_000)
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

function queriesOf(
  { cut, queries = [] }: RandomTrial,
  { tables, operators }: Dataflow,
  duration: number,
): readonly Query[] {
  if (tables.length === 0) return []
  const tick = milliseconds(cut.tickMs)
  return queries.map(({ table, at: share, want, how }) => {
    const { name, operator } = tables[table % tables.length]!
    const at = Math.floor((duration * share) / 1_000)
    if (how === 'once') return { of: name, want, at }
    if (how === 'again') return { of: name, want, at, every: tick + milliseconds(7) }
    const { period } = operators[operator]!
    const step = period === 'tick' ? tick : period
    const from = Math.max(1, Math.floor(at / step) - 1) * step
    const to = Math.min(from + how.versions * step, duration)
    return { of: name, want, at, slice: { from, to } }
  })
}

type Links = Pick<SimulationOptions, 'lossless' | 'linkBytesMax'>

/** Of a link that is full now and then. */
const TIGHT_BYTES = 4_096

/**
 * Half of the trials run over links like those of threads, some of them with little room. Drawn from the seed, of which the last
 * bit says what is saved: a trial that was found earlier is still the same plan, cut and kills.
 */
export function linksOf({ seed }: Pick<Cut, 'seed'>): Links {
  const lossless = (seed & 2) !== 0
  const isTight = lossless && (seed & 4) !== 0
  return { lossless, linkBytesMax: isTight ? TIGHT_BYTES : Number.POSITIVE_INFINITY }
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
    ...(trial.plan.format === 'u32x2' ? { pairs: trial.pairs ?? [] } : { lines: trial.lines }),
    faults: killsOf(trial, { from: 0, length: duration }),
    queries: queriesOf(trial, dataflow, duration),
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
      ...linksOf(cut),
    },
  }
}

/** How long the rounds of a small input go on: each takes some messages. */
const lengthOfRounds = ({ latencyUs }: Cut): Nanos => milliseconds(10) + 30 * latencyUs * 1_000

/**
 * The trial over its records as a whole, of a plan that runs as jobs (`input/bounded-config.ts`): a job for each round on an
 * engine that has no loops. Kills come while the rounds go on.
 */
export async function boundedTrial(engine: EngineName, random: RandomTrial): Promise<Trial> {
  const { config, ...scenario } = await scenarioOf(random)
  const dstream = {
    ...config?.dstream,
    ...(!runs(engine, { need: 'loops' }) && { iterationsAsJobs: true as const }),
  }
  const whole = { ...scenario, config: { ...config, dstream }, faults: [], queries: [] }
  const trial = await boundedTrialOf(engine, whole)
  const rounds = { from: trial.config.input.duration, length: lengthOfRounds(random.cut) }
  return { ...trial, faults: killsOf(random, rounds) }
}
