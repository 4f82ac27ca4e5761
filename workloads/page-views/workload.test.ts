import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { interpret } from '../../engines/core/interpreter/interpret.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { planOf } from '../../engines/core/plan/stream.ts'
import { pageViews, plan } from './workload.ts'

describe('page-views', () => {
  it('counts a url that is no text as it is, and its oracle does not know', () => {
    const record = '{"url":5}'
    const views = interpret(planOf(plan({})), [{ dueAt: 0, value: record }], [1e9])
    expect(views).toMatchObject([{ rows: [[5, 1]] }])
    const expected = pageViews.oracle().expect({
      pool: poolBytesOf([record]),
      partitions: 1,
      input: { rate: 1, duration: 1e9 },
      ticks: [1e9],
    })
    expect(() => [...expected]).toThrow('the record {"url":5}: an event without a url')
  })

  it('counts by url, however it is written in JSON', () => {
    const events = ['{"url":"/é"}', '{"user":1,"url":"/\\u00e9"}', '{"url":"/a\\n"}']
    const expected = pageViews.oracle().expect({
      pool: poolBytesOf(events),
      partitions: 1,
      input: { rate: 3, duration: 2e9 },
      ticks: [1e9, 2e9],
    })
    expect([...expected].map(({ digests }) => digests)).toEqual([
      [
        digestOfRows([
          ['/é', 2],
          ['/a\n', 1],
        ]),
      ],
      [
        digestOfRows([
          ['/é', 4],
          ['/a\n', 2],
        ]),
      ],
    ])
  })

  it.each([
    [
      'bytes that are not UTF-8, beside an escape',
      ['{"url":"/\\u0061\udce9"}', '{"url":"/\\u0061\udcea"}'],
    ],
    ['halves of characters', ['{"url":"/\\ud83d"}', '{"url":"/\\ud83e"}']],
  ])('counts apart what is not the same: %s', (_, events) => {
    const records = events.map((value) => ({ dueAt: 0, value }))
    const [views] = interpret(planOf(plan({})), records, [1e9])
    expect(views!.rows.map(([, count]) => count)).toEqual([1, 1])
    const expected = pageViews.oracle().expect({
      pool: poolBytesOf(events),
      partitions: 1,
      input: { rate: 2, duration: 1e9 },
      ticks: [1e9],
    })
    expect([...expected].map(({ digests }) => digests)).toEqual([[digestOfRows(views!.rows)]])
  })
})
