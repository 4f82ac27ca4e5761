/** Shuffle rows in a region: what comes out is what went in, in order, however it is fragmented. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Region, RunMemory } from '../../core/columns/memory.ts'
import { loadShuffleRows, type ShuffleRows, ShuffleWriter } from './shuffle-rows.ts'

const MIB = 1024 * 1024
const PARTITIONS = 3
const memory = RunMemory.reserve(20 * MIB)

/** Bytes that pieces are written from, of no region. */
const SOURCE = 17 * MIB
for (let at = 0; at < MIB; at++) memory.u8[SOURCE + at] = (at * 31) >>> 3

const regionOf = (size: number): Region => new Region(memory, { name: 'test', base: 65_536, size })

interface Piece {
  readonly partition: number
  readonly at: number
  readonly length: number
}

const bytesAt = (at: number, length: number): string =>
  Buffer.from(memory.bytes(SOURCE + at, length)).toString('latin1')

function write(writer: ShuffleWriter, pieces: readonly Piece[]): ShuffleRows {
  for (const { partition, at, length } of pieces) {
    writer.append(partition, { pointer: SOURCE + at, length })
  }
  return writer.seal()
}

function expectPieces(rows: ShuffleRows, pieces: readonly Piece[]): void {
  for (let p = 0; p < PARTITIONS; p++) {
    const found: string[] = []
    rows.visit(p, ({ pointer, length }) =>
      found.push(Buffer.from(memory.bytes(pointer, length)).toString('latin1')),
    )
    const wanted = pieces.filter(({ partition, length }) => partition === p && length > 0)
    // Not shown where they differ: they are long.
    expect(found.length).toBe(wanted.length)
    expect(
      found.every((text, place) => {
        const { at, length } = wanted[place]!
        return text === bytesAt(at, length)
      }),
    ).toBe(true)
  }
}

const pieces = fc.array(
  fc.record({
    partition: fc.nat(PARTITIONS - 1),
    at: fc.nat(900_000),
    length: fc.oneof(fc.nat(200), fc.nat(70_000)),
  }),
  { maxLength: 60 },
)

it('come back in the order of writing, from block to block, through a spill, and leave nothing behind', () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 4 }), (blocks) => {
      const region = regionOf(16 * MIB)
      const writer = new ShuffleWriter(region, PARTITIONS)
      const all = blocks.map((each) => ({ each, rows: write(writer, each) }))
      for (const { each, rows } of all) {
        expectPieces(rows, each)
        const loaded = loadShuffleRows(region, rows.save())
        expectPieces(loaded, each)
        expect(loaded.length).toBe(rows.length)
        loaded.release(region)
        // What did not fit into a segment is as much as that one wastes.
        expect(rows.bytes * 0.75).toBeLessThanOrEqual(2 * rows.length)
      }
      const { used } = region
      for (const { rows } of all) rows.release(region)
      const bytes = all.reduce((sum, { rows }) => sum + rows.bytes, 0)
      expect(used - region.used).toBeGreaterThanOrEqual(bytes)
      // A segment that is kept for the next block.
      expect(region.used).toBeLessThanOrEqual(MIB)
    }),
    { numRuns: 40 },
  )
})

it('need no large piece of a region of which much is free', () => {
  const region = regionOf(16 * MIB)
  const held = Array.from({ length: 8 }, () => region.allocate(2 * MIB))
  for (const place of [0, 2, 4, 6]) region.free(held[place]!, 2 * MIB)
  expect(region.has(2 * MIB + 1)).toBe(false)
  const each = Array.from({ length: 90 }, (_, n) => ({ partition: n % 3, at: n, length: 65_536 }))
  const writer = new ShuffleWriter(region, PARTITIONS)
  const rows = write(writer, each)
  expect(rows.length).toBeGreaterThan(5.5 * MIB)
  expectPieces(rows, each)
  const saved = rows.save()
  rows.release(region)
  expectPieces(loadShuffleRows(region, saved), each)
})

it('that are dropped give back all but one segment', () => {
  const region = regionOf(16 * MIB)
  const writer = new ShuffleWriter(region, PARTITIONS)
  for (let n = 0; n < 60; n++) writer.append(0, { pointer: SOURCE, length: 65_536 })
  expect(region.used).toBeGreaterThan(3 * MIB)
  writer.clear()
  expect(region.used).toBeLessThanOrEqual(MIB)
  expect(write(writer, []).bytes).toBe(0)
})
