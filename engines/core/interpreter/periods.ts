/**
 * When nodes emit: at the multiples of a period, or in every tick.
 *
 * What is narrow emits when its input does, a union when any of its inputs does. What gathers a period's records before
 * it says anything never emits more often than the plan's interval: its results do not depend on how time is cut into ticks.
 */
import type { Plan, PlanNode } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { inputsOf } from './nodes.ts'

export type Period = Nanos | 'tick'

/** Whether something of this period emits at the end of a tick, even if nothing. */
export function emits(period: Period, end: TickEnd): boolean {
  return period === 'tick' || end % period === 0
}

/** By node. */
export function periodsOf(plan: Plan): readonly Period[] {
  const interval = intervalOf(plan)
  const periods: Period[] = []
  for (const node of plan.nodes) {
    const inputs = inputsOf(node).map((input) => periods[input]!)
    periods.push(periodOf(node, inputs, interval))
  }
  return periods
}

function periodOf(node: PlanNode, inputs: readonly Period[], interval: Nanos): Period {
  switch (node.kind) {
    case 'source':
      return 'tick'
    case 'window':
    case 'reduceByWindow':
      return node.slide
    case 'reduceByKey':
    case 'groupByKey':
    case 'join':
    case 'cogroup':
    case 'tableJoin':
    case 'track':
    case 'eventWindow':
    case 'loop':
    case 'iterate':
      return inputs.map((period) => (period === 'tick' ? interval : period)).reduce(divisor)
    default:
      return inputs.reduce((a, b) => (a === 'tick' || b === 'tick' ? 'tick' : divisor(a, b)))
  }
}

function intervalOf({ nodes }: Plan): Nanos {
  for (const node of nodes) if (node.kind === 'source' && !node.static) return node.interval
  return 1
}

/** The greatest common divisor, by Euclid's subtraction. */
function divisor(a: Nanos, b: Nanos): Nanos {
  if (a === b) return a
  return a > b ? divisor(a - b, b) : divisor(a, b - a)
}
