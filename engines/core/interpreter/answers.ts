/**
 * What a plan says in the end, beyond single ticks: the rows of its static data, and the final answer over an input that
 * ends. By the definitions; engines come to both in other ways.
 */
import type { Plan } from '../plan/plan.ts'
import { nameOf } from './canonical-name.ts'
import { type InterpretedTick, rowOf } from './interpret.ts'
import { isTable } from './nodes.ts'
import { outputsOf, type Statics, staticRecords } from './statics.ts'
import { Wiring } from './wiring.ts'
import type { Pair, Records } from './word.ts'

const NO_STATICS: Statics = new Map()

/** The rows of all static data of a plan, from the records of the inputs that it reads, by URL. */
export function interpretStatics(plan: Plan, inputs: ReadonlyMap<string, Records>): Statics {
  const outputs = outputsOf(plan, 'static data')
  const evaluation = new Wiring(plan, { statics: NO_STATICS, outputs }).evaluation()
  // Every period ends at 0.
  const putOut = evaluation.evaluate(staticRecords(plan, inputs), 0)
  return new Map(outputs.map(({ name, input }) => [name, (putOut.get(input) ?? []).map(rowOf)]))
}

/** By output of a plan's streams: of a table the rows that are there after all ticks, else every row that was put out. */
export function interpretedAnswers(
  plan: Plan,
  ticks: readonly InterpretedTick[],
): readonly (readonly Pair[])[] {
  return outputsOf(plan, 'streams').map(({ input }, output) => {
    const rows = ticks.filter((tick) => tick.output === output).flatMap((tick) => tick.rows)
    if (!isTable(plan, input)) return rows
    const table = new Map(rows.map((row) => [nameOf(row[0]), row]))
    return [...table.values()].filter(([, value]) => value !== undefined)
  })
}
