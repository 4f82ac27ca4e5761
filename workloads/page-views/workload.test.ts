import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { digestOfRows } from '../../engines/core/output/digest.ts'
import { pageViews } from './workload.ts'

describe('page-views', () => {
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
})
