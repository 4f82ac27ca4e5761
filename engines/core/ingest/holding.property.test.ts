/**
 * What a worker holds of a partition, against a plain model.
 *
 *   however records are cut into blocks and sent again, each is held once, and located as it was in the pool
 *   what is released is given back to the region, block by block; nothing else is
 *   a block that begins after a gap replaces what was here
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import type { Pool } from '../input/input-log.ts'
import { poolBytesOf, poolFootprint, writePool } from '../input/pool.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { BlockWriter, readBlock } from './block.ts'
import { Holding } from './holding.ts'

const RECORDS = 60
const LINES = Array.from({ length: RECORDS }, (_, index) => `${index} `.repeat((index * 7) % 11))

function setting(): { memory: RunMemory; pool: Pool; region: Region } {
  const bytes = poolBytesOf(LINES)
  const base = PAGE_BYTES + poolFootprint(bytes)
  const memory = RunMemory.reserve(base + 4 * PAGE_BYTES)
  const pool = writePool(memory, PAGE_BYTES, bytes)
  const region = new Region(memory, { name: 'test', base, size: 4 * PAGE_BYTES })
  return { memory, pool, region }
}

const { memory, pool, region } = setting()
const copy = loadKernels(memory, 'columns').copyBytes
const writer = new BlockWriter(region, copy)

/** Sends the records `[first, end)` as a block. */
function store(holding: Holding, first: number, end: number) {
  const range = { first, count: end - first }
  const { payload, tail, length } = writer.write(pool, range, { partition: 3, first, known: end })
  const at = region.allocate(length)
  memory.u8.set(payload, at)
  memory.u8.set(tail, at + payload.length)
  const block = readBlock(memory, { pointer: at, length })
  expect([block.partition, block.first, block.records, block.known]).toEqual([
    3,
    first,
    end - first,
    end,
  ])
  const stored = holding.store(block, false)
  region.free(at, length)
  return stored
}

function located(holding: Holding, from: number, to: number): string[] {
  const lines: string[] = []
  const stopped = holding.locate(from, to, ({ pool: { bytes, offsets }, first, count }) => {
    for (let record = first; record < first + count; record++) {
      const start = bytes + memory.u32[offsets / 4 + record]!
      const end = bytes + memory.u32[offsets / 4 + record + 1]! - 1
      lines.push(Buffer.from(memory.bytes(start, end - start)).toString())
    }
  })
  expect(stopped).toBe(to)
  return lines
}

it('holds each record once, however often and however cut it is sent', () => {
  const sends = fc.array(fc.tuple(fc.nat(30), fc.nat(20)), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(sends, fc.array(fc.nat(RECORDS)), (cuts, releases) => {
      const before = region.used
      const holding = new Holding(region, copy)
      for (const [back, more] of cuts) {
        const first = Math.max(0, holding.end - back)
        const end = Math.min(RECORDS, holding.end + more)
        const was = holding.end
        const stored = store(holding, first, Math.max(first, end))
        expect(stored).toBe(first === end ? 'known' : end > was ? 'stored' : 'duplicate')
        expect(holding.end).toBe(Math.max(was, end))
        expect(located(holding, holding.first, holding.end)).toEqual(LINES.slice(0, holding.end))
      }
      for (const index of releases) {
        holding.release(index)
        expect(holding.first).toBeLessThanOrEqual(Math.max(index, holding.first))
        const from = Math.max(index, holding.first)
        if (from < holding.end) {
          expect(located(holding, from, holding.end)).toEqual(LINES.slice(from, holding.end))
        }
      }
      holding.release(RECORDS)
      expect(holding.empty).toBe(true)
      expect(holding.bytes).toBe(0)
      expect(region.used).toBe(before)
    }),
  )
})

it('begins anew behind a gap', () => {
  const holding = new Holding(region, copy)
  store(holding, 0, 10)
  store(holding, 20, 30)
  expect([holding.first, holding.end]).toEqual([20, 30])
  expect(holding.locate(5, 30, () => {})).toBe(5)
  expect(located(holding, 22, 30)).toEqual(LINES.slice(22, 30))
  holding.release(30)
})
