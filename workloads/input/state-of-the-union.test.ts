import { isUtf8 } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { checksumOf } from './draw.ts'
import {
  RECORD_BYTES_MAX,
  STATE_OF_THE_UNION_PATTERN,
  stateOfTheUnion,
} from './state-of-the-union.ts'

describe('the State of the Union addresses', () => {
  const pool = stateOfTheUnion()
  const records = Buffer.from(pool.bytes).toString('latin1').split('\n').slice(0, -1)

  it('are always the same records', () => {
    expect(records.length).toBe(110_152)
    expect(pool.offsets.length).toBe(records.length + 1)
    expect(checksumOf(pool.bytes)).toBe('dc69099c')
  })

  it('are cut at spaces into at most 100 bytes, none of them empty, UTF-8 kept', () => {
    expect(Math.max(...records.map((record) => record.length))).toBeLessThanOrEqual(
      RECORD_BYTES_MAX,
    )
    expect(
      records.every((record) => /^[^\s]+( [^\s]+)*$/.test(record.replaceAll('\xa0', '-'))),
    ).toBe(true)
    expect(isUtf8(pool.bytes)).toBe(true)
    expect(records[0]).toBe(
      'Fellow-Citizens of the Senate and House of Representatives: In meeting you again I feel much',
    )
  })

  it('have the pattern in about 1 % of the records', () => {
    const holding = records.filter((record) => record.includes(STATE_OF_THE_UNION_PATTERN)).length
    expect(holding / records.length).toBeCloseTo(0.0102, 3)
  })
})
