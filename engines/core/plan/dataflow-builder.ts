/**
 * Cuts a plan into operators and paths (`dataflow.ts`): the first half of lowering, the same for both engines.
 *
 * First the plan is checked and its words are made of few (`desugar.ts`). Every stateful node of what is left becomes an
 * operator, `topK` two. What is narrow dissolves into paths: a union makes one path per input, a stream with two readers is
 * followed twice. Nodes that reach no output are left out.
 */
import { ConfigurationError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import type { CoreId, CoreNode, CorePlan, OperatorFields } from './core-plan.ts'
import type {
  Dataflow,
  DataflowOperator,
  DataflowOutput,
  DataflowPath,
  NarrowNode,
  OperatorId,
} from './dataflow.ts'
import { desugar } from './desugar.ts'
import { formatDuration } from './duration.ts'
import { givenBy } from './node-kinds.ts'
import { traitsOf, windowOf } from './operator-traits.ts'
import type { Plan } from './plan.ts'
import { type CheckedPlan, checkPlan } from './plan-check.ts'
import { hashPlan } from './plan-hash.ts'

/** Where a stream's records come from: an operator, and the narrow nodes since. A union has several. */
interface Head {
  readonly from: OperatorId
  readonly chain: readonly NarrowNode[]
}

/** Errors: `PlanError` when the plan breaks a rule of `plan-check.ts`. */
export function buildDataflow(plan: Plan): Dataflow {
  const checked = checkPlan(plan)
  return new Cut(plan, { core: desugar(plan, checked), checked }).dataflow()
}

class Cut {
  readonly #plan: Plan
  readonly #core: CorePlan
  readonly #checked: CheckedPlan
  readonly #operators: DataflowOperator[] = []
  readonly #paths: DataflowPath[] = []
  readonly #outputs: DataflowOutput[] = []
  readonly #heads = new Map<CoreId, readonly Head[]>()

  constructor(plan: Plan, { core, checked }: { core: CorePlan; checked: CheckedPlan }) {
    this.#plan = plan
    this.#core = core
    this.#checked = checked
  }

  dataflow(): Dataflow {
    const needed = neededNodes(this.#core)
    // Sources first: engines number their inputs by them.
    for (const node of needed) if (node.kind === 'source') this.#visit(node)
    for (const node of needed) if (node.kind !== 'source') this.#visit(node)
    return {
      operators: this.#operators,
      paths: this.#paths,
      outputs: this.#outputs,
      loops: [],
      interval: this.#checked.interval,
      hash: hashPlan(this.#plan),
    }
  }

  #visit(node: CoreNode): void {
    switch (node.kind) {
      case 'map':
      case 'filter':
      case 'flatMap':
      case 'keyBy':
      case 'stamp':
      case 'lookup': {
        const { kind, f, origin, word, static: name } = node
        const bound = name === undefined ? {} : { static: name }
        const narrow: NarrowNode = { kind, f, id: origin, word, ...bound }
        this.#heads.set(
          node.id,
          this.#headsOf(node).map(({ from, chain }) => ({ from, chain: [...chain, narrow] })),
        )
        return
      }
      case 'union':
        this.#heads.set(node.id, this.#headsOf(node))
        return
      case 'output': {
        const { name, input } = node.node
        const output = this.#outputs.length
        const rows = givenBy(this.#plan, this.#plan.nodes[input]!) === 'table' ? 'pairs' : 'events'
        const period = this.#checked.periods[node.origin]!
        this.#outputs.push({ index: output, name, node: node.node, period, rows })
        this.#join(this.#headsOf(node), { kind: 'output', output })
        return
      }
      case 'topK': {
        const local = this.#operator(node, { kind: 'topK', k: node.k, phase: 'local' })
        this.#enter(this.#headsOf(node), local)
        const global = this.#operator(node, { kind: 'topK', k: node.k, phase: 'global' })
        this.#enter([{ from: local, chain: [] }], global)
        this.#heads.set(node.id, [{ from: global, chain: [] }])
        return
      }
      default: {
        const { id, origin: _origin, word: _word, inputs: _inputs, ...fields } = node
        const operator = this.#operator(node, fields)
        this.#enter(this.#headsOf(node), operator)
        this.#heads.set(id, [{ from: operator, chain: [] }])
      }
    }
  }

  #headsOf(node: CoreNode): readonly Head[] {
    return node.inputs.flatMap((input) => this.#heads.get(input)!)
  }

  #operator({ origin, word }: CoreNode, fields: OperatorFields): OperatorId {
    const id = this.#operators.length
    const period = this.#checked.periods[origin]!
    this.#operators.push({ id, node: origin, word, period, loops: [], ...fields })
    return id
  }

  #enter(heads: readonly Head[], operator: OperatorId): void {
    const { routing } = traitsOf(this.#operators[operator]!)
    if (routing !== undefined) this.#join(heads, { kind: 'operator', operator, routing })
  }

  #join(heads: readonly Head[], to: DataflowPath['to']): void {
    for (const head of heads) {
      this.#paths.push({ id: this.#paths.length, ...head, to, crossings: [] })
    }
  }
}

/** The nodes that an output is computed from, in order. */
function neededNodes({ nodes }: CorePlan): readonly CoreNode[] {
  const needed = new Set<CoreId>()
  for (const node of [...nodes].reverse()) {
    if (node.kind !== 'output' && !needed.has(node.id)) continue
    needed.add(node.id)
    for (const input of node.inputs) needed.add(input)
  }
  return nodes.filter((node) => needed.has(node.id))
}

/**
 * Checks that ticks of this length can end at every end of the plan's periods.
 *
 * Errors: `ConfigurationError` with ticks that can be had.
 */
export function checkTick(dataflow: Dataflow, tick: Nanos): void {
  const lengths: [what: string, nanos: Nanos][] = [['interval', dataflow.interval]]
  for (const operator of dataflow.operators) {
    const window = windowOf(operator)
    if (window === undefined) continue
    lengths.push([`${operator.kind} length`, window.length])
    lengths.push([`${operator.kind} slide`, window.slide])
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
