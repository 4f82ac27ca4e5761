/** What is done for each key of an `evolve` at the end of a period, with a step that does next to nothing. */
import { decodeTexts } from '../../engines/core/operators/column-chain.ts'
import { OperatorErrors } from '../../engines/core/operators/user-function.ts'
import type { Step } from '../../engines/core/plan/dataflow.ts'
import { gather } from '../../engines/core/plan/gathering.ts'
import { plainTables } from '../../engines/core/tables/plain-table.ts'
import { stateTables } from '../../engines/core/tables/state-table.ts'
import type { BenchMemory } from './bench-memory.ts'
import type { MicroCase } from './micro-case.ts'

/** Each event puts off a timeout. */
const counting: Step = (_key, state, arrived, end) => {
  return { state: Number(state ?? 0) + arrived.length, dueAt: end + 30 }
}

export function stateCases({ memory, region, allWords }: BenchMemory): readonly MicroCase[] {
  const errors = new OperatorErrors({ kind: 'track', id: 0 }, { tick: 0, clock: 0 })
  const arrivals = plainTables({ memory, region, errors, reduce: gather })
  const arrived = arrivals.table()
  const combiner = arrivals.combiner(1)
  // An event a key.
  const events = [...new Set(decodeTexts(memory, allWords))].map((word) => [word, [1]])
  combiner.add({ kind: 'values', values: events })
  combiner.drain((_partition, rows) => arrived.fold(rows))
  const states = stateTables({ memory, region, errors, step: counting, gives: 'table' }).table()
  let end = 0
  return [
    {
      name: 'evolve',
      unit: 'row',
      run: () => states.advance(arrived, ++end, undefined),
      after: () => states.takeChanges(undefined),
      check: () => states.size,
    },
  ]
}
