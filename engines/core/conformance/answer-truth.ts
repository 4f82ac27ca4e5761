/**
 * What the answers to a run's queries must be, by the interpreter: the table as its changes up to the tick have made it. And
 * that each question is answered, once, of a tick that was whole by then.
 */
import { nameOf } from '../interpreter/canonical-name.ts'
import { interpret } from '../interpreter/interpret.ts'
import { ranked } from '../interpreter/ranking.ts'
import { expectedCommits } from '../output/expected-commits.ts'
import type { Plan } from '../plan/plan.ts'
import type { Answer } from '../queries/answer.ts'
import { type Query, turnsBefore, type Want } from '../queries/query.ts'
import type { RunRecord, Trial } from '../system.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { builtPlan } from './built-plan.ts'
import { dueRecords, ticksOf, truthOf } from './truth.ts'

type Row = readonly [key: unknown, value: unknown]

/** The changes of a table at the ends of its periods, ascending. */
type Changelog = readonly { readonly tick: TickEnd; readonly rows: readonly Row[] }[]

/** All that is wrong with the answers of a run that has completed, in words. */
export async function answerProblems(trial: Trial, record: RunRecord): Promise<readonly string[]> {
  const { queries = [] } = trial
  if (queries.length === 0) return []
  const changelogs = await changelogsOf(trial)
  const { answers = [] } = record
  const { duration } = trial.config.input
  const numbers = queries.flatMap((query, index) => {
    const own = answers.filter((answer) => answer.query === index)
    return wrongNumber(own, query, { duration, changes: changelogs.get(query.of) ?? [] })
  })
  return [...(await wrongAnswers(trial, record)), ...numbers]
}

/** What is wrong with the answers that there are, in words: where a question may wait for ever, that is all that can be asked. */
export async function wrongAnswers(trial: Trial, record: RunRecord): Promise<readonly string[]> {
  const { queries = [] } = trial
  if (queries.length === 0) return []
  const wholeAt = await wholeTicks(trial, record)
  const { answers = [] } = record
  // Who reads the wrong clock asks when that says so.
  const isTimed = trial.faults.every(({ kind }) => kind !== 'skew')
  const problems: string[] = []
  for (const [of, changes] of await changelogsOf(trial)) {
    const own = answers.filter(({ query }) => queries[query]!.of === of)
    problems.push(...wrongRows(own, queries, changes))
    for (const answer of own) problems.push(...wrongTick(answer, wholeAt, changes))
    for (const { askedAt, answeredAt } of isTimed ? own : []) {
      if (answeredAt < askedAt) {
        problems.push(`an answer at ${answeredAt} to what was asked at ${askedAt}`)
      }
    }
  }
  return problems
}

/** By name. A query of the plan is read as an output of it: the interpreter has nobody who asks. */
async function changelogsOf(trial: Trial): Promise<ReadonlyMap<string, Changelog>> {
  const { plan } = await builtPlan(trial.config.plan)
  const hasQueries = plan.nodes.some(({ kind }) => kind === 'query')
  const ticks = hasQueries
    ? interpret(collected(plan), dueRecords(trial), ticksOf(trial.config))
    : await truthOf(trial)
  return Map.groupBy(ticks, ({ name }) => name)
}

function collected(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) =>
    node.kind === 'query' ? { ...node, kind: 'collect' as const } : node,
  )
  return { ...plan, nodes }
}

/** Of the answers of one table: it is made once, change by change. */
function wrongRows(
  answers: readonly Answer[],
  queries: readonly Query[],
  changes: Changelog,
): readonly string[] {
  const table = new Map<string, Row>()
  let next = 0
  return answers
    .toSorted((a, b) => a.tick - b.tick)
    .flatMap((answer) => {
      for (; next < changes.length && changes[next]!.tick <= answer.tick; next++) {
        for (const row of changes[next]!.rows) {
          if (row[1] === undefined) table.delete(nameOf(row[0]))
          else table.set(nameOf(row[0]), row)
        }
      }
      return wrongAnswer(answer, queries[answer.query]!, table)
    })
}

function wrongAnswer(
  answer: Answer,
  { of, want }: Query,
  table: ReadonlyMap<string, Row>,
): readonly string[] {
  const said = `the answer to ${of} at tick ${answer.tick}`
  if (answer.count !== table.size) return [`${said} counts ${answer.count} rows of ${table.size}`]
  const expected = wanted(table, want)
  if (textOf(expected) === textOf(answer.rows)) return []
  return [`${said} has other rows than ${textOf(expected)}`.slice(0, 500)]
}

function wanted(table: ReadonlyMap<string, Row>, want: Want): readonly Row[] {
  if (want === 'count') return []
  if (want === 'rows') return ascending(table)
  if ('top' in want) return greatest(table, want.top)
  const row = table.get(nameOf(want.key))
  return row ? [row] : []
}

function ascending(table: ReadonlyMap<string, Row>): readonly Row[] {
  return [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function greatest(table: ReadonlyMap<string, Row>, k: number): readonly Row[] {
  return ranked(k)([[...table.values()]], 0).map((rank) => (rank as readonly [number, Row])[1])
}

function textOf(rows: readonly Row[]): string {
  return rows.map((row) => nameOf([row[0], row[1]])).join(' ')
}

/** By the end of a tick: when all of the run's outputs had been committed up to it, and everywhere. */
async function wholeTicks(
  { config }: Trial,
  { commits }: RunRecord,
): Promise<(until: TickEnd) => Nanos> {
  const first = new Map<string, Nanos>()
  for (const { output, partition, tick, visibleAt } of commits) {
    const place = `${output} ${partition} ${tick}`
    first.set(place, Math.min(first.get(place) ?? visibleAt, visibleAt))
  }
  const { dataflow } = await builtPlan(config.plan)
  const due: (readonly [tick: TickEnd, visibleAt: Nanos])[] = []
  for (const { output, partitions, ticks } of expectedCommits(dataflow, config)) {
    for (let index = 1; ticks.endOf(index) <= config.input.duration; index++) {
      const tick = ticks.endOf(index)
      const all = partitions.map((p) => first.get(`${output} ${p} ${tick}`) ?? Infinity)
      due.push([tick, Math.max(...all)])
    }
  }
  return (until) => Math.max(0, ...due.map(([tick, at]) => (tick <= until ? at : 0)))
}

function wrongTick(
  { tick, answeredAt }: Answer,
  wholeAt: (tick: TickEnd) => Nanos,
  changes: Changelog,
): readonly string[] {
  const problems: string[] = []
  if (!changes.some((change) => change.tick === tick)) {
    problems.push(`an answer of tick ${tick}, which ends no period of its table`)
  }
  if (answeredAt < wholeAt(tick)) {
    problems.push(`an answer of tick ${tick} at ${answeredAt}, which was not whole yet`)
  }
  return problems
}

function wrongNumber(
  own: readonly Answer[],
  query: Query,
  { duration, changes }: { readonly duration: Nanos; readonly changes: Changelog },
): readonly string[] {
  const { of, slice } = query
  if (slice === undefined) {
    const turns = turnsBefore(query, duration)
    const answered = new Set(own.map(({ askedAt }) => askedAt)).size
    if (own.length === turns && answered === turns) return []
    return [`${own.length} answers to ${turns} questions for ${of}`]
  }
  const named = changes.map(({ tick }) => tick).filter((t) => t >= slice.from && t <= slice.to)
  const found = own.map(({ tick }) => tick).sort((a, b) => a - b)
  if (found.join() === named.join()) return []
  return [`a slice of ${of} has the versions ${found.join()}, not ${named.join()}`]
}
