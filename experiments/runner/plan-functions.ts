/**
 * Watches the functions of a plan from another thread: what they never return from cannot be seen from their own.
 *
 * Words in shared memory: calls so far, the node whose function has been called and has not returned, and the tick. Who looks at the first
 * two again and again, and finds them as they were, has seen one call that goes on.
 */
import type { NodeId, Plan, PlanFunction, PlanNode } from '../../engines/core/plan/plan.ts'

const CALLS = 0
/** The node's id and 1; 0 outside of all of them. */
const INSIDE = 1
/** Which of the ticks is worked on, from 0. */
const TICK = 2

const WORDS_BYTES = 12

export interface WatchedCall {
  readonly node: NodeId
  readonly calls: number
}

export class FunctionWatch {
  readonly shared: SharedArrayBuffer
  readonly #words: Int32Array

  /** `shared` is another watch's, on its thread. */
  constructor(shared = new SharedArrayBuffer(WORDS_BYTES)) {
    this.shared = shared
    this.#words = new Int32Array(shared)
  }

  get tick(): number {
    return this.#words[TICK]!
  }

  set tick(index: number) {
    this.#words[TICK] = index
  }

  /** The call that goes on now. */
  get call(): WatchedCall | undefined {
    const calls = Atomics.load(this.#words, CALLS)
    const node = Atomics.load(this.#words, INSIDE) - 1
    return node < 0 ? undefined : { node, calls }
  }

  /** The plan with functions that tell of themselves. */
  watched(plan: Plan): Plan {
    return { ...plan, nodes: plan.nodes.map((node) => this.#watchedNode(node)) }
  }

  #watchedNode(node: PlanNode): PlanNode {
    // What a generator does it does when it is asked for its values.
    const whole = node.kind === 'flatMap'
    const fields = Object.entries(node).map(([name, value]) => [
      name,
      typeof value === 'function' ? this.#told(node.id, value as PlanFunction, whole) : value,
    ])
    return Object.fromEntries(fields) as PlanNode
  }

  #told(node: NodeId, f: PlanFunction, whole: boolean): PlanFunction {
    const words = this.#words
    const told = (...args: unknown[]): unknown => {
      words[CALLS]! += 1
      words[INSIDE] = node + 1
      const result: unknown = f(...args)
      const value = whole && !Array.isArray(result) ? [...(result as Iterable<unknown>)] : result
      words[INSIDE] = 0
      return value
    }
    const { kernel, lawful } = f
    return Object.assign(told, kernel && { kernel }, lawful && { lawful })
  }
}
