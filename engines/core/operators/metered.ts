/**
 * A lowered dataflow that reports its work to the simulated world's meter: for both engines, with equal names.
 *
 * Wraps what engines are given (reader, combiners, tables, folds) and unwraps what they give back, so that tables of one
 * kind still know each other. Chains report by themselves, since only they know what passes between their kernels.
 */
import { type Batch, PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes, RunMemory } from '../columns/memory.ts'
import type { Meter } from '../cost/meter.ts'
import type { DigestSum } from '../output/digest.ts'
import type { Dataflow, OperatorId } from '../plan/dataflow.ts'
import { areColumnRows, countColumnRows } from '../tables/column-rows.ts'
import { RowCursor } from '../tables/plain-rows.ts'
import type { SpreadTable } from '../tables/spread-table.ts'
import { isStateTable, type StateTable } from '../tables/state-table.ts'
import type { Combiner, KeyedTable, TableFactory } from '../tables/table.ts'
import type { TickEnd } from '../units.ts'
import type { RecordReader } from './chain.ts'
import type { Lowered, OutputFold, TablePart } from './lowered.ts'
import type { Spread } from './spread-form.ts'

export interface MeteredOptions {
  readonly meter: Meter
  readonly dataflow: Dataflow
  readonly memory: RunMemory
}

type RowCount = (rows: Bytes) => number

export function meteredLowered(lowered: Lowered, options: MeteredOptions): Lowered {
  const { meter, dataflow, memory } = options
  const factories: Record<TablePart, Map<OperatorId, TableFactory>> = {
    arrived: new Map(),
    state: new Map(),
  }
  const countOf = (operator: OperatorId): RowCount => {
    switch (lowered.tables(operator).kind) {
      case 'columns':
        return (rows) => countColumnRows(memory, rows)
      case 'numbers':
        // What arrives for a join has a mark before its pairs.
        return ({ length }) => Math.floor(length / PAIR_BYTES)
      case 'plain':
        return (rows) => countPlainRows(memory, rows)
    }
  }
  const tablesOf = (operator: OperatorId, part: TablePart = 'state'): TableFactory => {
    let factory = factories[part].get(operator)
    if (factory === undefined) {
      factory = meteredTables(lowered.tables(operator, part), {
        meter,
        operator,
        count: countOf(operator),
      })
      factories[part].set(operator, factory)
    }
    return factory
  }
  return {
    context: lowered.context,
    reader: meteredReader(lowered.reader, meter),
    chain: (path) => lowered.chain(path),
    tables: tablesOf,
    spread: (spread, own) => meteredSpread(lowered.spread(spread, own), meter, spread),
    rank(operator, gathered) {
      meter.walked('top', operator, gathered.size)
      const of = { meter, operator, count: countOf(operator) }
      return new MeteredTable(lowered.rank(operator, bare(gathered)), of)
    },
    combiner(path, partition) {
      const { from, to } = dataflow.paths[path]!
      const isSource = dataflow.operators[from]!.kind === 'source'
      const count = isSource ? () => 0 : countOf(from)
      const isTop = to.kind === 'operator' && dataflow.operators[to.operator]!.kind === 'topK'
      return meteredCombiner(lowered.combiner(path, partition), { meter, path, count, isTop })
    },
    outputFold(output) {
      const feed = dataflow.paths.find(({ to }) => to.kind === 'output' && to.output === output)!
      // An output may be fed by tables of several kinds, in any order.
      const count: RowCount = (rows) =>
        areColumnRows(memory, rows) ? countColumnRows(memory, rows) : countPlainRows(memory, rows)
      return meteredFold(lowered.outputFold(output), { meter, from: feed.from, count })
    },
    emitsAt: (period, tick) => lowered.emitsAt(period, tick),
  }
}

/** In smaller batches the larger the scale: a batch is a step's least piece of work. */
function meteredReader(reader: RecordReader, meter: Meter): RecordReader {
  return {
    recordsMax: Math.max(1, Math.floor(reader.recordsMax / meter.scale)),
    read(range, visit, stampOf) {
      meter.read(range.count)
      reader.read(range, visit, stampOf)
    },
  }
}

function meteredCombiner(
  combiner: Combiner,
  of: { meter: Meter; path: number; count: RowCount; isTop: boolean },
): Combiner {
  const { meter, path, isTop } = of
  let records = 0
  return {
    add(batch, from) {
      const added = countRecords(batch, of.count)
      records += added
      meter.combined(path, added)
      combiner.add(batch, from)
    },
    get size() {
      return combiner.size
    },
    get full() {
      return combiner.full
    },
    drain(visit) {
      // What gathers for a `topK` counts its size in visits.
      meter.drained(path, isTop ? records : combiner.size, records)
      records = 0
      combiner.drain(visit)
    },
    release: () => combiner.release(),
  }
}

interface TableOf {
  readonly meter: Meter
  readonly operator: OperatorId
  readonly count: RowCount
}

function meteredTables(factory: TableFactory, of: TableOf): TableFactory {
  // A bag's factory has more to it, but only for those who make combiners.
  return {
    kind: factory.kind,
    combiner: (partitions) => factory.combiner(partitions),
    table: () => metered(factory.table(), of),
    load(saved) {
      const table = metered(factory.load(saved), of)
      of.meter.walked('load', of.operator, table.size)
      return table
    },
    decode: (rows) => factory.decode(rows),
  }
}

function metered(table: KeyedTable, of: TableOf): MeteredTable {
  return isStateTable(table) ? new MeteredStateTable(table, of) : new MeteredTable(table, of)
}

class MeteredTable implements KeyedTable {
  readonly inner: KeyedTable
  #of: TableOf

