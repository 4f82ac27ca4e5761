/**
 * A core plan: what is left of a plan when its words are made of the few that have operators (`desugar.ts`). Its nodes are
 * numbered anew; each knows the node of the plan that it comes from and what the user wrote there, for errors.
 */
import type { DataflowOperator, DataflowOutput, NarrowNode } from './dataflow.ts'
import type { NodeId, PlanNode } from './plan.ts'

export type CoreId = number

/** What an operator is, without its place in the dataflow. */
export type OperatorFields<O = DataflowOperator> = O extends DataflowOperator
  ? Omit<O, 'id' | 'node' | 'word' | 'period' | 'loops'>
  : never

export type CoreKind =
  | Exclude<OperatorFields, { kind: 'topK' }>
  | { readonly kind: 'topK'; readonly k: number }
  | Pick<NarrowNode, 'kind' | 'f' | 'static'>
  /** The records of all inputs: of a union, and of a table whose changes are read as events. */
  | { readonly kind: 'union' }
  /** Where a loop begins, and where it ends: of [loop, next, result]. Only their paths are left in the dataflow. */
  | { readonly kind: 'loop' | 'iterate' }
  | { readonly kind: 'output'; readonly node: DataflowOutput['node'] }
  | { readonly kind: 'query'; readonly name: string }

export type CoreNode = CoreKind & {
  readonly id: CoreId
  readonly origin: NodeId
  readonly word: string
  readonly inputs: readonly CoreId[]
}

export interface CorePlan {
  /** A node comes after its inputs. `nodes[id].id === id`. */
  readonly nodes: readonly CoreNode[]
}

/** What the rewriting of a word is given: the word's node, and a way to add core nodes that come from it. */
export interface Rewriting<N extends PlanNode = PlanNode> {
  readonly node: N
  readonly word: string
  add(kind: CoreKind, ...inputs: readonly CoreId[]): CoreId
}
