/**
 * Steps: the nodes of plans in the making, which streams (`stream.ts`) add one by one. They know who reads them, so a whole
 * plan is found from any of them; only then are they numbered. All of a stream that does not depend on what it is a stream
 * of is here too.
 */
import { PlanError } from '../errors.ts'
import type { Nanos, TickEnd } from '../units.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'

export type Draft<N = PlanNode> = N extends PlanNode
  ? Omit<N, 'id' | 'input' | 'inputs' | 'name'>
  : never

export interface Step {
  /** Order of construction, over all streams of the process. */
  readonly order: number
  readonly draft: Draft
  readonly inputs: readonly Step[]
  readonly readers: Step[]
  /** Only of an output, by default its path or its number; and of a query. */
  readonly name?: string
}

let steps = 0

export function addStep(draft: Draft, inputs: readonly Step[], name?: string): Step {
  const step: Step = { order: steps++, draft, inputs, readers: [], ...(name && { name }) }
  for (const input of inputs) input.readers.push(step)
  return step
}

/** Rows of one tick: a table's changed rows, or an event stream's records with the value 1 (pairs as they are). */
export type BatchRows = readonly (readonly [key: unknown, value: unknown])[]

/** What every stream has: outputs. They return the stream, so that a plan can go on from it. */
export abstract class Stream {
  readonly step: Step
  /** How often it emits at least: the interval, or the slide of the window that it is behind. */
  readonly period: Nanos

  constructor(step: Step, period: Nanos) {
    this.step = step
    this.period = period
  }

  /** Commits what the stream emits, under a name. A stream that nothing reads is collected without being asked. */
  collect(name?: string): this {
    addStep({ kind: 'collect' }, [this.step], name)
    return this
  }

  /**
   * Commits what the stream emits when it is in files: one a tick and partition that has rows, in the folder `path` of where the
   * run saves (`output/saved-file.ts`).
   */
  save(path: string): this {
    addStep({ kind: 'save', path }, [this.step], path)
    return this
  }

  /**
   * Calls `f` with the rows of each tick and partition, in the process that has them, and commits them when it has returned.
   * After a fault it may be called again, with equal rows in equal order.
   */
  foreachBatch(f: (rows: BatchRows, tick: TickEnd) => void): this {
    addStep({ kind: 'foreachBatch', f }, [this.step])
    return this
  }
}

/** What a module's plan function may return. */
export type Described = Stream | readonly Stream[] | Plan

/**
 * The plan of streams: everything connected with them, in order of construction. A stream that nothing reads gets a
 * `collect`. Outputs without a name are called `output-0`, `output-1`, … by their place among the outputs.
 *
 * Errors: `PlanError` for what is neither a stream nor a plan, with who asked for it.
 */
export function planOf(described: Described, asked = 'a plan'): Plan {
  if (isPlan(described)) return described
  const streams = Array.isArray(described) ? described : [described]
  if (streams.length === 0 || !streams.every((stream) => stream instanceof Stream)) {
    throw new PlanError({
      asked,
      found: streams.length === 0 ? 'no stream' : `a value of type ${typeof described}`,
      rule: 'a plan is made from a stream, an array of streams, or a plan',
      remedy: 'Return the stream that readStream began',
    })
  }
  const connected = connectedWith(streams.map((stream) => (stream as Stream).step))
  const unread = connected.filter((step) => step.readers.length === 0 && !isEnd(step.draft))
  const implicit = unread.map((step, index): Step => {
    return { order: steps + index, draft: { kind: 'collect' }, inputs: [step], readers: [] }
  })
  return { nodes: numbered([...connected, ...implicit]) }
}

function isPlan(described: Described): described is Plan {
  return typeof described === 'object' && described !== null && 'nodes' in described
}

function isOutput({ kind }: Draft): boolean {
  return kind === 'collect' || kind === 'save' || kind === 'foreachBatch'
}

/** Whether nothing is expected to read it. */
function isEnd(draft: Draft): boolean {
  return isOutput(draft) || draft.kind === 'query'
}

function connectedWith(from: readonly Step[]): Step[] {
  const seen = new Set<Step>(from)
  // A set visits what is added while it is walked.
  for (const step of seen) {
    for (const neighbour of step.inputs) seen.add(neighbour)
    for (const neighbour of step.readers) seen.add(neighbour)
  }
  return [...seen].sort((a, b) => a.order - b.order)
}

/** Kinds that have several inputs. */
const JOINING: ReadonlySet<PlanNode['kind']> = new Set([
  'union',
  'cogroup',
  'join',
  'tableJoin',
  'iterate',
])

function numbered(ordered: readonly Step[]): PlanNode[] {
  const ids = new Map<Step, NodeId>()
  let outputs = 0
  return ordered.map((step, id) => {
    ids.set(step, id)
    const inputs = step.inputs.map((input) => ids.get(input)!)
    const { kind } = step.draft
    return {
      id,
      ...step.draft,
      ...(JOINING.has(kind) ? { inputs } : kind === 'source' ? {} : { input: inputs[0]! }),
      ...(isEnd(step.draft) && { name: step.name ?? `output-${outputs++}` }),
    } as PlanNode
  })
}
