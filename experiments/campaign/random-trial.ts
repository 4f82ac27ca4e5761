/**
 * A random trial as plain data: what runs it, a fault plan, records, a plan, a cut, queries; and the scenario that it is as a
 * stream. `planned-trial.ts` makes runs of it.
 */
import { builtPlan } from '../../engines/core/conformance/built-plan.ts'
import { type RandomPlan, randomPlanNamed } from '../../engines/core/conformance/random-plan.ts'
import type { Scenario } from '../../engines/core/conformance/scenario.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { commonPeriod } from '../../engines/core/plan/duration.ts'
import type { Query } from '../../engines/core/queries/query.ts'
import type { Ingest } from '../../engines/core/run-config.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import type { SimulationOptions } from '../../engines/core/world/simulated/simulation-options.ts'
import type { DrawnFault } from './drawn-faults.ts'
import type { DrawnResize } from './drawn-resize.ts'
import { configOfSetup, type Setup } from './recovery-modes.ts'

export interface Cut {
  readonly workers: number
  readonly partitions: number
  readonly tickMs: number
  readonly rate: number
  readonly seed: number
  readonly ingest: Ingest
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

/** What comes first is shrunk first: few faults, then few records. */
export interface RandomTrial {
  readonly faults: readonly DrawnFault[]
  readonly lines: readonly string[]
  /** In their place, of a plan that reads pairs. */
  readonly pairs?: readonly (readonly [number, number])[]
  readonly plan: RandomPlan
  /** What runs it, or, where that refuses its plan, `planned-trial.ts` says what. */
  readonly setup: Setup
  readonly cut: Cut
  /** Questions as drawn, for an engine that answers; `queriesOf` makes them of the plan's tables. */
  readonly queries?: readonly DrawnQuery[]
  /** Workers that join and leave, where what runs it takes that. */
  readonly resize?: DrawnResize | undefined
}

export interface DrawnQuery {
  readonly table: number
  /** In parts of a thousand. */
  readonly at: number
  readonly want: Query['want']
  /** Asked once, or once a tick and some ms; or for so many versions around its instant. */
  readonly how: 'once' | 'again' | { readonly versions: number }
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

/** A step of a machine on which others are felt: of one that is quick they are not, as so small an input leaves it idle. */
const STEP_OF_SLOW = 200_000

/** One trial in four runs on such a machine. Drawn from the seed like its links. */
function machineOf({ seed }: Pick<Cut, 'seed'>): Pick<SimulationOptions, 'costs'> {
  const isSlow = (seed & 24) === 24
  return { costs: isSlow ? { ...NOMINAL_COSTS, stepNs: STEP_OF_SLOW } : NOMINAL_COSTS }
}

/** The shortest input of at least this length that ends with all periods of the plan. */
const INPUT_MIN = milliseconds(2_000)

/** Without its faults. `setup` is another one in place of its own. */
export async function scenarioOf(trial: RandomTrial, setup = trial.setup): Promise<Scenario> {
  const { cut } = trial
  const plan = randomPlanNamed(trial.plan)
  const { dataflow } = await builtPlan(plan)
  let multiple = dataflow.interval
  for (const { period } of dataflow.operators) {
    if (period !== 'tick') multiple = (multiple / commonPeriod(multiple, period)) * period
  }
  const duration = Math.ceil(INPUT_MIN / multiple) * multiple
  const tick = milliseconds(cut.tickMs)
  const { workers, partitions, seed, ingest, kernels, keepRows, replacement, accumulation } = cut
  const checkpointInterval = cut.checkpointTicks * tick
  const mode = configOfSetup(setup)
  return {
    plan,
    ...(trial.plan.format === 'u32x2' ? { pairs: trial.pairs ?? [] } : { lines: trial.lines }),
    queries: queriesOf(trial, dataflow, duration),
    config: {
      workers,
      partitions,
      tick,
      seed,
      ingest,
      kernels,
      keepRows,
      saveAll: seed % 2 === 0,
      replacement,
      input: { rate: cut.rate, duration },
      timely: {
        accumulation,
        flushInterval: milliseconds(cut.flushMs),
        checkpointInterval,
        ...mode.timely,
      },
      dstream: {
        checkpointInterval,
        batchesInFlightMax: cut.batchesInFlightMax,
        blockStoreBytesMax: cut.blockStoreBytesMax,
        ...mode.dstream,
      },
    },
    options: {
      regionBytes: cut.regionKib * 1024,
      network: { ...NETWORK, latency: cut.latencyUs * 1_000 },
      ...linksOf(cut),
      ...machineOf(cut),
    },
  }
}
