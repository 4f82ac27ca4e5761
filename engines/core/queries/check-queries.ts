/** What must hold of the queries of a run before it begins. Both worlds ask, and who makes trials before that. */
import { encodeCanonical, UnencodableError } from '../columns/value-codec.ts'
import { ConfigurationError } from '../errors.ts'
import type { Dataflow, DataflowTable } from '../plan/dataflow.ts'
import { formatDuration, instantText } from '../plan/duration.ts'
import { checkQueried } from '../plan/operator-support.ts'
import { clockStart, type RunConfig } from '../run-config.ts'
import type { Nanos } from '../units.ts'
import type { Query } from './query.ts'

type AskedConfig = Pick<RunConfig, 'engine' | 'input' | 'tick'>

/** Errors: `PlanError` where the engine answers none, `ConfigurationError` for a query that cannot be answered. */
export function checkQueries(
  queries: readonly Query[],
  config: AskedConfig,
  dataflow: Pick<Dataflow, 'tables' | 'operators'>,
): void {
  for (const query of queries) {
    checkQueried(config.engine, query.of)
    const table = dataflow.tables.find(({ name }) => name === query.of)
    if (table === undefined) throw unknownTable(query, dataflow.tables)
    checkInstants(query, config)
    checkWant(query)
    if (query.slice === undefined) continue
    const { input } = config
    checkSlice(query, query.slice, { input, period: periodOf(table, config, dataflow) })
  }
}

function periodOf(
  { operator }: DataflowTable,
  { tick }: AskedConfig,
  { operators }: Pick<Dataflow, 'operators'>,
): Nanos {
  const { period } = operators[operator]!
  return period === 'tick' ? tick : period
}

function unknownTable(query: Query, tables: readonly DataflowTable[]): ConfigurationError {
  const names = tables.map(({ name }) => name)
  return refusal(
    query,
    names.length > 0 ? `the tables ${names.join(', ')}` : 'no table in the plan',
    'A table is asked for by the name of a query of the plan, or of the output that collects it',
    names.length > 0 ? `Ask for ${names[0]}` : 'Read the output with --show-rows or --save',
  )
}

function checkInstants(query: Query, { input, tick }: AskedConfig): void {
  const { at, every } = query
  const start = clockStart(input)
  if (!(at >= start && at < input.duration)) {
    throw refusal(
      query,
      `asked at ${formatDuration(Math.max(0, at - start))}, in a run of ${formatDuration(input.duration - start)}`,
      'A query is asked while the input of a run goes on',
      input.once ? 'Look at the answer of the bounded run' : 'Take an earlier instant',
    )
  }
  if (every !== undefined && !(every >= tick)) {
    throw refusal(
      query,
      `asked every ${formatDuration(every)}, with ticks of ${formatDuration(tick)}`,
      'Within a tick there is no other answer',
      `Ask every ${formatDuration(tick)} at most`,
    )
  }
}

function checkWant(query: Query): void {
  const { want } = query
  if (typeof want !== 'object') return
  if ('key' in want) {
    checkKey(query, want.key)
    return
  }
  if (Number.isSafeInteger(want.top) && want.top > 0) return
  throw refusal(query, `top ${want.top}`, 'At least one row is asked for', 'Ask for top 10')
}

function checkKey(query: Query, key: unknown): void {
  try {
    encodeCanonical(key)
  } catch (cause) {
    if (!(cause instanceof UnencodableError)) throw cause
    const { found, rule } = cause.parts
    throw refusal(query, `a key that is ${found}`, rule, 'Ask for a key of the table')
  }
}

function checkSlice(
  query: Query,
  { from, to }: NonNullable<Query['slice']>,
  { input, period }: { readonly input: RunConfig['input']; readonly period: Nanos },
): void {
  const named = from > 0 && from <= to && to <= input.duration
  const sound = named && from % period === 0 && to % period === 0
  if (sound && query.every === undefined) return
  const [first, last] = [from, to].map((end) => instantText(end, clockStart(input), formatDuration))
  throw refusal(
    query,
    query.every === undefined
      ? `the versions from ${first} to ${last}, of a table that changes every ${formatDuration(period)}`
      : 'a slice that is asked for again and again',
    'A slice names two ends of periods of its table within the run, once',
    `Name multiples of ${formatDuration(period)}`,
  )
}

function refusal(query: Query, found: string, rule: string, remedy: string): ConfigurationError {
  return new ConfigurationError(
    { asked: `the query of ${query.of}`, found, rule, remedy },
    { of: query.of },
  )
}
