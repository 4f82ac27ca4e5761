/** The smallest engine there is, for tests of lowering: one process, all partitions, one tick after the other. */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import type { Pool } from '../input/input-log.ts'
import type { Digest } from '../output/digest.ts'
import type { Dataflow, DataflowOperator, DataflowPath } from '../plan/dataflow.ts'
import type { Combiner, KeyedTable } from '../tables/table.ts'
import type { Lowered, OutputFold } from './lowered.ts'

export interface TickedRecord {
  readonly pool: Pool
  readonly index: number
  readonly dueAt: number
  readonly partition: number
}

export interface OutputTick {
  readonly output: number
  readonly tick: number
  readonly digest: Digest
  readonly rows: readonly (readonly [key: unknown, value: unknown])[]
}

interface RunOptions {
  readonly records: readonly TickedRecord[]
  readonly tick: number
  readonly partitions: number
}

/** A table of one tick, for windows; or the state, for what runs on. */
interface State {
  table?: KeyedTable | undefined
  previous?: KeyedTable | undefined
  parts: { end: number; table: KeyedTable }[]
}

/** Runs ticks until the records are over, and then to a common end of all periods (6 s). */
export function runTicks(dataflow: Dataflow, lowered: Lowered, options: RunOptions): OutputTick[] {
  return new Runner(dataflow, lowered, options).run()
}

class Runner {
  readonly #dataflow: Dataflow
  readonly #lowered: Lowered
  readonly #options: RunOptions
  readonly #combiners = new Map<string, { path: DataflowPath; combiner: Combiner }>()
  readonly #states = new Map<string, State>()
  readonly #folds: OutputFold[]

  constructor(dataflow: Dataflow, lowered: Lowered, options: RunOptions) {
    this.#dataflow = dataflow
    this.#lowered = lowered
    this.#options = options
    this.#folds = dataflow.outputs.map(({ index }) => lowered.outputFold(index))
  }

