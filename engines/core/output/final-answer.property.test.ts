/**
 * Laws of the final answer, for any changelog, in any order in which its parts were kept:
 *
 * 1. of a table it is what a Map holds after all changes, tick by tick; of an event stream all records, as often as they came;
 * 2. a tick that was committed again changes nothing;
 * 3. rows ascend, so that equal answers are equal lists;
 * 4. where a commit's rows are missing there is no answer.
 */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { RecoveryError } from '../errors.ts'
import type { DataflowOutput } from '../plan/dataflow.ts'
import type { CommittedRows, VisibleCommit } from './commit.ts'
import { finalAnswers } from './final-answer.ts'

const outputOf = (index: number, rows: DataflowOutput['rows']): DataflowOutput => ({
  index,
  name: `output-${index}`,
  node: { id: 1, kind: 'collect', input: 0, name: `output-${index}` },
  period: 'tick',
  rows,
})

const commitOf = ({ rows, ...place }: CommittedRows): VisibleCommit => ({
  ...place,
  rows: rows.length,
  lane0: 0,
  lane1: 0,
  visibleAt: place.tick,
})

const answerOf = (kept: readonly CommittedRows[], rows: DataflowOutput['rows']) => {
  const commits = kept.map(commitOf)
  return finalAnswers({ outputs: [outputOf(0, rows)] }, { commits, rows: kept })[0]!.rows
}

const key = fc.oneof(fc.constantFrom('a', 'b', 'é', 1, 2, null), fc.tuple(fc.constantFrom('a', 1)))
const row = fc.tuple(key, fc.oneof(fc.nat(5), fc.constant(undefined)))

/** Rows by tick; those of a tick in two partitions, by their keys, each of which has one row a tick. */
const changelog = fc.array(
  fc.uniqueArray(row, { selector: ([of]) => JSON.stringify(of), maxLength: 5 }),
  { maxLength: 6 },
)

type Row = readonly [key: unknown, value: unknown]

function keptOf(ticks: readonly (readonly Row[])[]): CommittedRows[] {
  const isFirst = ([of]: Row): boolean => JSON.stringify(of).length % 2 === 0
  return ticks.flatMap((rows, index) =>
    [isFirst, (each: Row) => !isFirst(each)].map((belongs, partition) => ({
      generation: 1,
      output: 0,
      partition,
      tick: index + 1,
      rows: rows.filter(belongs),
    })),
  )
}

/** Ascending by the text of canonical bytes. */
function ascending(rows: Iterable<Row>): Row[] {
  const nameOf = (value: unknown): string => {
    const { tag, body } = encodeCanonical(value)
    return `${tag}${Buffer.from(body).toString('hex')}`
  }
  return [...rows].sort(([a, x], [b, y]) => {
    const [left, right] = [`${nameOf(a)} ${nameOf(x)}`, `${nameOf(b)} ${nameOf(y)}`]
    return left < right ? -1 : Number(left > right)
  })
}

const shuffled = fc.infiniteStream(fc.nat())
function mixed<T>(items: readonly T[], draws: Iterator<number>): T[] {
  return items
    .map((item) => ({ item, at: draws.next().value as number }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

describe('a final answer', () => {
  it('of a table is what is there in the end', () => {
    fc.assert(
      fc.property(changelog, shuffled, (ticks, draws) => {
        const table = new Map<string, Row>()
        for (const rows of ticks) {
          for (const each of rows) {
            if (each[1] === undefined) table.delete(JSON.stringify(each[0]))
            else table.set(JSON.stringify(each[0]), each)
          }
        }
        const kept = mixed(keptOf(ticks), draws)
        expect(answerOf(kept, 'pairs')).toEqual(ascending(table.values()))
      }),
    )
  })

  it('of events is all of them', () => {
    fc.assert(
      fc.property(changelog, shuffled, (ticks, draws) => {
        const kept = mixed(keptOf(ticks), draws)
        expect(answerOf(kept, 'events')).toEqual(ascending(ticks.flat()))
      }),
    )
  })

  it('has what was committed again once', () => {
    fc.assert(
      fc.property(changelog, fc.nat(), fc.constantFrom('events', 'pairs'), (ticks, draw, rows) => {
        const kept = keptOf(ticks)
        const again = kept.slice(draw % (kept.length + 1)).map((each) => {
          return { ...each, generation: 2 }
        })
        expect(answerOf([...kept, ...again], rows)).toEqual(answerOf(kept, rows))
      }),
    )
  })
})

test('an output has its own rows and name', () => {
  const base = { generation: 1, partition: 0, tick: 5 } as const
  const rows: CommittedRows[] = [
    { ...base, output: 1, rows: [['b', 2]] },
    { ...base, output: 0, rows: [['a', 1]] },
  ]
  const outputs = [outputOf(0, 'pairs'), outputOf(1, 'events')]
  expect(finalAnswers({ outputs }, { commits: rows.map(commitOf), rows })).toEqual([
    { output: 0, name: 'output-0', rows: [['a', 1]] },
    { output: 1, name: 'output-1', rows: [['b', 2]] },
  ])
})

test('without the rows of a commit there is none', () => {
  const kept = { generation: 1, output: 0, partition: 3, tick: 5, rows: [['a', 1]] } as const
  const lost = { outputs: [outputOf(0, 'pairs')] }
  const answer = () => finalAnswers(lost, { commits: [commitOf(kept)], rows: [] })
  expect(answer).toThrow(RecoveryError)
  expect(answer).toThrow(
    'the final answer of a run: 1 rows of output 0, partition 3, tick 5 were committed, and are gone with the worker that made them.',
  )
})
