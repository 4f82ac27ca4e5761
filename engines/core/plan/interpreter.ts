/**
 * A naive evaluator of plans, for differential tests: what the operators mean, computed anew for every tick.
 *
 * It shares no code with builder, tables, chains or engines: only the plan, the functions' plain bodies, and the
 * canonical encoding, which says when two keys are the same. Costs O(records) per node and tick, and more where a table
 * is compared with its past.
 */
import { encodeCanonical } from '../columns/value-codec.ts'
import type { Nanos, TickEnd } from '../units.ts'
import type { NodeId, Plan, PlanFunction, PlanNode } from './plan.ts'

export interface DueRecord {
  readonly dueAt: Nanos
  readonly value: unknown
}

type Row = readonly [key: unknown, value: unknown]

export interface InterpretedTick {
  /** Index of the output among the plan's outputs. */
  readonly output: number
  readonly name: string
  readonly tick: TickEnd
  /** In no particular order. `value` is `undefined` where a key left. */
  readonly rows: readonly Row[]
}

/**
 * The rows of every output at every tick in which it emits.
 *
 * Every source reads all records. `ticks` are ascending ends; the first tick begins at 0, and every end of a period of
 * the plan within them is one of them.
 */
export function interpret(
  plan: Plan,
  records: readonly DueRecord[],
  ticks: readonly TickEnd[],
): InterpretedTick[] {
  const evaluation = new Evaluation(plan, records, ticks)
  const results: InterpretedTick[] = []
  let output = 0
  for (const node of plan.nodes) {
    if (node.kind !== 'collect' && node.kind !== 'save' && node.kind !== 'foreachBatch') continue
    ticks.forEach((tick, index) => {
      if (!evaluation.emits(node.input, index)) return
      results.push({ output, name: node.name, tick, rows: evaluation.rows(node.input, index) })
    })
    output += 1
  }
  return results
}

/** A table at an instant: by the text of the key's canonical encoding. */
type State = ReadonlyMap<string, Row>

interface Group {
  readonly key: unknown
  readonly sides: unknown[][]
}

class Evaluation {
  readonly #plan: Plan
  readonly #records: readonly DueRecord[]
  readonly #ticks: readonly TickEnd[]
  readonly #memo = new Map<string, readonly unknown[]>()

  constructor(plan: Plan, records: readonly DueRecord[], ticks: readonly TickEnd[]) {
    this.#plan = plan
    this.#records = records
    this.#ticks = ticks
  }

  /** Whether a node emits at a tick, even if nothing. */
  emits(id: NodeId, index: number): boolean {
    const period = this.#period(id)
    return period === 'tick' || this.#ticks[index]! % period === 0
  }

  #period(id: NodeId): Nanos | 'tick' {
    const node = this.#node(id)
    switch (node.kind) {
      case 'source':
        return 'tick'
      case 'window':
      case 'reduceByWindow':
        return node.slide
      case 'reduceByKey':
      case 'groupByKey': {
        const period = this.#period(node.input)
        return period === 'tick' ? this.#interval() : period
      }
      case 'cogroup':
      case 'join': {
        const period = this.#period(node.inputs[0])
        return period === 'tick' ? this.#interval() : period
      }
      case 'union': {
        const periods = node.inputs.map((input) => this.#period(input))
        return periods.reduce((a, b) => (a === 'tick' || b === 'tick' ? 'tick' : divisor(a, b)))
      }
      default:
        if (!('input' in node)) throw new Error(`${node.kind} is not interpreted yet`)
        return this.#period(node.input)
    }
  }

  /** What an output commits. */
  rows(id: NodeId, index: number): readonly Row[] {
    if (isTable(this.#node(id))) return this.#changes(id, index)
    return this.#events(id, index).map((record): Row => {
      return Array.isArray(record) && record.length === 2 ? [record[0], record[1]] : [record, 1]
    })
  }

