/**
 * A scenario: a plan on an input under a configuration, perhaps with faults, that any engine can be asked to run.
 *
 * A *subject* is an engine in a world. Suites take one and register tests; the files that bind them to engines lie where
 * the layers allow (`experiments/conformance/`).
 */
import type { FaultPlan } from '../faults/fault.ts'
import { poolBytesOf, poolOfPairs } from '../input/pool.ts'
import type { NamedPlan } from '../plan/plan.ts'
import type { Query } from '../queries/query.ts'
import type { Resize, RunConfig } from '../run-config.ts'
import { withStatics } from '../statics/with-statics.ts'
import type { RunRecord, System, Trial } from '../system.ts'
import { milliseconds, seconds } from '../units.ts'
import type { SimulationOptions } from '../world/simulated/simulation-options.ts'

export const LINES = [
  'the river rises in the night',
  'a gauge in the river',
  'Night after night the water comes',
  'water under the bridge',
  '',
  'the bridge over the river',
  'and nobody counts',
  'a straße by the river',
  'two boats under a bridge by night',
  'river river river',
] as const

/** Records of the static inputs of plans, by URL: a word and what it is, some words twice and some that never come. */
export const STATIC_LINES: Readonly<Record<string, readonly string[]>> = {
  'input:kinds': [
    'river water',
    'water water',
    'bridge stone',
    'bridge wood',
    'night time',
    'gauge tool',
    'straße stone',
    'a letter',
    'b letter',
    'ford stone',
    'river water',
    '\udce9 byte',
  ],
}

/** Intervals of simulated runs: four ticks each. */
export const INTERVAL_MS = 400
export const TICK = milliseconds(100)

/** Few records, in two ticks an interval. Of runs of all operators at once: one costs as much as twenty others. */
export const SPARSE = {
  tick: milliseconds(200),
  input: { rate: 60, duration: milliseconds(2_400) },
} as const

export type ConfigChanges = Partial<Omit<RunConfig, 'timely' | 'dstream' | 'plan' | 'engine'>> & {
  readonly timely?: Partial<RunConfig['timely']>
  readonly dstream?: Partial<RunConfig['dstream']>
}

export interface Scenario {
  readonly plan: NamedPlan
  readonly config?: ConfigChanges
  readonly faults?: FaultPlan
  readonly queries?: readonly Query[]
  readonly lines?: readonly string[]
  /** Pairs of integers in place of lines. */
  readonly pairs?: readonly (readonly [number, number])[]
  /** Of static inputs, by URL. */
  readonly statics?: Readonly<Record<string, readonly string[]>>
  /** Only in the simulated world. */
  readonly options?: Partial<SimulationOptions>
}

export interface Subject {
  readonly engine: RunConfig['engine']
  readonly world: 'threads' | 'simulated'
  run(trial: Trial, options?: Partial<SimulationOptions>): Promise<RunRecord>
}

/** So many workers at first, and so many from each of these instants on. */
export function resizing(
  from: number,
  ...steps: readonly (readonly [ms: number, workers: number])[]
): Resize {
  return { from, steps: steps.map(([ms, workers]) => ({ at: milliseconds(ms), workers })) }
}

/** What a scenario's configuration is where it says nothing. Short, and able to survive a kill. */
export function configOf(engine: RunConfig['engine'], scenario: Scenario): RunConfig {
  const { timely, dstream, ...rest } = scenario.config ?? {}
  return {
    engine,
    plan: scenario.plan,
    workers: 2,
    partitions: 5,
    tick: TICK,
    input: { rate: 150, duration: milliseconds(2400) },
    seed: 1,
    kernels: 'columns',
    keepRows: false,
    digests: true,
    replacement: 'respawn',
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
    timely: {
      recovery: 'checkpoint',
      checkpointInterval: milliseconds(400),
      accumulation: 'local',
      flushInterval: milliseconds(20),
      ...timely,
    },
    dstream: {
      checkpointInterval: milliseconds(400),
      batchesInFlightMax: 3,
      blockStoreBytesMax: 1024 * 1024,
      ...dstream,
    },
    ...rest,
  }
}

export function trialOf(engine: RunConfig['engine'], scenario: Scenario): Trial {
  const config = configOf(engine, scenario)
  const statics = Object.entries(scenario.statics ?? STATIC_LINES)
  return {
    config,
    pool: scenario.pairs
      ? poolOfPairs(scenario.pairs.flat())
      : poolBytesOf(scenario.lines ?? LINES),
    staticInputs: Object.fromEntries(statics.map(([url, lines]) => [url, poolBytesOf(lines)])),
    faults: scenario.faults ?? [],
    ...(scenario.queries ? { queries: scenario.queries } : {}),
    deadline: config.input.duration + seconds(20),
  }
}

/** Regions of what these runs need; to clear and poison more is most of what a short run costs. */
export const REGION_BYTES = 4 * 1024 * 1024

/** A run of seconds takes some thousand steps a process; a process that spins takes more. */
const STEPS_MAX = 200_000

/** Called after each step: a run that spins ends. */
export function boundedSteps(): (now: number) => void {
  let steps = 0
  return (now) => {
    steps += 1
    if (steps > STEPS_MAX) throw new Error(`${STEPS_MAX} steps, and it is only ${now} ns`)
  }
}

export function threadsSubject(engine: RunConfig['engine'], system: System): Subject {
  const whole = withStatics(system)
  return { engine, world: 'threads', run: (trial) => whole.run(trial) }
}

export function counterOf(record: RunRecord, counter: string): number {
  return record.processes.reduce((total, { counters }) => total + (counters[counter] ?? 0), 0)
}

export function eventsOf(record: RunRecord, event: string) {
  return record.history.filter((entry) => entry.event === event)
}
