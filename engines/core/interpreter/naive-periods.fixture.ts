/** When nodes emit, by the naive definitions (`naive-evaluation.fixture.ts`). */
import type { NodeId, Plan } from '../plan/plan.ts'
import type { TickEnd } from '../units.ts'
import { divisor } from './naive-values.fixture.ts'

export const EVER = Number.NEGATIVE_INFINITY

export class NaivePeriods {
  readonly #plan: Plan
  readonly #ticks: readonly TickEnd[]

  constructor(plan: Plan, ticks: readonly TickEnd[]) {
    this.#plan = plan
    this.#ticks = ticks
  }

  /** Whether a node emits at a tick, even if nothing. */
  emits(id: NodeId, index: number): boolean {
    const period = this.#period(id)
    return period === 'tick' || this.#ticks[index]! % period === 0
  }

  /** The last tick before one in which a node emits. */
  earlierEmission(id: NodeId, index: number): number | undefined {
    for (let earlier = index - 1; earlier >= 0; earlier--) {
      if (this.emits(id, earlier)) return earlier
    }
    return undefined
  }

  /** Its end. */
  lastEmission(id: NodeId, index: number): number {
    const earlier = this.earlierEmission(id, index)
    return earlier === undefined ? EVER : this.#ticks[earlier]!
  }

  /** The period of what gathers the records of a node: its own, but not less than the interval. */
  whole(id: NodeId): number {
    const period = this.#period(id)
    if (period !== 'tick') return period
    const source = this.#plan.nodes.find((node) => node.kind === 'source')
    return source?.kind === 'source' ? source.interval : 1
  }

  #period(id: NodeId): number | 'tick' {
    const node = this.#plan.nodes[id]!
    switch (node.kind) {
      case 'source':
        return 'tick'
      case 'window':
      case 'reduceByWindow':
        return node.slide
      case 'reduceByKey':
      case 'groupByKey':
      case 'track':
      case 'eventWindow':
        return this.whole(node.input)
      case 'join':
      case 'cogroup':
      case 'tableJoin':
        return divisor(this.whole(node.inputs[0]), this.whole(node.inputs[1]))
      case 'union': {
        const periods = node.inputs.map((input) => this.#period(input))
        return periods.reduce((a, b) => (a === 'tick' || b === 'tick' ? 'tick' : divisor(a, b)))
      }
      case 'loop':
      case 'iterate':
        throw new Error(`${node.kind} has no naive definition`)
      default:
        return this.#period(node.input)
    }
  }
}
