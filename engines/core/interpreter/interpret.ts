/**
 * An evaluator of plans, for differential tests: what the words of the language mean, in one pass over the ticks.
 *
 * It shares no code with builder, tables, chains or engines: only the plan, the functions' plain bodies, and the
 * canonical encoding, which says when two keys are the same. It reads the plan as its user wrote it, so that what
 * engines make of a word before they run it is tested too. One thread, no partitions; costs O(records) a node, and more
 * where a window slides or a table is ranked.
 */
import type { Plan } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { isTable } from './nodes.ts'
import { emits } from './periods.ts'
import { outputsOf, type Statics } from './statics.ts'
import { Wiring } from './wiring.ts'
import type { Pair, Records } from './word.ts'

export interface DueRecord {
  readonly dueAt: Nanos
  readonly value: unknown
  /** When it happened; by default when it was due. */
  readonly eventTime?: Nanos
}

export interface InterpretedTick {
  /** Index of the output among the plan's outputs. */
  readonly output: number
  readonly name: string
  readonly tick: TickEnd
  /** In no particular order. `value` is `undefined` where a key left. */
  readonly rows: readonly Pair[]
}

const NO_STATICS: Statics = new Map()

/**
 * The rows of every output at every tick in which it emits: output by output, ticks ascending.
 *
 * Every source of a stream reads all records. `ticks` are ascending ends; the first tick begins at 0, and every end of a
 * period of the plan within them is one of them. `statics` has the rows of all static data that the plan joins
 * (`interpretStatics`). `endsAt` is where the input ends: given of one that has an end, it is the last of the ticks.
 */
export function interpret(
  plan: Plan,
  records: readonly DueRecord[],
  ticks: readonly TickEnd[],
  statics: Statics = NO_STATICS,
  endsAt?: TickEnd,
): InterpretedTick[] {
  const outputs = outputsOf(plan, 'streams')
  const wiring = new Wiring(plan, { statics, endsAt, outputs })
  const evaluation = wiring.evaluation()
  const sources = plan.nodes.filter((node) => node.kind === 'source')
  const results = outputs.map((): InterpretedTick[] => [])
  const due = recordsByTick(records, ticks)
  ticks.forEach((tick, index) => {
    const entering = sources.map(
      ({ id, stamped }) => [id, recordsOf(due[index]!, stamped)] as const,
    )
    const putOut = evaluation.evaluate(new Map(entering), tick)
    outputs.forEach(({ input, name }, output) => {
      if (!emits(wiring.periods[input]!, tick)) return
      const found = putOut.get(input) ?? []
      const rows = isTable(plan, input) ? (found as readonly Pair[]) : found.map(rowOf)
      results[output]!.push({ output, name, tick, rows })
    })
  })
  return results.flat()
}

/** A record is a row with the value 1, and a pair one as it is. */
export function rowOf(record: unknown): Pair {
  return Array.isArray(record) && record.length === 2 ? [record[0], record[1]] : [record, 1]
}

/** What a source puts out: values, or each with the time when it happened. */
function recordsOf(due: readonly DueRecord[], stamped = false): Records {
  return due.map(({ dueAt, value, eventTime = dueAt }) => (stamped ? [eventTime, value] : value))
}

function recordsByTick(records: readonly DueRecord[], ticks: readonly TickEnd[]): DueRecord[][] {
  const byTick = ticks.map((): DueRecord[] => [])
  for (const record of records) {
    if (record.dueAt >= 0) byTick[firstEndAfter(record.dueAt, ticks)]?.push(record)
  }
  return byTick
}

/** The index of the tick that an instant lies in; the number of ticks, if it lies behind them. */
function firstEndAfter(instant: Nanos, ticks: readonly TickEnd[]): number {
  let from = 0
  let to = ticks.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (ticks[middle]! > instant) to = middle
    else from = middle + 1
  }
  return from
}