  run(): OutputTick[] {
    const { records, tick } = this.#options
    const end = Math.ceil((records.length * 200_000_000) / 6e9 + 1) * 6e9
    const results: OutputTick[] = []
    for (let at = tick; at <= end; at += tick) {
      this.#lowered.context.tick = at
      for (const operator of this.#dataflow.operators) this.#step(operator, at)
      for (const { index, period } of this.#dataflow.outputs) {
        if (!this.#lowered.emitsAt(period, at)) continue
        results.push({ output: index, tick: at, ...this.#folds[index]!.take() })
      }
    }
    return results
  }

  #step(operator: DataflowOperator, end: number): void {
    if (operator.kind === 'source') {
      this.#read(operator, end)
      return
    }
    const received = this.#drain(operator)
    for (let partition = 0; partition < this.#options.partitions; partition++) {
      const rows = received.filter((each) => each.partition === partition).map(({ table }) => table)
      this.#work(operator, partition, rows, end)
    }
  }

  #read(operator: DataflowOperator, end: number): void {
    const { records, tick } = this.#options
    for (const { pool, index, dueAt, partition } of records) {
      if (dueAt < end - tick || dueAt >= end) continue
      this.#lowered.reader.read({ pool, first: index, count: 1 }, (batch) =>
        this.#emit(operator, partition, batch),
      )
    }
  }

  #emit(operator: DataflowOperator, partition: number, batch: Batch): void {
    for (const path of this.#pathsFrom(operator)) {
      this.#lowered.chain(path.id).run(batch, (out) => {
        if (path.to.kind === 'output') this.#folds[path.to.output]!.add(out)
        else this.#combinerOf(path, partition).add(out)
      })
    }
  }

  /** A local `topK` reads its partition's table itself. */
  #pathsFrom(operator: DataflowOperator): readonly DataflowPath[] {
    return this.#dataflow.paths.filter(
      ({ from, to }) => from === operator.id && !this.#isLocalTop(to),
    )
  }

  #isLocalTop(to: DataflowPath['to']): boolean {
    if (to.kind === 'output') return false
    const target = this.#dataflow.operators[to.operator]!
    return target.kind === 'topK' && target.phase === 'local'
  }

  #combinerOf(path: DataflowPath, partition: number): Combiner {
    assert(path.to.kind === 'operator', 'a combiner of an output')
    const own = path.to.routing === 'same-partition' ? partition : undefined
    const key = `${path.id}/${own}`
    let found = this.#combiners.get(key)
    if (found === undefined) {
      found = { path, combiner: this.#lowered.combiner(path.id, own) }
      this.#combiners.set(key, found)
    }
    return found.combiner
  }

  /** What came for an operator: each visit's rows as a table or bag of their own, so that they outlive the visit. */
  #drain(operator: DataflowOperator): { partition: number; table: KeyedTable }[] {
    const received: { partition: number; table: KeyedTable }[] = []
    const factory = this.#lowered.tables(this.#gatheringOf(operator))
    for (const { path, combiner } of this.#combiners.values()) {
      if (path.to.kind !== 'operator' || path.to.operator !== operator.id) continue
      combiner.drain((partition, rows) => {
        const table = factory.table()
        table.fold(rows)
        received.push({ partition, table })
      })
    }
    return received
  }

  /** A global `topK` gathers in tables like the local one's. */
  #gatheringOf(operator: DataflowOperator): number {
    if (operator.kind !== 'topK') return operator.id
    return this.#inputOf(operator)
  }

  #inputOf(operator: DataflowOperator): number {
    const into = this.#dataflow.paths.find(
      ({ to }) => to.kind === 'operator' && to.operator === operator.id,
    )
    return into!.from
  }

  #work(operator: DataflowOperator, partition: number, rows: KeyedTable[], end: number): void {
    const state = this.#state(operator.id, partition)
    const emits = this.#lowered.emitsAt(operator.period, end)
    const factory = this.#lowered.tables(operator.id)
    switch (operator.kind) {
      case 'reduceByKey':
        state.table ??= factory.table()
        for (const each of rows) fold(state.table, each)
        if (!emits) return
        state.table.visitRows((bytes) =>
          this.#emit(operator, partition, { kind: 'rows', rows: bytes }),
        )
        state.table = factory.table()
        return
      case 'runningReduce':
        state.table ??= factory.table()
        for (const each of rows) fold(state.table, each)
        if (emits) this.#emitChanges(operator, partition, state.table, 'takeChanges')
        return
      case 'window':
        for (const table of rows) state.parts.push({ end, table })
        state.parts = state.parts.filter((part) => part.end > end - operator.length)
        if (!emits) return
        for (const { table } of state.parts) {
          table.visitRows((bytes) => this.#emit(operator, partition, { kind: 'rows', rows: bytes }))
        }
        return
      case 'reduceByWindow': {
        for (const table of rows) state.parts.push({ end, table })
        const leaves = (part: { end: number }) => part.end <= end - operator.length
        if (operator.inverse !== undefined) {
          state.table ??= factory.table()
          for (const each of rows) fold(state.table, each)
          if (!emits) return
          for (const { table } of state.parts.filter(leaves)) {
            table.visitRows((bytes) => state.table!.unfold(bytes))
          }
          state.parts = state.parts.filter((part) => !leaves(part))
          this.#emitChanges(operator, partition, state.table, 'takeChanges')
          return
        }
        if (!emits) return
        state.parts = state.parts.filter((part) => !leaves(part))
        const now = factory.table()
        for (const { table } of state.parts) fold(now, table)
        this.#replace(operator, partition, state, now)
        return
      }
      case 'topK': {
        if (!emits) return
        if (operator.phase === 'local') {
          const { table } = this.#state(this.#inputOf(operator), partition)
          table?.top(operator.k, (bytes) =>
            this.#emit(operator, partition, { kind: 'rows', rows: bytes }),
          )
          return
        }
        if (partition > 0) return
        const gathered = this.#lowered.tables(this.#inputOf(operator)).table()
        for (const each of rows) fold(gathered, each)
        this.#replace(operator, partition, state, this.#lowered.rank(operator.id, gathered))
      }
    }
  }

  #replace(operator: DataflowOperator, partition: number, state: State, now: KeyedTable): void {
    state.previous = state.table
    state.table = now
    this.#emitChanges(operator, partition, now, 'changesFrom', state.previous)
  }

  #emitChanges(
    operator: DataflowOperator,
    partition: number,
    table: KeyedTable,
    how: 'takeChanges' | 'changesFrom',
    previous?: KeyedTable,
  ): void {
    const [path, ...others] = this.#pathsFrom(operator)
    if (path?.to.kind === 'output' && others.length === 0 && path.chain.length === 0) {
      const fold = this.#folds[path.to.output]!
      if (how === 'takeChanges') fold.addChanges(table)
      else fold.addDifference(table, previous)
      return
    }
    const visit = (bytes: Bytes) => this.#emit(operator, partition, { kind: 'rows', rows: bytes })
    if (how === 'takeChanges') table.takeChanges(undefined, visit)
    else table.changesFrom(previous, undefined, visit)
  }

  #state(operator: number, partition: number): State {
    const key = `${operator}/${partition}`
    let state = this.#states.get(key)
    if (state === undefined) {
      state = { parts: [] }
      this.#states.set(key, state)
    }
    return state
  }
}

function fold(into: KeyedTable, from: KeyedTable): void {
  from.visitRows((rows) => into.fold(rows))
}
