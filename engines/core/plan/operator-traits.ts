/**
 * What kinds of operators have in common: the questions that lowering, engines and costs ask of any operator, each answered
 * here once. A new kind of operator is a case here, its tables (`operators/operator-tables.ts`), and a class in each engine.
 */
import type { Nanos } from '../units.ts'
import type { DataflowOperator, Routing } from './dataflow.ts'

export interface OperatorTraits {
  /** How rows come to it; undefined of a source. */
  readonly routing: Routing | undefined
  /** Its rows are records in a bag's format; else rows of a keyed table. A source has no rows. */
  readonly emitsRecords: boolean
  /**
   * Whether the number of its rows follows from its keys alone (`cost/scale.ts`). Others are known: a `window` keeps
   * records and so does an `exchange`, a `topK` k rows.
   */
  readonly needsLaw: boolean
}

const SOURCE: OperatorTraits = { routing: undefined, emitsRecords: false, needsLaw: false }
const KEYED: OperatorTraits = { routing: 'by-key', emitsRecords: false, needsLaw: true }
/** What steps put out follows from no law; it is taken to grow as their keys do. */
const KEYED_RECORDS: OperatorTraits = { ...KEYED, emitsRecords: true }
/** Keeps records where they are: it has no key. */
const RECORDS: OperatorTraits = { routing: 'same-partition', emitsRecords: true, needsLaw: false }
/** Keeps all records, whatever their keys. */
const EXCHANGED: OperatorTraits = { routing: 'by-key', emitsRecords: true, needsLaw: false }
const LOCAL_TOP: OperatorTraits = { ...RECORDS, emitsRecords: false }
const GLOBAL_TOP: OperatorTraits = { ...LOCAL_TOP, routing: 'single-partition' }

export function traitsOf(operator: DataflowOperator): OperatorTraits {
  switch (operator.kind) {
    case 'source':
      return SOURCE
    case 'reduceByKey':
    case 'runningReduce':
    case 'reduceByWindow':
      return KEYED
    case 'window':
      return RECORDS
    case 'exchange':
      return EXCHANGED
    case 'evolve':
      return operator.gives === 'table' ? KEYED : KEYED_RECORDS
    case 'topK':
      return operator.phase === 'local' ? LOCAL_TOP : GLOBAL_TOP
  }
}

/** Whether the records that a source reads carry the time when they happened. */
export function isStamped(operator: DataflowOperator): boolean {
  return operator.kind === 'source' && operator.stamped === true
}

/** Length and slide of an operator that looks back over several periods. */
export function windowOf(
  operator: DataflowOperator,
): { readonly length: Nanos; readonly slide: Nanos } | undefined {
  return operator.kind === 'window' || operator.kind === 'reduceByWindow' ? operator : undefined
}
