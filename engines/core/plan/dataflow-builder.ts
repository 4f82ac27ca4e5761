/**
 * Cuts a plan into operators and paths (`dataflow.ts`): the first half of lowering, the same for both engines.
 *
 * First the plan is checked and its words are made of few (`desugar.ts`). Every stateful node of what is left becomes an
 * operator, `topK` two. What is narrow dissolves into paths: a union makes one path per input, a stream with two readers is
 * followed twice, and a loop (`loops.ts`) is in what paths cross. Nodes that reach no output, and no query, are left out.
 */
import { ConfigurationError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import type { CoreId, CoreNode, CorePlan, OperatorFields } from './core-plan.ts'
import type {
  Crossing,
  Dataflow,
  DataflowOperator,
  DataflowOutput,
  DataflowPath,
  DataflowTable,
  LoopId,
  NarrowNode,
  OperatorId,
} from './dataflow.ts'
import { desugar } from './desugar.ts'
import { formatDuration } from './duration.ts'
import { type LoopNesting, nestingOf, numbering, ownSettling, settling } from './loops.ts'
import { givenBy } from './node-kinds.ts'
import { traitsOf, windowOf } from './operator-traits.ts'
import type { Plan } from './plan.ts'
import { type CheckedPlan, checkPlan } from './plan-check.ts'
import { hashPlan } from './plan-hash.ts'

/** Where a stream's records come from: an operator, and the narrow nodes and crossings since. A union has several. */
interface Head {
  readonly from: OperatorId | Around
  readonly chain: readonly NarrowNode[]
  readonly crossings: readonly Crossing[]
}

/** Whatever `next` of a loop will turn out to be. */
interface Around {
  readonly loop: LoopId
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
  readonly #nesting: LoopNesting
  readonly #operators: DataflowOperator[] = []
  readonly #paths: DataflowPath[] = []
  readonly #outputs: DataflowOutput[] = []
  readonly #tables: DataflowTable[] = []
  readonly #heads = new Map<CoreId, readonly Head[]>()
  /** Paths that begin where a loop goes around, until the loop is closed. */
  #open: { readonly around: Around; readonly head: Head; readonly to: DataflowPath['to'] }[] = []

  constructor(plan: Plan, { core, checked }: { core: CorePlan; checked: CheckedPlan }) {
    this.#plan = plan
    this.#core = core
    this.#checked = checked
    this.#nesting = nestingOf(plan, checked)
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
      tables: this.#tables,
      loops: this.#nesting.loops,
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
        this.#heads.set(node.id, followed(this.#headsOf(node), narrow))
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
        if (rows === 'pairs') this.#nameTable(node, name, false)
        this.#join(this.#headsOf(node), { kind: 'output', output })
        return
      }
      case 'query':
        this.#nameTable(node, node.name, true)
        return
      case 'topK': {
        const local = this.#operator(node, { kind: 'topK', k: node.k, phase: 'local' })
        this.#enter(this.#headsOf(node), local)
        const global = this.#operator(node, { kind: 'topK', k: node.k, phase: 'global' })
        this.#enter(headsFrom(local), global)
        this.#heads.set(node.id, headsFrom(global))
        return
      }
      case 'loop': {
        const loop = this.#loopsAround(node).at(-1)!
        const entering = this.#heldHeads(node, this.#headsOf(node))
        this.#heads.set(node.id, [...entering, { from: { loop }, chain: [], crossings: [] }])
        return
      }
      case 'iterate':
        this.#heads.set(node.id, headsFrom(this.#closeLoop(node)))
        return
      default: {
        const { id, origin: _origin, word: _word, inputs: _inputs, ...fields } = node
        const heads = this.#heldHeads(node, this.#headsOf(node))
        const operator = this.#operator(node, fields)
        this.#enter(heads, operator)
        this.#heads.set(id, headsFrom(operator))
      }
    }
  }

  /** A table comes from one operator, as it is. */
  #nameTable(node: CoreNode, name: string, isQuery: boolean): void {
    const [{ from }] = this.#headsOf(node) as [Head]
    if (typeof from !== 'number') return
    this.#tables.push({ name, operator: from, node: node.origin, isQuery })
  }

  #isTable({ origin }: CoreNode): boolean {
    return givenBy(this.#plan, this.#plan.nodes[origin]!) === 'table'
  }

  #loopsAround({ origin }: CoreNode): readonly LoopId[] {
    return this.#nesting.around[origin]!
  }

  #headsOf(node: CoreNode): readonly Head[] {
    return node.inputs.flatMap((input) => this.#headsIn(this.#loopsAround(node), input))
  }

  /** What a node reads in loops that it is in: from outside of them, it enters. */
  #headsIn(loops: readonly LoopId[], input: CoreId): readonly Head[] {
    const outside = this.#loopsAround(this.#core.nodes[input]!).length
    const heads = this.#heads.get(input)!
    return loops.slice(outside).reduce((all, loop) => across(all, { kind: 'ingress', loop }), heads)
  }

  /**
   * What enters a loop of streams that emit in every tick waits for the end of the interval: what a round sees does not depend
   * on how time is cut. Asked before the operator is added that reads it, so that operators stay in order.
   */
  #heldHeads(node: CoreNode, heads: readonly Head[]): readonly Head[] {
    const { interval } = this.#checked
    return heads.map((head) => {
      const { from, crossings } = head
      if (crossings.length === 0 || typeof from !== 'number') return head
      if (this.#operators[from]!.period !== 'tick') return head
      const hold = { kind: 'window', length: interval, slide: interval } as const
      const { origin, word } = node
      const held = this.#add({ node: origin, word, period: interval, loops: [] }, hold)
      this.#enter([{ ...head, crossings: [] }], held)
      return { from: held, chain: [], crossings }
    })
  }

  /** Returns the operator behind the loop. */
  #closeLoop(node: CoreNode): OperatorId {
    const [variable, next, result] = node.inputs as [CoreId, CoreId, CoreId]
    const loops = this.#loopsAround(this.#core.nodes[variable]!)
    const loop = loops.at(-1)!
    const own = this.#ownSettling(node, result, loops)
    const heads = this.#headsIn(loops, result)
    const results = own === undefined ? this.#numbered(node, loop, heads) : heads
    const leaving = across(this.#heldHeads(node, results), { kind: 'egress', loop })
    const around = across(this.#heldHeads(node, this.#headsIn(loops, next)), {
      kind: 'feedback',
      loop,
    })
    const gives = this.#isTable(node) ? 'table' : 'events'
    const settled = this.#operator(node, own ?? settling(this.#nesting.loops[loop]!, gives))
    this.#enter(leaving, settled)
    this.#goAround(loop, around)
    return settled
  }

  /** What settles a table of the loop itself, as it is. */
  #ownSettling(
    node: CoreNode,
    result: CoreId,
    loops: readonly LoopId[],
  ): OperatorFields | undefined {
    const made = this.#core.nodes[result]!
    const isOfLoop = this.#loopsAround(made).at(-1) === loops.at(-1)
    if (!this.#isTable(node) || !isOfLoop) return undefined
    return ownSettling(
      made,
      loops.map((loop) => this.#nesting.loops[loop]!),
    )
  }

  /** Rows of a table say in which round they left. */
  #numbered(node: CoreNode, loop: LoopId, heads: readonly Head[]): readonly Head[] {
    if (!this.#isTable(node)) return heads
    const named = { id: node.origin, word: node.word }
    return heads.flatMap((head) => {
      const within = typeof head.from === 'number' && this.#operators[head.from]!.loops.at(-1)
      return followed([head], numbering(named, within === loop ? 'round' : 'tick'))
    })
  }

  /** What a loop's variable is read by, it reads from `next` too. */
  #goAround(loop: LoopId, next: readonly Head[]): void {
    const closed = this.#open.filter(({ around }) => around.loop === loop)
    this.#open = this.#open.filter(({ around }) => around.loop !== loop)
    for (const { head, to } of closed) {
      const { chain, crossings } = head
      const joined = next.map((from) => ({
        from: from.from,
        chain: [...from.chain, ...chain],
        crossings: [...from.crossings, ...crossings],
      }))
      this.#join(joined, to)
    }
  }

  #operator(node: CoreNode, fields: OperatorFields): OperatorId {
    const loops = this.#loopsAround(node)
    const [outermost] = loops
    const period =
      outermost === undefined
        ? this.#checked.periods[node.origin]!
        : this.#nesting.loops[outermost]!.period
    return this.#add({ node: node.origin, word: node.word, period, loops }, fields)
  }

  #add(
    place: Pick<DataflowOperator, 'node' | 'word' | 'period' | 'loops'>,
    fields: OperatorFields,
  ): OperatorId {
    const id = this.#operators.length
    this.#operators.push({ id, ...place, ...fields })
    return id
  }

  #enter(heads: readonly Head[], operator: OperatorId): void {
    const { routing } = traitsOf(this.#operators[operator]!)
    if (routing !== undefined) this.#join(heads, { kind: 'operator', operator, routing })
  }

  #join(heads: readonly Head[], to: DataflowPath['to']): void {
    for (const head of heads) {
      const { from, chain, crossings } = head
      if (typeof from === 'number') {
        this.#paths.push({ id: this.#paths.length, from, chain, to, crossings })
      } else this.#open.push({ around: from, head, to })
    }
  }
}

function headsFrom(operator: OperatorId): readonly Head[] {
  return [{ from: operator, chain: [], crossings: [] }]
}

function followed(heads: readonly Head[], narrow: NarrowNode): readonly Head[] {
  return heads.map((head) => ({ ...head, chain: [...head.chain, narrow] }))
}

function across(heads: readonly Head[], crossing: Crossing): readonly Head[] {
  return heads.map((head) => ({ ...head, crossings: [...head.crossings, crossing] }))
}

/** The nodes that an output or the answer to a query is computed from, in order. */
function neededNodes({ nodes }: CorePlan): readonly CoreNode[] {
  const needed = new Set<CoreId>()
  for (const node of [...nodes].reverse()) {
    const isAsked = node.kind === 'output' || node.kind === 'query'
    if (!isAsked && !needed.has(node.id)) continue
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
