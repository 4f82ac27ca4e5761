/**
 * Lowers a dataflow for one process: chains, tables, combiners and output folds (`lowered.ts`).
 *
 * Which paths run on kernels is `path-form.ts`'s rule, off with `--kernels plain`. Everything is made once per path or
 * operator and handed out; only combiners and folds are new for each call.
 */
import { assert } from '../assert.ts'
import type { Batch } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Meter } from '../cost/meter.ts'
import type { ProcessSetup } from '../engine.ts'
import type { HistoryLog } from '../metrics/history.ts'
import { effectOf } from '../output/output-effects.ts'
import type { Dataflow, DataflowOperator, DataflowPath, OperatorId } from '../plan/dataflow.ts'
import { traitsOf } from '../plan/operator-traits.ts'
import { clockStart, inputEnd } from '../run-config.ts'
import { bindLookups } from '../statics/static-tables.ts'
import { type BagFactory, bagRecords } from '../tables/bag-table.ts'
import { ColumnTable, columnTables } from '../tables/column-table.ts'
import { ExtremesTable, extremesTables } from '../tables/extremes-table.ts'
import { joinTables } from '../tables/integer-join.ts'
import { arrivedTables, JOIN_SIDES } from '../tables/join-arrivals.ts'
import { NumberCombiner } from '../tables/number-combiner.ts'
import { decodePairs, type NumberTables, numberTables } from '../tables/number-table.ts'
import { IntegerSpread, type SpreadTable } from '../tables/spread-table.ts'
import type { Combiner, KeyedTable, TableFactory } from '../tables/table.ts'
import { IntegerUnion } from '../tables/union-table.ts'
import type { PartitionId } from '../units.ts'
import type { Chain, RecordReader } from './chain.ts'
import { columnChain, decodeTexts, numberDigest, textDigest, textReader } from './column-chain.ts'
import type { LogicalContext, LowerDataflow, Lowered, OutputFold, TablePart } from './lowered.ts'
import { meteredLowered } from './metered.ts'
import { numberChain } from './number-chain.ts'
import { numberFilters } from './number-filters.ts'
import { carriedOn, numberFormOf } from './number-form.ts'
import { numberReader, plainPairReader } from './number-reader.ts'
import { type OperatorTables, plainOperatorTables, sameTables } from './operator-tables.ts'
import { PlainOutputFold } from './output-fold.ts'
import { columnForm, numberReduce, type PathForm, plainForm, usesColumns } from './path-form.ts'
import { plainChain } from './plain-chain.ts'
import { plainReader } from './plain-reader.ts'
import { RowsGatherer } from './rows-gatherer.ts'
import { type Spread, spreadsOf } from './spread-form.ts'

/** Records of a batch from the reader. A step's work is about 1 ms: plain functions take about 1 µs a record. */
const RECORDS_MAX = 512
/** Where there is no plain function: kernels on numbers take about 10 ns a record. */
const NUMBERS_MAX = 8_192

export const lowerDataflow: LowerDataflow = (setup, region, { meter, history } = {}) => {
  const lowered = new LoweredDataflow(setup, region, meter)
  const { dataflow } = setup
  if (history) tellJoins(dataflow, history)
  return meter ? meteredLowered(lowered, { meter, dataflow, memory: region.memory }) : lowered
}

function tellJoins({ paths }: Dataflow, history: HistoryLog): void {
  for (const { chain } of paths) for (const { f } of chain) f.joins?.tellTo(history)
}

class LoweredDataflow implements Lowered {
  readonly context: LogicalContext
  readonly reader: RecordReader
  readonly #setup: ProcessSetup
  readonly #region: Region
  readonly #columns: boolean
  readonly #forms: readonly PathForm[]
  readonly #tables: readonly (OperatorTables | undefined)[]
  readonly #chains: readonly Chain[]
  readonly #meter: Meter | undefined
  readonly #digestText: ReturnType<typeof textDigest>
  readonly #digestNumbers: ReturnType<typeof numberDigest>

