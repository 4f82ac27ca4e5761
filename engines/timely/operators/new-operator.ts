/** The operator of a plan for one partition, by its kind. */
import { assert } from '../../core/assert.ts'
import type { Lowered } from '../../core/operators/lowered.ts'
import type { Dataflow, DataflowOperator, OperatorId } from '../../core/plan/dataflow.ts'
import type { StateTables } from '../../core/tables/state-table.ts'
import { Evolve } from './evolve.ts'
import { Exchange } from './exchange.ts'
import { windowShape } from './panes.ts'
import type { PartitionOperator } from './partition-operator.ts'
import { ReduceByKey } from './reduce-by-key.ts'
import { InvertedWindow, ReaddedWindow } from './reduce-by-window.ts'
import { RunningReduce } from './running-reduce.ts'
import { GlobalTopK, LocalTopK } from './top-k.ts'
import { Window } from './window.ts'

export interface OperatorContext {
  readonly dataflow: Dataflow
  readonly lowered: Lowered
  /** An earlier operator of the same stage, in the same partition. */
  earlier(operator: OperatorId): PartitionOperator
}

export function newOperator(
  operator: DataflowOperator,
  context: OperatorContext,
): PartitionOperator {
  const { dataflow, lowered } = context
  switch (operator.kind) {
    case 'runningReduce':
      return new RunningReduce(lowered.tables(operator.id))
    case 'reduceByKey':
      return new ReduceByKey(lowered.tables(operator.id))
    case 'exchange':
      return new Exchange(lowered.tables(operator.id))
    case 'window':
      return new Window(lowered.tables(operator.id), windowShape(operator))
    case 'reduceByWindow': {
      const shape = windowShape(operator)
      return operator.inverse === undefined
        ? new ReaddedWindow(lowered.tables(operator.id), shape)
        : new InvertedWindow(lowered.tables(operator.id), shape)
    }
    case 'evolve': {
      const arrived = lowered.tables(operator.id, 'arrived')
      const states = lowered.tables(operator.id) as StateTables
      return new Evolve({ arrived, states }, operator.gives)
    }
    case 'topK': {
      const from = inputOf(dataflow, operator.id)
      return operator.phase === 'local'
        ? new LocalTopK(operator.k, context.earlier(from))
        : new GlobalTopK({ operator: operator.id, lowered, gathering: lowered.tables(from) })
    }
    default:
      assert(false, `operator ${operator.id}, a ${operator.kind}, has no state`)
  }
}

function inputOf(dataflow: Dataflow, operator: OperatorId): OperatorId {
  const path = dataflow.paths.find(({ to }) => to.kind === 'operator' && to.operator === operator)
  assert(path !== undefined, `operator ${operator} reads nothing`)
  return path.from
}
