/**
 * The meter: what the operators that both engines share report of their work, in counts of what they saw.
 *
 * Chains, combiners, tables and output folds call it (`operators/metered.ts`), so both engines pay alike for the same
 * work; engines charge only their coordination (`World.charge`). The threads world has no meter, and nothing is called.
 * One meter serves all processes of a simulated run.
 *
 * At a scale S above 1 it turns counts of the sample into counts of what is simulated:
 *
 *   records of a source          × S
 *   rows that a combiner gives   D(S · n) / D(n) for n records combined since its last drain; D is the operator's law
 *   rows folded or shipped       the ratio of all rows drained so far to those of the sample
 *   rows that changed in a tick  D(S · n) / D(n) for n records of one period in the whole cluster
 *   a table walked               D(S · n) / D(n) where n are the draws for which the table's size is expected
 */
import type { Dataflow, DataflowOperator, OperatorId } from '../plan/dataflow.ts'
import { traitsOf } from '../plan/operator-traits.ts'
import type { RunConfig } from '../run-config.ts'
import { type DistinctKeys, distinctKeys } from './key-law.ts'
import type { Scale } from './scale.ts'

/** Names of work in the cost model, beside the chains' kernels. */
export type RowKernel =
  | 'fold'
  | 'changes'
  | 'difference'
  | 'clone'
  | 'save'
  | 'load'
  | 'top'
  | 'visit'

export interface Meter {
  /** S. */
  readonly scale: number
  /** Records of a source that were read. */
  read(records: number): void
  /** Records that entered a kernel or plain function of a path's chain. */
  chained(kernel: string, path: number, records: number): void
  /** Records that entered a path's combiner. */
  combined(path: number, records: number): void
  /** Rows that a combiner is about to give, and the records that it combined since it last did. */
  drained(path: number, rows: number, records: number): void
  /** Rows that were merged into a table. */
  folded(operator: OperatorId, rows: number): void
  /** Rows that differ at the end of a period. */
  changed(operator: OperatorId, rows: number): void
  /** Keys whose state was stepped at the end of a period. */
  stepped(operator: OperatorId, keys: number): void
  /** Rows of a table that were walked, copied or compared. */
  walked(kernel: RowKernel, operator: OperatorId, rows: number): void
  /** Rows that `visit` hands on are rows of this operator's tables: folds inside it count like the walk. */
  during(operator: OperatorId, rows: number, visit: () => void): void
  /** Records that an output took in from an operator. */
  put(from: OperatorId, records: number): void
}

/** Rows in the sample, and of what it stands for. */
interface Ratio {
  sample: number
  whole: number
}

export interface MeterOptions {
  readonly dataflow: Dataflow
  readonly config: RunConfig
  readonly scale: Scale
  /** Charges units of a kernel. */
  charge(kernel: string, units: number): void
}

export class ScaledMeter implements Meter {
  readonly scale: number
  #options: MeterOptions
  /** By operator that has a law. */
  #laws: (DistinctKeys | undefined)[] = []
  /** By operator: records that entered combiners on their way to it. */
  #draws: number[] = []
  #drained: Ratio[] = []
  #shipped: Ratio = { sample: 0, whole: 0 }
  #saved: Ratio = { sample: 0, whole: 0 }
  #records = 0
  /** Of the rows that are being visited. */
  #visiting: number | undefined

  constructor(options: MeterOptions) {
    const { dataflow, scale } = options
    this.#options = options
    this.scale = scale.factor
    for (const { id } of dataflow.operators) {
      const law = scale.laws[id]
      this.#laws[id] = law === undefined || scale.factor === 1 ? undefined : distinctKeys(law)
      this.#draws[id] = 0
      this.#drained[id] = { sample: 0, whole: 0 }
    }
  }

