/** How many checkpoints a trial was asked for, and took: more are a price that the other engine does not pay. */
import { configOf } from '../runner/trial.ts'
import type { TrialOutcome, TrialSpec } from '../runner/trial-spec.ts'

/** One at each multiple of the interval before the end. */
export function askedCheckpoints(spec: TrialSpec): number {
  const config = configOf(spec)
  const { checkpointInterval } = config[spec.engine]
  return Math.ceil(config.input.duration / checkpointInterval) - 1
}

/** Whether more became durable than that. After a kill some are taken again. */
export function tookMore(spec: TrialSpec, { counters }: TrialOutcome): boolean {
  return spec.faults.length === 0 && durableIn(counters) > askedCheckpoints(spec)
}

/** Of trials that took more. */
export function overtakenText(trials: readonly string[]): string {
  return `More checkpoints became durable than were asked for, so the guarantee is dearer than the other engine's: ${trials.join('; ')}.`
}

/** How many became durable in each of some trials: one number, or from the least to the most. */
export function durableText(outcomes: readonly TrialOutcome[]): string | undefined {
  if (outcomes.length === 0) return undefined
  const counts = outcomes.map(({ counters }) => durableIn(counters))
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? `${least}` : `${least}–${most}`
}

function durableIn(counters: TrialOutcome['counters']): number {
  return counters.checkpointsDurable ?? 0
}
