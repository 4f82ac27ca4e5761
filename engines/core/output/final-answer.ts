/**
 * The final answer of a run: the changelog of each output, folded into what it says in the end. Of a table that is the last
 * value of each key that has not left; of an event stream all of its records.
 *
 * It is made of kept rows (`RunConfig.keepRows`), for bounded runs: a stream has no end. A tick may have been committed more
 * than once; its first rows count, as its first commit does.
 */
import { encodeCanonical } from '../columns/value-codec.ts'
import { RecoveryError } from '../errors.ts'
import type { Dataflow, DataflowOutput } from '../plan/dataflow.ts'
import type { RunRecord } from '../system.ts'
import { compareEncoded, identityOf } from '../tables/plain-values.ts'
import type { Commit, CommittedRows } from './commit.ts'

export type AnswerRow = readonly [key: unknown, value: unknown]

export interface FinalAnswer {
  readonly output: number
  readonly name: string
  /** Ascending by the canonical bytes of keys, then of values. */
  readonly rows: readonly AnswerRow[]
}

/**
 * By output. Costs an encoding of each row.
 *
 * Errors: `RecoveryError` where the rows of a commit are not there: they were lost with the worker that was killed just
 * after it.
 */
export function finalAnswers(
  { outputs }: Pick<Dataflow, 'outputs'>,
  record: Pick<RunRecord, 'commits' | 'rows'>,
): readonly FinalAnswer[] {
  const kept = firstRows(record.rows)
  const lost = record.commits.find((commit) => commit.rows > 0 && !kept.has(placeOf(commit)))
  if (lost !== undefined) throw lostRows(lost)
  const ascending = [...kept.values()].sort((a, b) => a.tick - b.tick)
  return outputs.map((output) => {
    const ticks = ascending.filter((rows) => rows.output === output.index)
    return { output: output.index, name: output.name, rows: sorted(foldOf(output, ticks)) }
  })
}

function firstRows(rows: readonly CommittedRows[]): ReadonlyMap<string, CommittedRows> {
  const first = new Map<string, CommittedRows>()
  for (const each of rows) {
    const place = placeOf(each)
    if (!first.has(place)) first.set(place, each)
  }
  return first
}

type Place = Pick<Commit, 'output' | 'partition' | 'tick'>

function placeOf({ output, partition, tick }: Place): string {
  return `${output} ${partition} ${tick}`
}

function foldOf(
  { rows: kind }: Pick<DataflowOutput, 'rows'>,
  ticks: readonly CommittedRows[],
): Iterable<AnswerRow> {
  if (kind === 'events') return ticks.flatMap(({ rows }) => rows)
  const last = new Map<unknown, AnswerRow>()
  for (const { rows } of ticks) {
    for (const row of rows) {
      if (row[1] === undefined) last.delete(identityOf(row[0]))
      else last.set(identityOf(row[0]), row)
    }
  }
  return last.values()
}

function sorted(rows: Iterable<AnswerRow>): readonly AnswerRow[] {
  return Array.from(rows, (row) => {
    return { row, key: encodeCanonical(row[0]), value: encodeCanonical(row[1]) }
  })
    .sort((a, b) => compareEncoded(a.key, b.key) || compareEncoded(a.value, b.value))
    .map(({ row }) => row)
}

function lostRows({ output, partition, tick, rows }: Commit): RecoveryError {
  return new RecoveryError({
    asked: 'the final answer of a run',
    found: `${rows} rows of output ${output}, partition ${partition}, tick ${tick} were committed, and are gone with the worker that made them`,
    rule: 'An answer is made of the rows of all commits',
    remedy: 'Run it again, or without the kill',
  })
}
