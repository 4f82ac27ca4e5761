/**
 * `track`: a state a key that its events make and change, made of `evolve`.
 *
 *   [k, event] ─map─▶ [k, [event]] ─evolve─▶ table k → state
 *
 * At the end T of a period a key with events takes them in order, by the time that they say and then by canonical bytes:
 * within a period records have no other order, in either model. It is then due to expire at T + timeout, unless more comes.
 * A key that has events at the T at which it is due lives on. One that expires leaves, or, where `expired` gives it a last
 * state, has that for one more period and is then asked again.
 */
import { copyOf } from '../tables/plain-values.ts'
import type { Nanos, TickEnd } from '../units.ts'
import type { CoreId, Rewriting } from './core-plan.ts'
import type { Step, Stepped } from './dataflow.ts'
import { gather, listed } from './gathering.ts'
import type { PlanNode } from './plan.ts'

type Track = Extract<PlanNode, { kind: 'track' }>

/** `period` is how often it emits. */
export function track(rewriting: Rewriting<Track>, input: CoreId, period: Nanos): CoreId {
  const { node } = rewriting
  const evolve = {
    kind: 'evolve',
    gather,
    step: trackStep(node, period),
    gives: 'table',
    ...(node.time && { order: node.time }),
    ...(node.timeout === undefined && { lasting: true as const }),
  } as const
  return rewriting.add(evolve, rewriting.add({ kind: 'map', f: listed }, input))
}

type TrackFunctions = Pick<Track, 'initialise' | 'update' | 'timeout' | 'expired'>

export function trackStep(
  { initialise, update, timeout, expired }: TrackFunctions,
  period: Nanos,
): Step {
  const until = (state: unknown, dueAt: TickEnd | undefined): Stepped | undefined => {
    if (state === undefined) return undefined
    return dueAt === undefined ? { state } : { state, dueAt }
  }
  return (key, state, arrived, end) => {
    // A state is shared with clones: what a function does to its argument stays within this step.
    let now = copyOf(state)
    if (arrived.length === 0) return until(expired?.(key, now) ?? undefined, end + period)
    for (const event of arrived) {
      const next: unknown = now === undefined ? initialise(key, event) : update(key, now, event)
      now = next ?? undefined
    }
    return until(now, timeout === undefined ? undefined : end + timeout)
  }
}