  constructor(given: ProcessSetup, region: Region, meter: Meter | undefined) {
    const setup = { ...given, dataflow: bindLookups(given.dataflow, given.statics) }
    const { dataflow, config, kernels } = setup
    this.context = { tick: 0, clock: clockStart(config.input) }
    this.#setup = setup
    this.#region = region
    this.#meter = meter
    this.#columns = config.kernels === 'columns'
    this.#digestText = textDigest(kernels, region)
    this.#forms = dataflow.paths.map((path) => this.#formOf(path))
    this.#digestNumbers = numberDigest(kernels, region)
    this.reader = this.#newReader()
    const tables: (OperatorTables | undefined)[] = []
    for (const operator of dataflow.operators) tables.push(this.#tablesOf(operator, tables))
    this.#tables = tables
    this.#chains = dataflow.paths.map((path) => this.#chainOf(path))
  }

  #newReader(): RecordReader {
    const { dataflow, kernels } = this.#setup
    const { memory } = this.#region
    const given = dataflow.operators.flatMap((operator) =>
      operator.kind === 'source' ? [operator] : [],
    )
    const forms = dataflow.paths
      .filter(({ from }) => dataflow.operators[from]!.kind === 'source')
      .map(({ id }) => this.#forms[id]!)
    // A plan reads its input in one format.
    if (given.some(({ format }) => format === 'u32x2')) {
      const plain = plainPairReader(memory, RECORDS_MAX)
      const reads = forms.some(({ kernels, gives }) => kernels.length > 0 || gives === 'numbers')
      if (!reads) return plain
      const isPlain = forms.some(({ gives }) => gives !== 'numbers')
      return unlessStamped(numberReader(memory, isPlain ? RECORDS_MAX : NUMBERS_MAX), plain)
    }
    const plain = plainReader(memory, RECORDS_MAX)
    const reads = forms.some((form) => form.kernels.length > 0 || form.gives === 'text')
    return reads ? unlessStamped(textReader(kernels, this.#region, RECORDS_MAX), plain) : plain
  }

  chain(path: number): Chain {
    return this.#chains[path]!
  }

  tables(operator: OperatorId, part: TablePart = 'state'): TableFactory {
    const tables = this.#tables[operator]
    assert(tables !== undefined, () => `operator ${operator} has no tables: it is a source`)
    return tables[part]
  }

  spread({ reduce, goesBothWays }: Spread, own: readonly PartitionId[]): SpreadTable {
    const { kernels, config } = this.#setup
    const { partitions } = config
    const options = { kernels, region: this.#region, reduce, partitions, own }
    return goesBothWays ? new IntegerUnion(options) : new IntegerSpread(options)
  }

  rank(operator: OperatorId, gathered: KeyedTable): KeyedTable {
    const global = this.#setup.dataflow.operators[operator]!
    assert(
      global.kind === 'topK' && global.phase === 'global',
      `operator ${operator} ranks nothing`,
    )
    const decode = this.tables(this.#inputOf(operator)).decode
    const ranked: unknown[] = []
    gathered.top(global.k, (rows) => {
      for (const row of decode(rows)) ranked.push([ranked.length + 1, row])
    })
    const factory = this.tables(operator)
    const table = factory.table()
    const combiner = factory.combiner(1)
    combiner.add({ kind: 'values', values: ranked })
    combiner.drain((_partition, rows) => table.fold(rows))
    return table
  }

  combiner(path: number, partition?: PartitionId): Combiner {
    const { from, to } = this.#setup.dataflow.paths[path]!
    assert(to.kind === 'operator', `path ${path} leads to an output: nothing is combined`)
    const operator = this.#setup.dataflow.operators[to.operator]!
    if (operator.kind === 'topK') {
      return new RowsGatherer(
        this.#region,
        operator.phase === 'local' ? givenPartition(path, partition) : 0,
      )
    }
    const factory = this.tables(to.operator, 'arrived')
    if (operator.kind === 'window') {
      const kept = givenPartition(path, partition)
      return factory.kind === 'numbers'
        ? (factory as NumberTables).gatherer(kept)
        : (factory as BagFactory).gatherer(kept, (batch) => this.#recordsOf(from, batch))
    }
    const { partitions } = this.#setup.config
    if (factory.kind === 'numbers') return this.#numberCombiner(path)
    if (operator.kind === 'exchange' && factory.kind === 'plain') {
      const decode = (batch: Batch): readonly unknown[] => this.#recordsOf(from, batch)
      return (factory as BagFactory).exchanger(partitions, decode)
    }
    const combiner = factory.combiner(partitions)
    if (factory.kind !== 'plain') return combiner
    return decodingRows(combiner, (batch) => this.#recordsOf(from, batch))
  }

  #numberCombiner(path: number): Combiner {
    const { dataflow, kernels, config } = this.#setup
    const { from } = dataflow.paths[path]!
    const carries = carriedOn(dataflow, dataflow.paths[path]!)
    assert(carries !== undefined, `path ${path} carries no numbers`)
    // What a table of several partitions gives is of any of them.
    const isSpread = spreadsOf(dataflow).some(({ extremes }) => extremes === from)
    const isKept = numberFormOf(dataflow, { id: from })?.kind === 'extremes' && !isSpread
    return new NumberCombiner({ kernels, region: this.#region }, config.partitions, {
      mark: carries === 'records' ? undefined : JOIN_SIDES[carries],
      stays: isKept && this.#forms[path]!.kernels.length === 0,
    })
  }

  outputFold(output: number): OutputFold {
    const { config, dataflow } = this.#setup
    const paths = dataflow.paths.filter(({ to }) => to.kind === 'output' && to.output === output)
    // Rows that come unchanged are all of one format: `#meetsOtherRows`.
    const rowsFrom = paths.find(({ id }) => this.#forms[id]!.gives === 'rows')?.from
    // Records are handed in as rows, never as a table.
    const keyed = paths.filter(({ from }) => !traitsOf(dataflow.operators[from]!).emitsRecords)
    const ofKind = (kind: TableFactory['kind']): TableFactory | undefined => {
      return keyed.map(({ from }) => this.#tables[from]?.state).find((each) => each?.kind === kind)
    }
    const plain = ofKind('plain')
    const columns = ofKind('columns')
    const numbers = ofKind('numbers')
    const { node, name } = dataflow.outputs[output]!
    return new PlainOutputFold({
      name,
      keepRows: config.keepRows || effectOf({ node }, config) !== 'nothing',
      digests: config.digests,
      decode: (batch) => this.#recordsOf(rowsFrom, batch),
      decodeTable: (table, rows) => {
        const isColumns = table instanceof ColumnTable
        const factory = isColumns ? columns : table instanceof ExtremesTable ? numbers : plain
        assert(factory !== undefined, `a table that output ${output} does not read`)
        return factory.decode(rows)
      },
      digestText: this.#digestText,
      digestNumbers: this.#digestNumbers,
    })
  }

  emitsAt(period: number | 'tick', tick: number): boolean {
    return period === 'tick' || tick % period === 0
  }

  #formOf(path: DataflowPath): PathForm {
    const { dataflow } = this.#setup
    return this.#columns ? columnForm(dataflow, path) : plainForm(dataflow, path)
  }

  #tablesOf(
    operator: DataflowOperator,
    earlier: readonly (OperatorTables | undefined)[],
  ): OperatorTables | undefined {
    const { dataflow, kernels } = this.#setup
    const region = this.#region
    if (this.#columns && usesColumns(dataflow, operator)) {
      return sameTables(columnTables(kernels, region))
    }
    const reduce = this.#columns ? numberReduce(dataflow, operator) : undefined
    if (reduce !== undefined) {
      return sameTables(columnTables(kernels, region, { keys: 'integer', reduce }))
    }
    const form = this.#columns ? numberFormOf(dataflow, operator) : undefined
    switch (form?.kind) {
      case 'pairs':
        return sameTables(numberTables({ kernels, region }))
      case 'extremes':
        return sameTables(extremesTables({ kernels, region, reduce: form.reduce }))
      case 'join':
        return {
          arrived: arrivedTables({ kernels, region }),
          state: joinTables({ kernels, region }),
        }
    }
    return plainOperatorTables(operator, {
      region,
      context: this.context,
      inputEnd: inputEnd(this.#setup.config.input),
      inputOf: ({ id }) => earlier[this.#inputOf(id)]!,
    })
  }

  /** The one operator that a `topK` reads. */
  #inputOf(operator: OperatorId): OperatorId {
    const { paths } = this.#setup.dataflow
    return paths.find(({ to }) => to.kind === 'operator' && to.operator === operator)!.from
  }

  #chainOf(path: DataflowPath): Chain {
    const { kernels } = this.#setup
    const form = this.#forms[path.id]!
    if (form.gives === 'rows' && !this.#meetsOtherRows(path)) return UNCHANGED
    const meter = this.#meter
    const report = meter && ((kernel: string, n: number) => meter.chained(kernel, path.id, n))
    if (form.gives === 'numbers') return numberChain(kernels, this.#region, form.kernels, report)
    const rest = this.#plainChainOf(path, form)
    if (form.kernels.length === 0) return form.gives === 'text' ? UNCHANGED : rest
    const isOfNumbers = form.kernels[0]!.name === 'where-equals'
    const chainOf = isOfNumbers ? numberFilters : columnChain
    const first = chainOf(kernels, this.#region, form.kernels, report)
    if (form.gives === 'text') return first
    return {
      run: (batch, visit) => first.run(batch, (columns) => rest.run(columns, visit)),
    }
  }

  #plainChainOf(path: DataflowPath, form: PathForm): Chain {
    const meter = this.#meter
    const { rest } = form
    const recordsOf = (batch: Batch): readonly unknown[] => this.#recordsOf(path.from, batch)
    const chain = plainChain(rest, recordsOf, this.context)
    if (meter === undefined || rest.length === 0) return chain
    return {
      run(batch, visit) {
        const values = recordsOf(batch)
        meter.chained('plain', path.id, values.length * rest.length)
        chain.run({ kind: 'values', values }, visit)
      },
    }
  }

  /** Whether rows that an output could not tell apart reach it: then they go there as plain values. */
  #meetsOtherRows({ from, to }: DataflowPath): boolean {
    if (to.kind === 'operator') return false
    const { paths, operators } = this.#setup.dataflow
    const format = (operator: OperatorId): string =>
      traitsOf(operators[operator]!).emitsRecords ? 'bag' : this.tables(operator).kind
    return paths.some(
      (other) =>
        other.to.kind === 'output' &&
        other.to.output === to.output &&
        this.#forms[other.id]!.gives === 'rows' &&
        format(other.from) !== format(from),
    )
  }

  /** The records of a batch that comes from an operator: pairs of a table, records of a window, texts of a source. */
  #recordsOf(from: OperatorId | undefined, batch: Batch): readonly unknown[] {
    const { memory } = this.#region
    if (batch.kind === 'values') return batch.values
    if (batch.kind === 'text') return decodeTexts(memory, batch)
    if (batch.kind === 'numbers') return decodePairs(memory, batch.at, batch.count)
    assert(from !== undefined, 'rows from a source')
    const { emitsRecords } = traitsOf(this.#setup.dataflow.operators[from]!)
    const tables = this.tables(from)
    return emitsRecords && tables.kind === 'plain'
      ? bagRecords(memory, batch.rows)
      : tables.decode(batch.rows)
  }
}

/** Columns have no room for a time: records that carry one are read by `plain`. */
function unlessStamped(columns: RecordReader, plain: RecordReader): RecordReader {
  return {
    recordsMax: columns.recordsMax,
    read(range, visit, stampOf) {
      if (stampOf === undefined) columns.read(range, visit)
      else plain.read(range, visit, stampOf)
    },
  }
}

const UNCHANGED: Chain = { run: (batch, visit) => visit(batch) }

function givenPartition(path: number, partition: PartitionId | undefined): PartitionId {
  assert(partition !== undefined, `path ${path} keeps its partition: say which`)
  return partition
}

/** A combiner that takes the rows of another operator's tables as pairs. */
function decodingRows(combiner: Combiner, records: (batch: Batch) => readonly unknown[]): Combiner {
  return {
    add: (batch) => combiner.add({ kind: 'values', values: records(batch) }),
    get size() {
      return combiner.size
    },
    get full() {
      return combiner.full
    },
    drain: (visit) => combiner.drain(visit),
    release: () => combiner.release(),
  }
}
