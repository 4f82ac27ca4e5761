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

/** What sources read in a tick. */
export interface ReadTick {
  readonly tick: TickEnd
  readonly records: readonly Required<Pick<DueRecord, 'value' | 'eventTime'>>[]
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
  const found = [...interpretTicks(plan, readTicks(records, ticks), statics, endsAt)]
  return found.sort((a, b) => a.output - b.output)
}

/** The same tick by tick, each with all its outputs, as far as it is asked for: only what words remember is kept. */
export function* interpretTicks(
  plan: Plan,
  read: Iterable<ReadTick>,
  statics: Statics = NO_STATICS,
  endsAt?: TickEnd,
): Generator<InterpretedTick> {
  const outputs = outputsOf(plan, 'streams')
  const wiring = new Wiring(plan, { statics, endsAt, outputs })
  const evaluation = wiring.evaluation()
  const sources = plan.nodes.filter((node) => node.kind === 'source')
  for (const { tick, records } of read) {
    const entering = sources.map(({ id, stamped }) => [id, recordsOf(records, stamped)] as const)
    const putOut = evaluation.evaluate(new Map(entering), tick)
    for (const [output, { input, name }] of outputs.entries()) {
      if (!emits(wiring.periods[input]!, tick)) continue
      const found = putOut.get(input) ?? []
      const rows = isTable(plan, input) ? (found as readonly Pair[]) : found.map(rowOf)
      yield { output, name, tick, rows }
    }
  }
}

/** A record is a row with the value 1, and a pair one as it is. */
export function rowOf(record: unknown): Pair {
  return Array.isArray(record) && record.length === 2 ? [record[0], record[1]] : [record, 1]
}

/** What a source puts out: values, or each with the time when it happened. */
function recordsOf(read: ReadTick['records'], stamped = false): Records {
  return read.map(({ value, eventTime }) => (stamped ? [eventTime, value] : value))
}

function readTicks(records: readonly DueRecord[], ticks: readonly TickEnd[]): readonly ReadTick[] {
  const read = ticks.map((tick) => ({ tick, records: [] as ReadTick['records'][number][] }))
  for (const { dueAt, value, eventTime = dueAt } of records) {
    if (dueAt >= 0) read[firstEndAfter(dueAt, ticks)]?.records.push({ value, eventTime })
  }
  return read
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
