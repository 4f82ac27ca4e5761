/**
 * How often the nodes of a plan emit, and the rules of its lengths: what is windowed, joined or timed out fits the periods
 * of what it reads.
 */
import type { Nanos } from '../units.ts'
import { commonPeriod, formatDuration } from './duration.ts'
import { described, inputsOf, refusal } from './node-kinds.ts'
import type { Plan, PlanNode } from './plan.ts'

/** At multiples of this, or in every tick. */
export type Period = Nanos | 'tick'

/** The period of what gathers before it emits: never the tick, on which results would then depend. */
export function wholePeriod(period: Period, interval: Nanos): Nanos {
  return period === 'tick' ? interval : period
}

/** The period of a node whose inputs' periods are known. */
export function periodOf(node: PlanNode, interval: Nanos, periods: readonly Period[]): Period {
  const common = (): Period =>
    inputsOf(node)
      .map((input) => periods[input]!)
      .reduce((a, b) => (a === 'tick' || b === 'tick' ? 'tick' : commonPeriod(a, b)))
  switch (node.kind) {
    case 'source':
      return 'tick'
    case 'window':
    case 'reduceByWindow':
      return node.slide
    case 'reduceByKey':
    case 'groupByKey':
    case 'cogroup':
    case 'join':
    case 'tableJoin':
    case 'track':
    case 'eventWindow':
    // What enters a loop is held to the end of its interval.
    case 'loop':
      return wholePeriod(common(), interval)
    case 'iterate':
      return periods[node.inputs[0]]!
    default:
      return common()
  }
}

/** Errors: `PlanError` for a length, slide, timeout or pair of periods that does not fit. */
export function checkLengths(
  plan: Plan,
  node: PlanNode,
  interval: Nanos,
  periods: readonly Period[],
): void {
  const unit = (): Nanos => wholePeriod(periods[inputsOf(node)[0]!]!, interval)
  switch (node.kind) {
    case 'window':
    case 'reduceByWindow':
      checkMultiple(plan, node, 'length', { unit: unit(), interval })
      checkMultiple(plan, node, 'slide', { unit: unit(), interval })
      checkSlide(node)
      return
    case 'eventWindow':
      checkEventWindow(node)
      checkSlide(node)
      return
    case 'track':
      checkTimeout(node, unit())
      return
    case 'join':
    case 'cogroup':
    case 'tableJoin':
      checkEqual(
        node,
        node.inputs.map((input) => wholePeriod(periods[input]!, interval)),
      )
      return
    case 'stamp':
      if (periods[node.input] === 'tick') {
        throw refusal(
          node,
          'a stream that emits in every tick',
          'a stamp is the end of a period, since results do not depend on how time is cut',
          'Window or reduce the stream first',
        )
      }
  }
}

type Windowed = Extract<PlanNode, { kind: 'window' | 'reduceByWindow' }>

function checkMultiple(
  plan: Plan,
  node: Windowed,
  measure: 'length' | 'slide',
  { unit, interval }: { readonly unit: Nanos; readonly interval: Nanos },
): void {
  const nanos = node[measure]
  if (isPositive(nanos) && nanos % unit === 0) return
  const found = isPositive(nanos) ? formatDuration(nanos) : String(nanos)
  throw refusal(
    node,
    `a ${measure} of ${found}`,
    unit === interval
      ? `lengths and slides are multiples of the plan’s interval, ${formatDuration(interval)}`
      : `lengths and slides are multiples of ${formatDuration(unit)}, at which ${described(plan.nodes[node.input]!)} emits`,
    `Use ${multiplesNear(nanos, unit)}`,
  )
}

function multiplesNear(nanos: Nanos, unit: Nanos): string {
  const lower = Math.max(unit, Math.floor(nanos / unit) * unit)
  return `${formatDuration(lower)} or ${formatDuration(lower + unit)}`
}

function checkSlide(node: Windowed | Extract<PlanNode, { kind: 'eventWindow' }>): void {
  if (node.slide <= node.length) return
  throw refusal(
    node,
    `a slide of ${formatDuration(node.slide)} and a length of ${formatDuration(node.length)}`,
    'a slide is at most the length, so that no record is skipped',
    `Use a slide of up to ${formatDuration(node.length)}`,
  )
}

function checkEventWindow(node: Extract<PlanNode, { kind: 'eventWindow' }>): void {
  for (const measure of ['length', 'slide', 'lateness'] as const) {
    const nanos = node[measure]
    if (isPositive(nanos) || (measure === 'lateness' && nanos === 0)) continue
    throw refusal(
      node,
      `a ${measure} of ${nanos}`,
      'lengths and slides are positive whole numbers of nanoseconds, and a lateness may be 0',
      'Give it a duration',
    )
  }
}

function checkTimeout(node: Extract<PlanNode, { kind: 'track' }>, period: Nanos): void {
  const { timeout } = node
  if (timeout === undefined || (isPositive(timeout) && timeout % period === 0)) return
  throw refusal(
    node,
    `a timeout of ${isPositive(timeout) ? formatDuration(timeout) : timeout}`,
    `A timeout is a multiple of the period of its stream, ${formatDuration(period)}`,
    `Use ${multiplesNear(timeout, period)}`,
  )
}

function checkEqual(node: PlanNode, periods: readonly Nanos[]): void {
  if (new Set(periods).size === 1) return
  throw refusal(
    node,
    `periods of ${periods.map(formatDuration).join(' and ')}`,
    'Joined streams emit at equal periods',
    'Window both with one slide',
  )
}

export function isPositive(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0
}