  /** What bytes of rows on the wire stand for, per byte. */
  get shippedFactor(): number {
    return factorOf(this.#shipped)
  }

  /** What bytes of saved tables stand for, per byte. */
  get savedFactor(): number {
    return factorOf(this.#saved)
  }

  read(records: number): void {
    this.#records += records
    this.#options.charge('read', records * this.scale)
  }

  chained(kernel: string, path: number, records: number): void {
    this.#options.charge(kernel, records * this.#inputFactor(path))
  }

  combined(path: number, records: number): void {
    const { to } = this.#options.dataflow.paths[path]!
    if (to.kind === 'operator') this.#draws[to.operator]! += records
    this.#options.charge('combine', records * this.#inputFactor(path))
  }

  drained(path: number, rows: number, records: number): void {
    const { to } = this.#options.dataflow.paths[path]!
    if (to.kind !== 'operator' || rows === 0) return
    const whole = rows * this.#grown(to.operator, records, this.#inputFactor(path))
    add(this.#drained[to.operator]!, rows, whole)
    add(this.#shipped, rows, whole)
    this.#options.charge('drain', whole)
  }

  folded(operator: OperatorId, rows: number): void {
    const factor = this.#visiting ?? factorOf(this.#drained[operator]!)
    this.#options.charge('fold', rows * factor)
  }

  changed(operator: OperatorId, rows: number): void {
    this.#options.charge('changes', rows * this.#changeFactor(operator))
  }

  stepped(operator: OperatorId, keys: number): void {
    this.#options.charge('evolve', keys * this.#changeFactor(operator))
  }

  walked(kernel: RowKernel, operator: OperatorId, rows: number): void {
    if (rows === 0) return
    const whole = rows * this.#tableFactor(operator, rows)
    if (kernel === 'save') add(this.#saved, rows, whole)
    this.#options.charge(kernel, whole)
  }

  during(operator: OperatorId, rows: number, visit: () => void): void {
    const outer = this.#visiting
    this.#visiting = this.#tableFactor(operator, rows)
    try {
      visit()
    } finally {
      this.#visiting = outer
    }
  }

  put(from: OperatorId, records: number): void {
    this.#options.charge('output', records * this.#emissionFactor(from))
  }

  /** What a record that enters a path stands for. */
  #inputFactor(path: number): number {
    return this.scale === 1 ? 1 : this.#emissionFactor(this.#options.dataflow.paths[path]!.from)
  }

  #emissionFactor(operator: OperatorId): number {
    const { kind } = this.#options.dataflow.operators[operator]!
    return kind === 'source' ? this.scale : this.#changeFactor(operator)
  }

  /** What a row that changed within a period stands for. */
  #changeFactor(id: OperatorId): number {
    if (this.scale === 1) return 1
    const { dataflow, config } = this.#options
    const operator = dataflow.operators[id]!
    const { period } = operator
    const seconds = (period === 'tick' ? config.tick : period) / 1e9
    const perRecord = this.#records === 0 ? 0 : this.#draws[id]! / this.#records
    const records = perRecord * config.input.rate * seconds
    return this.#grown(id, records, this.#feedFactor(operator))
  }

  #tableFactor(id: OperatorId, rows: number): number {
    const law = this.#laws[id]
    const { dataflow, config } = this.#options
    const operator = dataflow.operators[id]!
    if (this.scale === 1 || rows === 0) return 1
    const feed = this.#feedFactor(operator)
    if (law === undefined) return traitsOf(operator).emitsRecords ? feed : 1
    // A partition's table has its share of the keys.
    const all = rows * config.partitions
    return Math.max(1, law.among(law.drawsFor(all) * feed) / all)
  }

  /** How many rows stand behind one, where `records` records made the rows and each stood for `feed`. */
  #grown(operator: OperatorId, records: number, feed: number): number {
    if (feed === 1 || records === 0) return 1
    const law = this.#laws[operator]
    if (law !== undefined) return law.among(records * feed) / law.among(records)
    return traitsOf(this.#options.dataflow.operators[operator]!).emitsRecords ? feed : 1
  }

  /** What a record stands for that an operator takes in. */
  #feedFactor(operator: DataflowOperator): number {
    if (operator.kind === 'source') return this.scale
    const path = this.#options.dataflow.paths.find(
      ({ to }) => to.kind === 'operator' && to.operator === operator.id,
    )
    return path === undefined ? this.scale : this.#inputFactor(path.id)
  }
}

function add(ratio: Ratio, sample: number, whole: number): void {
  ratio.sample += sample
  ratio.whole += whole
}

function factorOf({ sample, whole }: Ratio): number {
  return sample === 0 ? 1 : whole / sample
}
