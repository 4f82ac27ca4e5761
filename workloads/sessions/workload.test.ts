import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { plan, sessions } from './workload.ts'

const SECOND = 1e9

const view = (client: string): string => JSON.stringify({ client, type: 'view' })
const exit = (client: string): string => JSON.stringify({ client, type: 'exit' })

/** Events of one client each second; a second without any has one of somebody else. */
const SECONDS = ['v', 'v', '-', 'v', '-', '-', 'x', 'v', 'x', '-', 'v', '-'] as const

const events = SECONDS.map((event) => {
  if (event === '-') return view('other')
  return event === 'v' ? view('é') : exit('é')
})
const ticks = SECONDS.map((_, second) => (second + 1) * SECOND)
const parameters = { timeout: '2s' }

/** Of the client, at the end of each second: what is put out, if anything. */
const SHOWN = [[1], [2], [], [3], [], [undefined], [], [1], [undefined], [], [1], []]

describe('sessions', () => {
  it('begin with a view, and end by an exit or a silence', () => {
    const records = events.map((value, second) => ({ dueAt: second * SECOND, value }))
    const shown = interpret(planOf(plan(parameters)), records, ticks)
    expect(
      shown.map(({ rows }) => rows.filter(([key]) => key === 'é').map(([, value]) => value)),
    ).toEqual(SHOWN)
  })

  it('are what the oracle says', () => {
    const records = events.map((value, second) => ({ dueAt: second * SECOND, value }))
    const shown = interpret(planOf(plan(parameters)), records, ticks)
    const expected = sessions.oracle(parameters).expect({
      pool: poolBytesOf(events),
      partitions: 1,
      input: { rate: 1, duration: events.length * SECOND },
      ticks,
    })
    expect([...expected].map(({ digests }) => digests)).toEqual(
      shown.map(({ rows }) => [digestOfRows(rows)]),
    )
  })

  it('that begin and end in one interval are not seen; an exit ends what came before it and after', () => {
    const records = [exit('a'), view('a'), view('b'), exit('c')].map((value) => ({
      dueAt: 0,
      value,
    }))
    expect(interpret(planOf(plan({})), records, [SECOND])).toMatchObject([{ rows: [['b', 1]] }])
  })

  it('of a client that is no text are tracked, and the oracle does not know', () => {
    const record = '{"client":5,"type":"view"}'
    const tracked = interpret(planOf(plan({})), [{ dueAt: 0, value: record }], [SECOND])
    expect(tracked).toMatchObject([{ rows: [[5, 1]] }])
    const expected = sessions.oracle().expect({
      pool: poolBytesOf([record]),
      partitions: 1,
      input: { rate: 1, duration: SECOND },
      ticks: [SECOND],
    })
    expect(() => [...expected]).toThrow(
      'the record {"client":5,"type":"view"}: an event without a client',
    )
  })

  it('are refused with a timeout that is no multiple of the interval', () => {
    expect(() => buildDataflow(planOf(plan({ interval: '2s', timeout: '3s' })))).toThrow(
      'a timeout of 3s',
    )
  })
})
