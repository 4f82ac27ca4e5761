import { expect, test } from 'vitest'
import { buildDataflow } from '../plan/dataflow-builder.ts'
import { sum } from '../plan/functions.ts'
import { planOf, readStream } from '../plan/stream.ts'
import type { HistoryEvent, HistoryFields } from './history.ts'
import { LATE_RECORDS, lateRecordsOf, tellLate } from './late-records.ts'

const pairs = () => readStream<string>('file:a', '1s').map((line): [string, number] => [line, 1])
const timed = buildDataflow(
  planOf(pairs().reduceByEventTime('2s', sum, { time: () => 0, lateness: '0s' }).late),
)

function told(...events: readonly (readonly [operator: number, at: number, late: number])[]) {
  const history: HistoryEvent[] = []
  const append = (event: string, fields: HistoryFields = {}): void => {
    history.push({ at: 0, process: 0, incarnation: 0, event, fields })
  }
  append('batch-completed', { records: 1_000 })
  for (const [operator, at, late] of events) {
    tellLate({ append }, { late }, { operator, partition: 3, tick: at })
  }
  return history
}

test('each period counts once, however often it was ended', () => {
  const history = told([2, 1, 5], [2, 2, 7], [2, 1, 5], [4, 1, 20], [2, 2, 7])
  expect(lateRecordsOf(history, timed)).toBe(32)
})

test('nothing is told of a period without any; a plan without such windows counts none', () => {
  expect(told([2, 1, 0]).filter(({ event }) => event === LATE_RECORDS)).toEqual([])
  expect(lateRecordsOf(told(), timed)).toBe(0)
  const counts = buildDataflow(planOf(pairs().runningReduce(sum)))
  expect(lateRecordsOf(told([2, 1, 5]), counts)).toBeUndefined()
})
