/**
 * The rules of a plan: what must hold before it is cut. Plans made with `stream.ts` keep most of them by their types;
 * plans may also be written as data. Rules of lengths are in `plan-periods.ts`, those of loops in `loop-check.ts`.
 */
import { PlanError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import { formatDuration } from './duration.ts'
import { checkLoops } from './loop-check.ts'
import { described, givenBy, inputsOf, isNamed, refusal, takenBy } from './node-kinds.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'
import { checkLengths, isPositive, type Period, periodOf } from './plan-periods.ts'
import { checkStatics, runningNodes, staticNames, staticPart } from './static-data.ts'

/** What the check has found out about each node, by id. */
export interface CheckedPlan {
  readonly interval: Nanos
  /** How often a node emits: at multiples of this, or in every tick. */
  readonly periods: readonly Period[]
}

/** Errors: `PlanError` naming the node, for the first rule that is broken. */
export function checkPlan(plan: Plan): CheckedPlan {
  const running = runningNodes(plan)
  const periods: Period[] = []
  const interval = intervalOf(plan, running)
  plan.nodes.forEach((node, index) => {
    checkInputs(plan, node, index)
    if (!running.has(node.id)) {
      // It has another interval, and is checked with it.
      periods.push('tick')
      return
    }
    checkLengths(plan, node, interval, periods)
    periods.push(periodOf(node, interval, periods))
  })
  checkStatics(plan)
  checkNames(plan, running)
  if (plan.static === undefined) checkLoops(plan, interval, periods)
  for (const name of staticNames(plan)) checkPlan(staticPart(plan, name))
  return { interval, periods }
}

function checkNames(plan: Plan, running: ReadonlySet<NodeId>): void {
  const names = new Set<string>()
  let outputs = 0
  for (const node of plan.nodes) {
    if (!isNamed(node)) continue
    if (names.has(node.name)) {
      throw refusal(
        node,
        `the name '${node.name}' is taken by another output`,
        'each output of a plan has its own name',
        'Give it another name',
      )
    }
    names.add(node.name)
    if (node.kind !== 'query' && running.has(node.id)) outputs += 1
  }
  if (outputs > 0) return
  throw new PlanError({
    asked: 'a plan',
    found: `${plan.nodes.length} nodes and no output`,
    rule: 'a plan computes what its outputs ask for',
    remedy: 'Add a collect',
  })
}

function intervalOf(plan: Plan, running: ReadonlySet<NodeId>): Nanos {
  const sources = plan.nodes.filter(({ id, kind }) => kind === 'source' && running.has(id))
  const first = sources[0]
  if (first?.kind !== 'source') {
    throw new PlanError({
      asked: 'a plan',
      found: `${plan.nodes.length} nodes and no source`,
      rule: 'records come from a source',
      remedy: 'Begin with readStream',
    })
  }
  for (const source of sources) if (source.kind === 'source') checkSource(source, first)
  return first.interval
}

type Source = Extract<PlanNode, { kind: 'source' }>

function checkSource(source: Source, first: Source): void {
  if (!isPositive(source.interval)) {
    throw refusal(
      source,
      `the interval ${source.interval}`,
      'an interval is a positive whole number of nanoseconds',
      'Give readStream a duration',
    )
  }
  // A run has one input log, and both sources would read all of it.
  if (source.url !== first.url) {
    throw refusal(
      source,
      `the inputs '${first.url}' and '${source.url}'`,
      'a plan reads one input, as often as it likes',
      'Put both into one input, and filter it twice',
    )
  }
  if ((source.format === 'u32x2') !== (first.format === 'u32x2')) {
    throw refusal(
      source,
      'one input as pairs of integers and as text',
      'the records of an input are of one format',
      'Read it by one format, and map what should be another',
    )
  }
  if (source.interval !== first.interval) {
    throw refusal(
      source,
      `the intervals ${formatDuration(first.interval)} and ${formatDuration(source.interval)}`,
      'a plan has one interval',
      'Read every stream with the same interval, and slide windows over it',
    )
  }
}

function checkInputs(plan: Plan, node: PlanNode, index: number): void {
  if (node.id !== index) {
    throw refusal(node, `the place ${index}`, 'a node’s id is its place', 'Number the nodes from 0')
  }
  const inputs = inputsOf(node)
  if (node.kind === 'union' && inputs.length === 0) {
    throw refusal(node, 'no input', 'a union joins streams', 'Give it at least one')
  }
  inputs.forEach((input, place) => {
    const from = Number.isInteger(input) && input < index ? plan.nodes[input] : undefined
    if (from === undefined) {
      throw refusal(
        node,
        `the unknown input ${input}`,
        'a node comes after its inputs, and each is a node of the plan',
        'Order the nodes by construction',
      )
    }
    checkInput(plan, node, { from, takes: takenBy(node, place) })
  })
  if (node.kind === 'topK' && !isPositive(node.k)) {
    throw refusal(node, `k = ${node.k}`, 'k is a positive whole number', 'Ask for at least one row')
  }
}

function checkInput(
  plan: Plan,
  node: PlanNode,
  { from, takes }: { readonly from: PlanNode; readonly takes: ReturnType<typeof takenBy> },
): void {
  const gives = givenBy(plan, from)
  if (gives === 'output') {
    throw refusal(
      node,
      `the output ${described(from)} as its input`,
      'nothing comes out of an output',
      'Read the stream that the output reads',
    )
  }
  if (takes !== 'any' && takes !== gives) {
    throw refusal(
      node,
      `${described(from)}, which gives ${gives === 'table' ? 'a table' : 'events'}, as its input`,
      takes === 'table'
        ? 'it applies to a table, from runningReduce or reduceByWindow'
        : 'it applies to events, and to a table through changes()',
      takes === 'table' ? 'Reduce the stream first' : 'Call changes() before it',
    )
  }
  if (node.kind === 'topK' && from.kind === 'topK') {
    throw refusal(
      node,
      `${described(from)} as its input`,
      'ranks are not ranked again',
      'Take the smaller k at once',
    )
  }
}