  /** The records that a node emits at a tick. */
  #events(id: NodeId, index: number): readonly unknown[] {
    if (!this.emits(id, index)) return []
    const key = `${id}/${index}`
    let events = this.#memo.get(key)
    if (events === undefined) {
      events = this.#compute(id, index)
      this.#memo.set(key, events)
    }
    return events
  }

  #compute(id: NodeId, index: number): readonly unknown[] {
    const node = this.#node(id)
    switch (node.kind) {
      case 'source': {
        const from = this.#ticks[index - 1] ?? 0
        const to = this.#ticks[index]!
        return this.#records
          .filter(({ dueAt }) => dueAt >= from && dueAt < to)
          .map(({ value }) => value)
      }
      case 'map':
        return this.#events(node.input, index).map((record) => node.f(record))
      case 'filter':
        return this.#events(node.input, index).filter((record) => node.f(record))
      case 'flatMap':
        return this.#events(node.input, index).flatMap((record) => [...node.f(record)])
      case 'keyBy':
        return this.#events(node.input, index).map((record) => [node.f(record), record])
      case 'stamp':
        return this.#events(node.input, index).map((record) => [this.#ticks[index]!, record])
      case 'distinct': {
        const seen = new Set(
          this.#between(node.input, Number.NEGATIVE_INFINITY, this.#ticks[index - 1] ?? 0).map(
            canonical,
          ),
        )
        return this.#events(node.input, index).filter((record) => {
          const name = canonical(record)
          const isNew = !seen.has(name)
          seen.add(name)
          return isNew
        })
      }
      case 'groupByKey':
        return this.#groups([node.input], id, index).map(({ key, sides: [values] }) => [
          key,
          values,
        ])
      case 'cogroup':
        return this.#groups(node.inputs, id, index).map(({ key, sides }) => [key, sides])
      case 'join':
        return this.#groups(node.inputs, id, index).flatMap(({ key, sides: [left, right] }) =>
          left!.flatMap((one) => right!.map((other) => [key, [one, other]])),
        )
      case 'union':
        return node.inputs.flatMap((input) => this.#events(input, index))
      case 'changes':
        return this.#changes(node.input, index)
      case 'reduceByKey': {
        const since = this.#lastEmission(id, index)
        return [...reduced(this.#between(node.input, since, this.#ticks[index]!), node.f).values()]
      }
      case 'window': {
        const end = this.#ticks[index]!
        return this.#between(node.input, end - node.length, end)
      }
      default:
        throw new Error(`${node.kind} emits no events`)
    }
  }

  /** By key: the values of the period that ends here, from each input, ascending. */
  #groups(inputs: readonly NodeId[], id: NodeId, index: number): Group[] {
    const groups = new Map<string, Group>()
    const since = this.#lastEmission(id, index)
    inputs.forEach((input, side) => {
      for (const record of this.#between(input, since, this.#ticks[index]!)) {
        const [key, value] = record as Row
        const name = canonical(key)
        const group: Group = groups.get(name) ?? { key, sides: inputs.map(() => []) }
        group.sides[side]!.push(value)
        groups.set(name, group)
      }
    })
    for (const { sides } of groups.values()) {
      for (const values of sides) values.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
    }
    return [...groups.values()]
  }

  /** What a node emitted in the ticks that end in `(from, to]`: for a source, what was due in `[from, to)`. */
  #between(id: NodeId, from: Nanos, to: Nanos): readonly unknown[] {
    return this.#ticks.flatMap((end, index) =>
      end > from && end <= to ? this.#events(id, index) : [],
    )
  }

  /** The whole table of a node at a tick in which it emits. */
  #state(id: NodeId, index: number): State {
    const node = this.#node(id)
    const end = this.#ticks[index]!
    switch (node.kind) {
      case 'runningReduce':
        return reduced(this.#between(node.input, Number.NEGATIVE_INFINITY, end), node.f)
      case 'reduceByWindow':
        return reduced(this.#between(node.input, end - node.length, end), node.merge)
      case 'topK': {
        const ranked = [...this.#state(node.input, index).values()].sort(byValueThenKey)
        const rows = ranked.slice(0, node.k).map((row, rank): Row => [rank + 1, row])
        return new Map(rows.map((row) => [canonical(row[0]), row]))
      }
      default:
        throw new Error(`${node.kind} is not a table`)
    }
  }

  /** The rows of a table that differ from its last emission. */
  #changes(id: NodeId, index: number): readonly Row[] {
    if (!this.emits(id, index)) return []
    const now = this.#state(id, index)
    let before: State = new Map()
    for (let earlier = index - 1; earlier >= 0; earlier--) {
      if (!this.emits(id, earlier)) continue
      before = this.#state(id, earlier)
      break
    }
    const changes: Row[] = []
    for (const [key, row] of now) {
      const old = before.get(key)
      if (old === undefined || canonical(old[1]) !== canonical(row[1])) changes.push(row)
    }
    for (const [key, row] of before) if (!now.has(key)) changes.push([row[0], undefined])
    return changes
  }

  #lastEmission(id: NodeId, index: number): Nanos {
    for (let earlier = index - 1; earlier >= 0; earlier--) {
      if (this.emits(id, earlier)) return this.#ticks[earlier]!
    }
    return Number.NEGATIVE_INFINITY
  }

  #node(id: NodeId): PlanNode {
    return this.#plan.nodes[id]!
  }

  #interval(): Nanos {
    const source = this.#plan.nodes.find((node) => node.kind === 'source')
    return source?.kind === 'source' ? source.interval : 1
  }
}

/** The greatest common divisor, by Euclid's subtraction. */
function divisor(a: number, b: number): number {
  if (a === b) return a
  return a > b ? divisor(a - b, b) : divisor(a, b - a)
}

function isTable(node: PlanNode): boolean {
  return node.kind === 'runningReduce' || node.kind === 'reduceByWindow' || node.kind === 'topK'
}

function reduced(records: readonly unknown[], f: PlanFunction): State {
  const state = new Map<string, Row>()
  for (const record of records) {
    const [key, value] = record as Row
    const name = canonical(key)
    const old = state.get(name)
    state.set(name, old === undefined ? [key, value] : [old[0], f(old[1], value)])
  }
  return state
}

function canonical(value: unknown): string {
  const { tag, body } = encodeCanonical(value)
  return `${String(tag).padStart(2, '0')}:${Buffer.from(body).toString('hex')}`
}

/** Greatest value first, then ascending key bytes. Numbers by size; what is not a number by its encoding. */
function byValueThenKey(a: Row, b: Row): number {
  return compare(b[1], a[1]) || (canonical(a[0]) < canonical(b[0]) ? -1 : 1)
}

function compare(a: unknown, b: unknown): number {
  const numeric = (value: unknown) => typeof value === 'number' || typeof value === 'bigint'
  if (numeric(a) && numeric(b)) {
    const [x, y] = [a as number, b as number]
    if (x < y) return -1
    if (x > y) return 1
    return Number(Number.isNaN(y)) - Number(Number.isNaN(x))
  }
  const place = (value: unknown) => (numeric(value) ? '02' : canonical(value))
  return place(a) < place(b) ? -1 : Number(place(a) > place(b))
}
