/**
 * Cuts a plan into operators and paths (`dataflow.ts`): the first half of lowering, the same for both engines.
 *
 * Every stateful node becomes an operator, `topK` two. What is narrow dissolves into paths: a union makes one path per
 * input, a stream with two readers is followed twice. Nodes that reach no output are left out.
 */
import { ConfigurationError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import type {
  Dataflow,
  DataflowOperator,
  DataflowOutput,
  DataflowPath,
  NarrowNode,
  OperatorId,
  Routing,
} from './dataflow.ts'
import { formatDuration } from './duration.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'
import { type CheckedPlan, checkPlan, emitsTable, inputsOf } from './plan-check.ts'
import { hashPlan } from './plan-hash.ts'

/** Where a stream's records come from: an operator, and the narrow nodes since. A union has several. */
interface Head {
  readonly from: OperatorId
  readonly chain: readonly NarrowNode[]
}

/** Errors: `PlanError` when the plan breaks a rule of `plan-check.ts`. */
export function buildDataflow(plan: Plan): Dataflow {
  return new Cut(plan, checkPlan(plan)).dataflow()
}

class Cut {
  readonly #plan: Plan
  readonly #checked: CheckedPlan
  readonly #operators: DataflowOperator[] = []
  readonly #paths: DataflowPath[] = []
  readonly #outputs: DataflowOutput[] = []
  readonly #heads = new Map<NodeId, readonly Head[]>()

  constructor(plan: Plan, checked: CheckedPlan) {
    this.#plan = plan
    this.#checked = checked
  }

  dataflow(): Dataflow {
    const needed = neededNodes(this.#plan)
    // Sources first: engines number their inputs by them.
    for (const node of needed) if (node.kind === 'source') this.#visit(node)
    for (const node of needed) if (node.kind !== 'source') this.#visit(node)
    return {
      operators: this.#operators,
      paths: this.#paths,
      outputs: this.#outputs,
      interval: this.#checked.interval,
      hash: hashPlan(this.#plan),
    }
  }

  #visit(node: PlanNode): void {
    switch (node.kind) {
      case 'map':
      case 'filter':
      case 'flatMap':
      case 'keyBy':
        this.#heads.set(
          node.id,
          this.#headsOf(node).map(({ from, chain }) => ({ from, chain: [...chain, node] })),
        )
        return
      case 'union':
      case 'changes':
        this.#heads.set(node.id, this.#headsOf(node))
        return
      case 'collect':
      case 'save':
      case 'foreachBatch': {
        const output = this.#outputs.length
        const rows = emitsTable(this.#plan.nodes[node.input]!) ? 'pairs' : 'events'
        const period = this.#checked.periods[node.id]!
        this.#outputs.push({ index: output, name: node.name, node, period, rows })
        this.#join(this.#headsOf(node), { kind: 'output', output })
        return
      }
      case 'topK': {
        const local = this.#operator(node, { kind: 'topK', k: node.k, phase: 'local' })
        this.#enter(this.#headsOf(node), local, 'same-partition')
        const global = this.#operator(node, { kind: 'topK', k: node.k, phase: 'global' })
        this.#enter([{ from: local, chain: [] }], global, 'single-partition')
        this.#heads.set(node.id, [{ from: global, chain: [] }])
        return
      }
      case 'groupByKey':
      case 'distinct':
      case 'stamp':
      case 'exchange':
      case 'join':
      case 'cogroup':
      case 'tableJoin':
      case 'staticJoin':
      case 'track':
      case 'eventWindow':
      case 'loop':
      case 'iterate':
      case 'query':
        throw new ConfigurationError(`${node.kind} (node ${node.id}): no engine has this word yet`)
      default: {
        const operator = this.#operator(node, operatorFields(node))
        // A window keeps records where they are: it has no key.
        const routing = node.kind === 'window' ? 'same-partition' : 'by-key'
        if (node.kind !== 'source') this.#enter(this.#headsOf(node), operator, routing)
        this.#heads.set(node.id, [{ from: operator, chain: [] }])
      }
    }
  }

  #headsOf(node: PlanNode): readonly Head[] {
    return inputsOf(node).flatMap((input) => this.#heads.get(input)!)
  }

  #operator(node: PlanNode, fields: OperatorFields): OperatorId {
    const id = this.#operators.length
    this.#operators.push({ id, node: node.id, period: this.#checked.periods[node.id]!, ...fields })
    return id
  }

  #enter(heads: readonly Head[], operator: OperatorId, routing: Routing): void {
    this.#join(heads, { kind: 'operator', operator, routing })
  }

  #join(heads: readonly Head[], to: DataflowPath['to']): void {
    for (const head of heads) this.#paths.push({ id: this.#paths.length, ...head, to })
  }
}

type OperatorFields<O = DataflowOperator> = O extends DataflowOperator
  ? Omit<O, 'id' | 'node' | 'period'>
  : never

type PlainOperatorNode = Extract<
  PlanNode,
  { kind: 'source' | 'reduceByKey' | 'runningReduce' | 'window' | 'reduceByWindow' }
>

function operatorFields(node: PlainOperatorNode): OperatorFields {
  switch (node.kind) {
    case 'source':
      return { kind: 'source', url: node.url, interval: node.interval }
    case 'reduceByKey':
    case 'runningReduce':
      return { kind: node.kind, f: node.f }
    case 'window':
      return { kind: 'window', length: node.length, slide: node.slide }
    case 'reduceByWindow': {
      const { kind, length, slide, merge, inverse } = node
      return { kind, length, slide, merge, ...(inverse && { inverse }) }
    }
  }
}

/** The nodes that an output is computed from, in order. */
function neededNodes(plan: Plan): readonly PlanNode[] {
  const needed = new Set<NodeId>()
  for (const node of [...plan.nodes].reverse()) {
    const isOutput = node.kind === 'collect' || node.kind === 'save' || node.kind === 'foreachBatch'
    if (!isOutput && !needed.has(node.id)) continue
    needed.add(node.id)
    for (const input of inputsOf(node)) needed.add(input)
  }
  return plan.nodes.filter((node) => needed.has(node.id))
}

/**
 * Checks that ticks of this length can end at every end of the plan's periods.
 *
 * Errors: `ConfigurationError` with ticks that can be had.
 */
export function checkTick(dataflow: Dataflow, tick: Nanos): void {
  const lengths: [what: string, nanos: Nanos][] = [['interval', dataflow.interval]]
  for (const operator of dataflow.operators) {
    if (operator.kind !== 'window' && operator.kind !== 'reduceByWindow') continue
    lengths.push([`${operator.kind} length`, operator.length])
    lengths.push([`${operator.kind} slide`, operator.slide])
  }
  const positive = Number.isSafeInteger(tick) && tick > 0
  const broken = positive ? lengths.find(([, nanos]) => nanos % tick !== 0) : lengths[0]
  if (broken === undefined) return
  const [what, nanos] = broken
  // Lengths and slides are multiples of the interval, so whatever divides it divides all.
  const valid = [1, 2, 4, 5, 10, 20, 50, 100]
    .filter((parts) => dataflow.interval % parts === 0)
    .map((parts) => formatDuration(dataflow.interval / parts))
  throw new ConfigurationError(
    {
      asked: `a tick of ${positive ? formatDuration(tick) : tick}`,
      found: `a plan with ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} of ${formatDuration(nanos)}`,
      rule: 'a tick is positive and divides the plan’s interval, lengths and slides',
      remedy: `Take one of ${valid.join(', ')}, or another divisor of ${formatDuration(dataflow.interval)}`,
    },
    { tick, interval: dataflow.interval },
  )
}