  constructor(inner: KeyedTable, of: TableOf) {
    this.inner = inner
    this.#of = of
  }

  get operator(): OperatorId {
    return this.#of.operator
  }

  get size(): number {
    return this.inner.size
  }

  get bytes(): number {
    return this.inner.bytes
  }

  fold(rows: Bytes): void {
    const { meter, operator, count } = this.#of
    meter.folded(operator, count(rows))
    this.inner.fold(rows)
  }

  unfold(rows: Bytes): void {
    const { meter, operator, count } = this.#of
    meter.folded(operator, count(rows))
    this.inner.unfold(rows)
  }

  takeChanges(digest: DigestSum | undefined, visit?: (rows: Bytes) => void): number {
    const rows = this.inner.takeChanges(digest, visit)
    this.#of.meter.changed(this.#of.operator, rows)
    return rows
  }

  changesFrom(
    previous: KeyedTable | undefined,
    digest: DigestSum | undefined,
    visit?: (rows: Bytes) => void,
  ): number {
    chargeDifference(this.#of.meter, this, previous)
    const before = previous === undefined ? undefined : bare(previous)
    const rows = this.inner.changesFrom(before, digest, visit)
    this.#of.meter.changed(this.#of.operator, rows)
    return rows
  }

  visitRows(visit: (rows: Bytes) => void): void {
    const { meter, operator } = this.#of
    meter.walked('visit', operator, this.size)
    meter.during(operator, this.size, () => this.inner.visitRows(visit))
  }

  clone(): KeyedTable {
    this.#of.meter.walked('clone', this.#of.operator, this.size)
    return metered(this.inner.clone(), this.#of)
  }

  save(): Uint8Array {
    this.#of.meter.walked('save', this.#of.operator, this.size)
    return this.inner.save()
  }

  top(k: number, visit: (rows: Bytes) => void): void {
    this.#of.meter.walked('top', this.#of.operator, this.size)
    this.inner.top(k, visit)
  }

  release(): void {
    this.inner.release()
  }
}

class MeteredStateTable extends MeteredTable implements StateTable {
  readonly #states: StateTable
  #of: TableOf

  constructor(states: StateTable, of: TableOf) {
    super(states, of)
    this.#states = states
    this.#of = of
  }

  advance(
    arrived: KeyedTable | undefined,
    end: TickEnd,
    visit: ((rows: Bytes) => void) | undefined,
  ): number {
    const { meter, operator } = this.#of
    const stepped = this.#states.advance(arrived && bare(arrived), end, visit)
    meter.stepped(operator, stepped)
    return stepped
  }

  get late(): number | undefined {
    return this.#states.late
  }

  override clone(): StateTable {
    return super.clone() as MeteredStateTable
  }
}

/** Rows are folded, keys stepped, as where both operators stand for themselves. */
function meteredSpread(table: SpreadTable, meter: Meter, { extremes, join }: Spread): SpreadTable {
  let steps = table.steps
  return {
    expect: (events) => table.expect(events),
    takeRows(rows) {
      meter.folded(extremes, rows.length / PAIR_BYTES)
      table.takeRows(rows)
    },
    takeEvents(message) {
      meter.folded(join, Math.floor(message.length / PAIR_BYTES))
      table.takeEvents(message)
    },
    settle: () => table.settle(),
    spread() {
      const isDone = table.spread()
      meter.stepped(join, table.steps - steps)
      steps = table.steps
      return isDone
    },
    visitChanges(visit) {
      table.visitChanges((rows) => {
        meter.changed(extremes, rows.length / PAIR_BYTES)
        visit(rows)
      })
    },
    visitReached: (visit) => table.visitReached(visit),
    keysOf: (partition) => table.keysOf(partition),
    get steps() {
      return table.steps
    },
    save(side, partition) {
      const operator = side === 'rows' ? extremes : join
      meter.walked('save', operator, table.keysOf(partition))
      return table.save(side, partition)
    },
    restore(side, saved) {
      const operator = side === 'rows' ? extremes : join
      meter.walked('load', operator, Math.floor(saved.length / PAIR_BYTES))
      table.restore(side, saved)
    },
    release: () => table.release(),
  }
}

function chargeDifference(meter: Meter, table: KeyedTable, previous: KeyedTable | undefined): void {
  if (!(table instanceof MeteredTable)) return
  meter.walked('difference', table.operator, table.size)
  if (previous !== undefined) meter.walked('difference', table.operator, previous.size)
}

function meteredFold(
  fold: OutputFold,
  of: { meter: Meter; from: OperatorId; count: RowCount },
): OutputFold {
  const { meter, from, count } = of
  return {
    add(batch) {
      meter.put(from, countRecords(batch, count))
      fold.add(batch)
    },
    addChanges(table) {
      const rows = fold.addChanges(bare(table))
      meter.changed(from, rows)
      return rows
    },
    addDifference(table, previous) {
      chargeDifference(meter, table, previous)
      const rows = fold.addDifference(bare(table), previous && bare(previous))
      meter.changed(from, rows)
      return rows
    },
    take: () => fold.take(),
  }
}

function bare(table: KeyedTable): KeyedTable {
  return table instanceof MeteredTable ? table.inner : table
}

function countRecords(batch: Batch, count: RowCount): number {
  if (batch.kind === 'text' || batch.kind === 'numbers') return batch.count
  return batch.kind === 'values' ? batch.values.length : count(batch.rows)
}

function countPlainRows(memory: RunMemory, rows: Bytes): number {
  let count = 0
  const cursor = new RowCursor(memory, rows)
  while (cursor.next()) count += 1
  return count
}
