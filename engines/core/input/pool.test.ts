import { describe, expect, it } from 'vitest'
import { RunMemory } from '../columns/memory.ts'
import { POOL_PADDING_BYTES, poolBytesOf, poolFootprint, readPool, writePool } from './pool.ts'

describe('a pool', () => {
  const records = ['a needle', '', 'Straße', new Uint8Array([0xff, 0x00, 0x41])]
  const pool = poolBytesOf(records)

  it('ends every record with a line feed and keeps any bytes', () => {
    expect([...pool.offsets]).toEqual([0, 9, 10, 18, 22])
    expect(Buffer.from(pool.bytes).toString('latin1')).toBe(
      `a needle\n\n${Buffer.from('Straße').toString('latin1')}\n\xff\0A\n`,
    )
    expect(poolBytesOf(['\udcff']).bytes).toEqual(new Uint8Array([0xff, 0x0a]))
  })

  it('is placed in a memory with padding and aligned offsets', () => {
    const memory = RunMemory.reserve(3 * 65_536)
    memory.u8.fill(0xee)
    const placed = writePool(memory, 65_536 + 16, pool)
    expect(placed.bytes).toBe(65_536 + 16)
    expect(placed.offsets % 4).toBe(0)
    expect(placed.records).toBe(4)
    expect(readPool(memory, placed)).toEqual(pool)
    const end = placed.bytes + pool.bytes.length
    expect(placed.offsets).toBeGreaterThanOrEqual(end + POOL_PADDING_BYTES)
    expect(memory.u8.slice(end, end + POOL_PADDING_BYTES).every((byte) => byte === 0)).toBe(true)
    expect(memory.u8[placed.bytes + poolFootprint(pool)]).toBe(0xee)
  })

  it('may be empty', () => {
    expect(poolBytesOf([])).toEqual({ bytes: new Uint8Array(0), offsets: new Uint32Array(1) })
  })

  it('refuses a record with a line feed in it', () => {
    expect(() => poolBytesOf(['fine', 'not\nfine'])).toThrow(
      'record 1 of a pool: a line feed at byte 3. a line feed ends a record and cannot be in it. Cut the record there.',
    )
  })
})
