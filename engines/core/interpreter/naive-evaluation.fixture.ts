/**
 * The naive definitions that the interpreter is held to: every node at every tick, computed anew from all that its inputs
 * ever put out. "A window is all records of the last length", "a running reduce is a reduce of everything".
 *
 * Nothing is kept from tick to tick but answers. Loops and static data have none here: their tests are written by hand.
 */
import type { NodeId, Plan, PlanNode } from '../plan/plan.ts'
import type { TickEnd } from '../units.ts'
import type { DueRecord } from './interpret.ts'
import { EVER, NaivePeriods } from './naive-periods.fixture.ts'
import { changesOf, type Row, ranksOf, reduced, type State } from './naive-values.fixture.ts'
import * as naive from './naive-words.fixture.ts'

export class NaiveEvaluation {
  readonly periods: NaivePeriods
  readonly #plan: Plan
  readonly #records: readonly DueRecord[]
  readonly #ticks: readonly TickEnd[]
  readonly #answers = new Map<string, unknown>()

  constructor(plan: Plan, records: readonly DueRecord[], ticks: readonly TickEnd[]) {
    this.#plan = plan
    this.#records = records
    this.#ticks = ticks
    this.periods = new NaivePeriods(plan, ticks)
  }

  /** What an output commits. */
  rows(id: NodeId, index: number): readonly Row[] {
    const { kind } = this.#node(id)
    const isTable = ['runningReduce', 'reduceByWindow', 'topK', 'track', 'query'].includes(kind)
    if (isTable) return this.#changes(id, index)
    return this.#events(id, index).map((record): Row => {
      return Array.isArray(record) && record.length === 2 ? [record[0], record[1]] : [record, 1]
    })
  }

  /** The records that a node emits at a tick. */
  #events(id: NodeId, index: number): readonly unknown[] {
    if (!this.periods.emits(id, index)) return []
    return this.#once(`events ${id} ${index}`, () => this.#compute(this.#node(id), index))
  }

  #compute(node: PlanNode, index: number): readonly unknown[] {
    const end = this.#ticks[index]!
    const since = this.periods.lastEmission(node.id, index)
    const now = (input: NodeId) => this.#events(input, index)
    const came = (input: NodeId) => this.#between(input, since, end)
    const earlier = (input: NodeId) => this.#between(input, EVER, since)
    switch (node.kind) {
      case 'source':
        return this.#records
          .filter(({ dueAt }) => dueAt >= (this.#ticks[index - 1] ?? 0) && dueAt < end)
          .map(({ value }) => value)
      case 'map':
        return now(node.input).map((record) => node.f(record))
      case 'filter':
        return now(node.input).filter((record) => node.f(record))
      case 'flatMap':
        return now(node.input).flatMap((record) => [...node.f(record)])
      case 'keyBy':
        return now(node.input).map((record) => [node.f(record), record])
      case 'stamp':
        return now(node.input).map((record) => [end, record])
      case 'exchange':
        return now(node.input)
      case 'union':
        return node.inputs.flatMap(now)
      case 'changes':
        return this.#changes(node.input, index)
      case 'reduceByKey':
        return [...reduced(came(node.input), node.f).values()]
      case 'window':
        return this.#between(node.input, end - node.length, end)
      case 'groupByKey':
        return naive.groupsOf(came(node.input))
      case 'cogroup':
        return naive.cogroupOf(came(node.inputs[0]), came(node.inputs[1]))
      case 'join':
        return naive.joinOf(came(node.inputs[0]), came(node.inputs[1]))
      case 'distinct':
        return naive.newOf(earlier(node.input), came(node.input))
      case 'tableJoin': {
        const [table, events] = node.inputs
        const states = [this.#stateAt(table, since), this.#stateAt(table, end)] as const
        return naive.tableJoinOf(states, earlier(events), came(events))
      }
      case 'eventWindow': {
        const pieces = this.#ticks.map((at, tick) => [at, this.#events(node.input, tick)] as const)
        return naive.eventWindowOf(node, this.periods.whole(node.input), { pieces, end })
      }
      default:
        throw new Error(`${node.kind} emits no events`)
    }
  }

  /** What a node emitted in the ticks that end in `(from, to]`: for a source, what was due in `[from, to)`. */
  #between(id: NodeId, from: number, to: number): readonly unknown[] {
    return this.#ticks.flatMap((end, index) =>
      end > from && end <= to ? this.#events(id, index) : [],
    )
  }

  /** The whole table of a node at a tick in which it emits. */
  #state(id: NodeId, index: number): State {
    return this.#once(`state ${id} ${index}`, () => this.#computeState(this.#node(id), index))
  }

  #computeState(node: PlanNode, index: number): State {
    const end = this.#ticks[index]!
    switch (node.kind) {
      case 'runningReduce':
        return reduced(this.#between(node.input, EVER, end), node.f)
      case 'reduceByWindow':
        return reduced(this.#between(node.input, end - node.length, end), node.merge)
      case 'topK':
        return ranksOf(this.#state(node.input, index), node.k)
      case 'track': {
        const tracked = this.#tracked(node.id, index)
        return new Map([...tracked].map(([name, { row }]) => [name, row]))
      }
      case 'query':
        return this.#state(node.input, index)
      default:
        throw new Error(`${node.kind} is not a table`)
    }
  }

  #tracked(id: NodeId, index: number): naive.TrackedState {
    const node = this.#node(id)
    if (node.kind !== 'track') throw new Error(`${node.kind} tracks nothing`)
    return this.#once(`tracked ${id} ${index}`, () => {
      const earlier = this.periods.earlierEmission(id, index)
      const end = this.#ticks[index]!
      const before = earlier === undefined ? new Map() : this.#tracked(id, earlier)
      const came = this.#between(node.input, this.periods.lastEmission(id, index), end)
      return naive.trackedOf(node, before, { came, end, period: this.periods.whole(id) })
    })
  }

  /** The table as it was last emitted, at an instant or before it. */
  #stateAt(id: NodeId, at: number): State {
    const isPast = (end: TickEnd, index: number) => end <= at && this.periods.emits(id, index)
    const index = this.#ticks.findLastIndex(isPast)
    return index < 0 ? new Map() : this.#state(id, index)
  }

  /** The rows of a table that differ from its last emission. */
  #changes(id: NodeId, index: number): readonly Row[] {
    if (!this.periods.emits(id, index)) return []
    const before = this.#stateAt(id, this.periods.lastEmission(id, index))
    return changesOf(before, this.#state(id, index))
  }

  #node(id: NodeId): PlanNode {
    return this.#plan.nodes[id]!
  }

  #once<A>(question: string, answer: () => A): A {
    if (!this.#answers.has(question)) this.#answers.set(question, answer())
    return this.#answers.get(question) as A
  }
}
