/**
 * What `ticks` tries: one ladder for both engines, in the trials of a compare. Only the tick differs from what compare runs, and how long
 * a trial under overload may take.
 *
 * Trials under overload, for paces, offer `OVERLOAD` times the pace that is looked for; then loads near the pace of a tick, to see
 * which one it holds with p99 within the bound; then half of what the tick for throughput held, for latency.
 */
import { milliseconds, type Nanos } from '../../engines/core/units.ts'
import { NEAR_SHARES } from '../../results/tick-choice.ts'
import {
  type CompareCase,
  type CompareScale,
  type EngineName,
  quickScale,
  specOf,
} from '../compare/cases.ts'
import { expectedMs } from '../compare/schedule.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'

export interface TicksScale extends CompareScale {
  /** Parts of the interval of compare's plans. */
  readonly ladder: readonly Nanos[]
}

export const ladderScale: TicksScale = {
  ...quickScale,
  name: 'ladder',
  ladder: [5, 10, 20, 50, 100, 250, 500].map(milliseconds),
}

/** Of what the tick for throughput held: half of its pace, where that was the first load. Compare goes on above it, so its half is more than half of this. */
export const HALF_SHARE = 0.5 / NEAR_SHARES[0]

export type TickLoad = 'probe' | 'search' | 'half-load'

export interface TickAsk {
  readonly compareCase: CompareCase
  readonly engine: EngineName
  readonly load: TickLoad
  readonly tick: Nanos
  readonly rate: number
  readonly seed: number
}

export function tickSpec({ load, rate, ...ask }: TickAsk, scale: TicksScale): TrialSpec {
  const whole = Math.max(1, Math.round(rate))
  const spec = specOf({ ...ask, purpose: load, rate: whole, shortened: false }, scale)
  // Who does half of what is offered takes twice as long; less is no pace (`results/arm-ratios.ts`).
  return load === 'probe' ? { ...spec, grace: scale.grace + spec.warmup + spec.measured } : spec
}

/** Ticks of an engine and case that the rule compares: the best and mostly another one. */
const COMPARED = 1.8
/** First overloads of a tick until one is counted: some follow a tick that did much less, or more. */
const FIRST_TRIES = 1.3
/** Trials of a tick that decide nothing: at a load that failed, or beside one that did. */
const NEAR_AGAIN = 1
/** An overload takes longer than a probe of compare, which offers less. */
const OVERLOAD_MS = 1_200

/** About how many trials there will be, and how long they take: what is said before it begins. */
export function expectedTrials(
  cases: readonly CompareCase[],
  engines: readonly EngineName[],
  { ladder }: TicksScale,
  repeats: number,
): { readonly trials: number; readonly ms: number } {
  const again = COMPARED * (repeats - 1)
  const counts: readonly (readonly [TickLoad, number])[] = [
    ['probe', FIRST_TRIES * ladder.length + again],
    ['search', COMPARED * (Math.floor(repeats / 2) + 1 + NEAR_AGAIN)],
    ['half-load', ladder.length + again],
  ]
  let [trials, ms] = [0, 0]
  for (const compareCase of cases) {
    for (const engine of engines) {
      for (const [load, count] of counts) {
        trials += count
        const each = ladder.map((tick) => expectedMs(compareCase, engine, load, tick))
        const mean = each.reduce((sum, one) => sum + one, 0) / each.length
        ms += count * (mean + (load === 'probe' ? OVERLOAD_MS : 0))
      }
    }
  }
  return { trials: Math.round(trials), ms }
}
