/**
 * The rules of a plan: what must hold before it is cut. Plans made with `stream.ts` keep most of them by their types;
 * plans may also be written as data.
 */
import { PlanError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import { commonPeriod, formatDuration } from './duration.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'

export type Period = Nanos | 'tick'

/** What the check has found out about each node, by id. */
export interface CheckedPlan {
  readonly interval: Nanos
  /** How often a node emits: at multiples of this, or in every tick. */
  readonly periods: readonly Period[]
}

type StreamKind = 'events' | 'table' | 'output'

const KINDS: Readonly<
  Record<PlanNode['kind'], { takes: 'events' | 'table' | 'any'; gives: StreamKind }>
> = {
  source: { takes: 'any', gives: 'events' },
  map: { takes: 'events', gives: 'events' },
  filter: { takes: 'events', gives: 'events' },
  flatMap: { takes: 'events', gives: 'events' },
  keyBy: { takes: 'events', gives: 'events' },
  union: { takes: 'events', gives: 'events' },
  changes: { takes: 'table', gives: 'events' },
  reduceByKey: { takes: 'events', gives: 'events' },
  runningReduce: { takes: 'events', gives: 'table' },
  window: { takes: 'events', gives: 'events' },
  reduceByWindow: { takes: 'events', gives: 'table' },
  topK: { takes: 'table', gives: 'table' },
  groupByKey: { takes: 'events', gives: 'events' },
  distinct: { takes: 'events', gives: 'events' },
  stamp: { takes: 'events', gives: 'events' },
  exchange: { takes: 'events', gives: 'events' },
  join: { takes: 'events', gives: 'events' },
  cogroup: { takes: 'events', gives: 'events' },
  tableJoin: { takes: 'any', gives: 'events' },
  staticJoin: { takes: 'events', gives: 'events' },
  track: { takes: 'events', gives: 'table' },
  eventWindow: { takes: 'events', gives: 'events' },
  loop: { takes: 'events', gives: 'events' },
  iterate: { takes: 'any', gives: 'events' },
  query: { takes: 'table', gives: 'table' },
  collect: { takes: 'any', gives: 'output' },
  save: { takes: 'any', gives: 'output' },
  foreachBatch: { takes: 'any', gives: 'output' },
}

export function inputsOf(node: PlanNode): readonly NodeId[] {
  if (node.kind === 'source') return []
  return 'inputs' in node ? node.inputs : [node.input]
}

export function emitsTable(node: PlanNode): boolean {
  return KINDS[node.kind].gives === 'table'
}

/** Errors: `PlanError` naming the node, for the first rule that is broken. */
export function checkPlan(plan: Plan): CheckedPlan {
  const names = new Set<string>()
  const periods: Period[] = []
  const interval = intervalOf(plan)
  plan.nodes.forEach((node, index) => {
    checkInputs(plan, node, index)
    checkOutput(node)
    checkLengths(plan, node, interval, periods)
    periods.push(periodOf(node, interval, periods))
    if (KINDS[node.kind].gives !== 'output' || !('name' in node)) return
    if (names.has(node.name)) {
      throw refusal(
        node,
        `the name '${node.name}' is taken by another output`,
        'each output of a plan has its own name',
        'Give it another name',
      )
    }
    names.add(node.name)
  })
  if (names.size === 0) {
    throw new PlanError({
      asked: 'a plan',
      found: `${plan.nodes.length} nodes and no output`,
      rule: 'a plan computes what its outputs ask for',
      remedy: 'Add a collect',
    })
  }
  return { interval, periods }
}

function intervalOf(plan: Plan): Nanos {
  const sources = plan.nodes.filter((node) => node.kind === 'source')
  const first = sources[0]
  if (first === undefined) {
    throw new PlanError({
      asked: 'a plan',
      found: `${plan.nodes.length} nodes and no source`,
      rule: 'records come from a source',
      remedy: 'Begin with readStream',
    })
  }
  for (const source of sources) {
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
    if (source.interval !== first.interval) {
      throw refusal(
        source,
        `the intervals ${formatDuration(first.interval)} and ${formatDuration(source.interval)}`,
        'a plan has one interval',
        'Read every stream with the same interval, and slide windows over it',
      )
    }
  }
  return first.interval
}

function checkInputs(plan: Plan, node: PlanNode, index: number): void {
  if (node.id !== index) {
    throw refusal(node, `the place ${index}`, 'a node’s id is its place', 'Number the nodes from 0')
  }
  const inputs = inputsOf(node)
  if (node.kind === 'union' && inputs.length === 0) {
    throw refusal(node, 'no input', 'a union joins streams', 'Give it at least one')
  }
  const { takes } = KINDS[node.kind]
  for (const input of inputs) {
    const from = Number.isInteger(input) && input < index ? plan.nodes[input] : undefined
    if (from === undefined) {
      throw refusal(
        node,
        `the unknown input ${input}`,
        'a node comes after its inputs, and each is a node of the plan',
        'Order the nodes by construction',
      )
    }
    const { gives } = KINDS[from.kind]
    if (gives === 'output') {
      throw refusal(
        node,
        `the output ${describe(from)} as its input`,
        'nothing comes out of an output',
        'Read the stream that the output reads',
      )
    }
    if (takes !== 'any' && takes !== gives) {
      throw refusal(
        node,
        `${describe(from)}, which gives ${gives === 'table' ? 'a table' : 'events'}, as its input`,
        takes === 'table'
          ? 'it applies to a table, from runningReduce or reduceByWindow'
          : 'it applies to events, and to a table through changes()',
        takes === 'table' ? 'Reduce the stream first' : 'Call changes() before it',
      )
    }
    if (node.kind === 'topK' && from.kind === 'topK') {
      throw refusal(
        node,
        `${describe(from)} as its input`,
        'ranks are not ranked again',
        'Take the smaller k at once',
      )
    }
  }
  if (node.kind === 'topK' && !isPositive(node.k)) {
    throw refusal(node, `k = ${node.k}`, 'k is a positive whole number', 'Ask for at least one row')
  }
}

/** Words of the language that no engine acts on yet: committing alone would not be what they say. */
function checkOutput(node: PlanNode): void {
  if (node.kind !== 'save' && node.kind !== 'foreachBatch') return
  throw refusal(
    node,
    `an output that ${node.kind === 'save' ? 'writes files' : 'calls a function'}`,
    'no engine does this yet: it would be committed, and nothing else',
    'Use collect',
  )
}

function checkLengths(
  plan: Plan,
  node: PlanNode,
  interval: Nanos,
  periods: readonly Period[],
): void {
  if (node.kind !== 'window' && node.kind !== 'reduceByWindow') return
  const period = periods[node.input]!
  const unit = period === 'tick' ? interval : period
  for (const measure of ['length', 'slide'] as const) {
    const nanos = node[measure]
    if (isPositive(nanos) && nanos % unit === 0) continue
    const lower = Math.max(unit, Math.floor(nanos / unit) * unit)
    const found = isPositive(nanos) ? formatDuration(nanos) : String(nanos)
    throw refusal(
      node,
      `a ${measure} of ${found}`,
      unit === interval
        ? `lengths and slides are multiples of the plan’s interval, ${formatDuration(interval)}`
        : `lengths and slides are multiples of ${formatDuration(unit)}, at which ${describe(plan.nodes[node.input]!)} emits`,
      `Use ${formatDuration(lower)} or ${formatDuration(lower + unit)}`,
    )
  }
  if (node.slide > node.length) {
    throw refusal(
      node,
      `a slide of ${formatDuration(node.slide)} and a length of ${formatDuration(node.length)}`,
      'a slide is at most the length, so that no record is skipped',
      `Use a slide of up to ${formatDuration(node.length)}`,
    )
  }
}

function periodOf(node: PlanNode, interval: Nanos, periods: readonly Period[]): Period {
  switch (node.kind) {
    case 'source':
      return 'tick'
    case 'window':
    case 'reduceByWindow':
      return node.slide
    case 'reduceByKey': {
      const period = periods[node.input]!
      return period === 'tick' ? interval : period
    }
    default:
      return inputsOf(node)
        .map((input) => periods[input]!)
        .reduce((a, b) => (a === 'tick' || b === 'tick' ? 'tick' : commonPeriod(a, b)))
  }
}

function describe(node: PlanNode): string {
  return `${node.kind} (node ${node.id})`
}

function refusal(node: PlanNode, found: string, rule: string, remedy: string): PlanError {
  return new PlanError({ asked: describe(node), found, rule, remedy }, { node: node.id })
}

function isPositive(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0
}
