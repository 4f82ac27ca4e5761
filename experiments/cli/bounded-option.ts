/**
 * `--bounded`: the input as a whole, once, and one final answer.
 *
 * What describes a stream in time is refused beside it. A plan with lengths (windows, timeouts) keeps them: its records are
 * due by `--rate`, and the clock does not wait for them.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { boundedConfig, hasLengths } from '../../engines/core/input/bounded-config.ts'
import type { LiveInput } from '../../engines/core/input/live-input.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { configOf, inputOf } from '../runner/trial.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'
import { pathOnDisk } from './input-option.ts'
import type { TrialFlags } from './trial-flags.ts'

/** Rows of the answer that are shown when nobody says. */
export const BOUNDED_SHOWN_ROWS = '10'

/** Options without a meaning for an input that is over before the clock starts, and why. */
const TIMED = {
  duration: 'a bounded run lasts until its input is answered',
  warmup: 'nothing is measured before the first record',
  history: 'all of a bounded input is history',
  tick: 'a bounded run has ticks as long as the plan’s interval',
  scale: 'every record of a bounded input is computed',
  disorder: 'all of a bounded input is there before anything is late',
  resize: 'all of a bounded input is there before anybody could join',
  query: 'a bounded run has one answer, when it ends',
} as const

/** Errors: `ConfigurationError` for options that cannot stand beside it. */
export function checkBoundedFlags(flags: TrialFlags, live: LiveInput | undefined): void {
  for (const [name, rule] of Object.entries(TIMED)) {
    const value = flags[name as keyof typeof TIMED]
    if (value !== undefined) refuse(`--${name} ${value}`, rule, `Drop --${name}`)
  }
  if (live !== undefined) {
    refuse(
      flags.resume === undefined ? `--input ${flags.input}` : `--resume ${flags.resume}`,
      'a bounded input has an end that is known before the run',
      'Write the lines into a file, and name that',
    )
  }
  if (flags.ingest === 'pushed') {
    refuse('--ingest pushed', 'a bounded input is read in place', 'Leave the ingest at log')
  }
}

/**
 * Whether a loop can be run as jobs, as far as options say. With both engines it is so on the one that has no loops.
 *
 * Errors: `ConfigurationError`. What the plan has to be, the engine knows (`dstream/rounds.ts`).
 */
export function checkIterations(
  { iterationsAsJobs, bounded }: TrialFlags,
  engine: TrialSpec['engine'] | 'both',
): void {
  if (!iterationsAsJobs) return
  const asked = '--iterations-as-jobs'
  if (!bounded) {
    throw new ConfigurationError({
      asked,
      found: 'a stream',
      rule: 'each job takes all of what the one before put out, so the input has an end',
      remedy: 'Add --bounded',
    })
  }
  if (engine !== 'timely') return
  throw new ConfigurationError({
    asked: `${asked} with --engine timely`,
    found: 'an engine that goes around loops itself',
    rule: 'a job for each round is what an engine without loops does instead',
    remedy: 'Take --engine dstream, or drop it',
  })
}

/**
 * A trial over its input as a whole. Reads or makes the input, to count its records.
 *
 * Errors: `ConfigurationError` for a rate that no record is due by, or not every one.
 */
export async function boundedSpec(spec: TrialSpec, flags: TrialFlags): Promise<TrialSpec> {
  const plan = await loadPlan(configOf(spec).plan)
  if (flags.rate !== undefined && !hasLengths(plan)) {
    refuse(
      `--rate ${flags.rate}`,
      `what ${spec.workload} answers does not depend on when records are due, so all are due at once`,
      'Drop --rate',
    )
  }
  const { pool } = inputOf({ ...spec, input: pathOnDisk(spec.input) })
  const { tick, input } = boundedConfig(plan, {
    records: pool.offsets.length - 1,
    partitions: spec.partitions,
    rate: spec.rate,
  })
  const { duration, rate } = input
  return {
    ...(flags.checkpointInterval === undefined ? withCheckpoints(spec, tick) : spec),
    bounded: true,
    tick,
    rate,
    warmup: 0,
    measured: 0,
    history: { duration, rate },
  }
}

/** The usual distance of checkpoints, as a multiple of this tick. */
function withCheckpoints(spec: TrialSpec, tick: Nanos): TrialSpec {
  const fitting = (interval = tick): Nanos => Math.ceil(interval / tick) * tick
  const { timely, dstream } = spec
  return {
    ...spec,
    timely: { ...timely, checkpointInterval: fitting(timely.checkpointInterval) },
    dstream: { ...dstream, checkpointInterval: fitting(dstream.checkpointInterval) },
  }
}

/** Which answers of a run's engines are not the same, in words. Nothing where there is nothing to compare. */
export function differingAnswers(outcomes: readonly TrialOutcome[]): readonly string[] {
  const [first, ...others] = outcomes.flatMap(({ answered }) =>
    answered === undefined ? [] : [answered.answers],
  )
  return (first ?? []).flatMap((answer, index) => {
    const differs = others.some((each) => each[index]?.digest !== answer.digest)
    return differs ? [`the engines give different answers for ${answer.name}`] : []
  })
}

function refuse(asked: string, rule: string, remedy: string): never {
  throw new ConfigurationError({
    asked: `${asked} with --bounded`,
    found: 'an input that is read once and ends',
    rule,
    remedy,
  })
}
