/** The kinds of plan nodes: what each takes and gives, and the word that a user writes to get one. */
import { PlanError } from '../errors.ts'
import type { NodeId, Plan, PlanNode } from './plan.ts'

type StreamKind = 'events' | 'table'

interface NodeKind {
  /** By input; the last one is that of all further inputs. */
  readonly takes: readonly (StreamKind | 'any')[]
  /** `result`: what its last input gives. */
  readonly gives: StreamKind | 'output' | 'result'
  /** Where it is not the kind's name. */
  readonly word?: string
}

const EVENTS: NodeKind = { takes: ['events'], gives: 'events' }
const TABLE: NodeKind = { takes: ['events'], gives: 'table' }
const OUTPUT: NodeKind = { takes: ['any'], gives: 'output' }

const KINDS: Readonly<Record<PlanNode['kind'], NodeKind>> = {
  source: { takes: [], gives: 'events' },
  map: EVENTS,
  filter: EVENTS,
  flatMap: EVENTS,
  keyBy: EVENTS,
  stamp: EVENTS,
  exchange: EVENTS,
  union: EVENTS,
  changes: { takes: ['table'], gives: 'events' },
  reduceByKey: EVENTS,
  groupByKey: EVENTS,
  cogroup: EVENTS,
  join: EVENTS,
  tableJoin: { takes: ['table', 'events'], gives: 'events', word: 'join' },
  staticJoin: { ...EVENTS, word: 'join' },
  runningReduce: TABLE,
  distinct: EVENTS,
  track: TABLE,
  window: EVENTS,
  reduceByWindow: TABLE,
  eventWindow: { ...EVENTS, word: 'reduceByEventTime' },
  topK: { takes: ['table'], gives: 'table' },
  loop: { ...EVENTS, word: 'iterate' },
  iterate: { takes: ['events', 'events', 'any'], gives: 'result' },
  collect: OUTPUT,
  save: OUTPUT,
  foreachBatch: OUTPUT,
  query: { takes: ['table'], gives: 'output' },
}

export function inputsOf(node: PlanNode): readonly NodeId[] {
  if (node.kind === 'source') return []
  return 'inputs' in node ? node.inputs : [node.input]
}

/** What a node takes at one of its inputs. */
export function takenBy(node: PlanNode, input: number): StreamKind | 'any' {
  const { takes } = KINDS[node.kind]
  return takes[input] ?? takes.at(-1) ?? 'any'
}

export function givenBy(plan: Plan, node: PlanNode): StreamKind | 'output' {
  const { gives } = KINDS[node.kind]
  if (gives !== 'result') return gives
  return givenBy(plan, plan.nodes[inputsOf(node).at(-1)!]!)
}

/** Whether a node's name must be its own among those of a plan. */
export function isNamed(node: PlanNode): node is Extract<PlanNode, { name: string }> {
  return KINDS[node.kind].gives === 'output'
}

export function wordOf({ kind }: Pick<PlanNode, 'kind'>): string {
  return KINDS[kind].word ?? kind
}

export function described(node: PlanNode): string {
  return `${wordOf(node)} (node ${node.id})`
}

export function refusal(node: PlanNode, found: string, rule: string, remedy: string): PlanError {
  return new PlanError({ asked: described(node), found, rule, remedy }, { node: node.id })
}
