/**
 * The tables of an operator by its kind: in which form lowering keeps what the operator holds.
 *
 * What came in within a period and what is kept from period to period are the same kind of table for all but `evolve`.
 */
import type { Region } from '../columns/memory.ts'
import type { DataflowOperator } from '../plan/dataflow.ts'
import { bagTables } from '../tables/bag-table.ts'
import { plainTables } from '../tables/plain-table.ts'
import { stateTables } from '../tables/state-table.ts'
import type { TableFactory } from '../tables/table.ts'
import type { TickEnd } from '../units.ts'
import type { LogicalContext, TablePart } from './lowered.ts'
import { lawfulReduce } from './reduce-laws.ts'
import { OperatorErrors } from './user-function.ts'

export type OperatorTables = Readonly<Record<TablePart, TableFactory>>

export interface TablesContext {
  readonly region: Region
  readonly context: LogicalContext
  /** Where the input ends, if it does. */
  readonly inputEnd: TickEnd | undefined
  /** Tables of the one operator that a `topK` reads. */
  inputOf(operator: DataflowOperator): OperatorTables
}

/** One kind of table for all that an operator holds. */
export function sameTables(factory: TableFactory): OperatorTables {
  return { arrived: factory, state: factory }
}

/** Tables of plain keys and values; none of a source. */
export function plainOperatorTables(
  operator: DataflowOperator,
  { region, context, inputEnd, inputOf }: TablesContext,
): OperatorTables | undefined {
  const { memory } = region
  const errors = new OperatorErrors({ kind: operator.word, id: operator.node }, context)
  switch (operator.kind) {
    case 'source':
      return undefined
    case 'reduceByKey':
    case 'runningReduce': {
      const reduce = lawfulReduce({ reduce: operator.f }, errors)
      const ofTable = operator.kind === 'runningReduce'
      return sameTables(plainTables({ memory, region, errors, reduce, ofTable }))
    }
    case 'reduceByWindow': {
      const { merge, inverse } = operator
      const reduce = lawfulReduce({ reduce: merge, inverse }, errors)
      const how = { reduce, ...(inverse && { inverse }), ofTable: true }
      return sameTables(plainTables({ memory, region, errors, ...how }))
    }
    case 'window':
    case 'exchange':
      return sameTables(bagTables({ memory, region, errors }))
    case 'evolve': {
      const { gather, step, gives, order, atEnd } = operator
      const ending =
        atEnd === undefined || inputEnd === undefined ? undefined : { at: inputEnd, step: atEnd }
      return {
        // Whoever made the step made what gathers for it: what arrives is sorted, so the order of folds does not matter.
        arrived: plainTables({ memory, region, errors, reduce: gather }),
        state: stateTables({ memory, region, errors, step, gives, order, ending }),
      }
    }
    case 'topK': {
      const input = operator.phase === 'local' ? inputOf(operator) : undefined
      // Top rows are gathered by folding them, which tables of states refuse.
      return input !== undefined && input.arrived === input.state
        ? input
        : sameTables(plainTables({ memory, region, errors, reduce: latest }))
    }
  }
}

const latest = (_before: unknown, now: unknown): unknown => now
