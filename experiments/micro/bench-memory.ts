/** What the benchmarks of kernels work on: a pool of synthetic text, its words as slices, a region, the column kernels. */
import { type Bytes, PAGE_BYTES, Region, RunMemory } from '../../engines/core/columns/memory.ts'
import { poolFootprint, writePool } from '../../engines/core/input/pool.ts'
import { loadKernels } from '../../engines/core/kernels/load-kernels.ts'
import { columnChain, textReader } from '../../engines/core/operators/column-chain.ts'
import { syntheticLines } from '../../workloads/input/lines.ts'
import type { MicroSize } from './micro-case.ts'

const REGION_BYTES = 96 * 1024 * 1024
const SLICE_BYTES = 8

/** As engines read: records of a batch. */
export const BATCH_RECORDS = 512

export function benchMemory({ lines, tableLines }: MicroSize) {
  const bytes = syntheticLines({ lines })
  const base = PAGE_BYTES + poolFootprint(bytes)
  const memory = RunMemory.reserve(base + REGION_BYTES)
  const pool = writePool(memory, PAGE_BYTES, bytes)
  const region = new Region(memory, { name: 'micro', base, size: REGION_BYTES })
  const kernels = loadKernels(memory, 'columns')
  const reader = textReader(kernels, region, BATCH_RECORDS)
  const words = columnChain(kernels, region, [{ name: 'words' }])
  /** Words of the first lines, as one batch that stays. */
  const slices: number[] = []
  reader.read({ pool, first: 0, count: Math.min(tableLines, pool.records) }, (batch) =>
    words.run(batch, (found) => {
      if (found.kind !== 'text') return
      const at = found.slices >>> 2
      for (let i = 0; i < found.count * 2; i++) slices.push(memory.u32[at + i]!)
    }),
  )
  const pointer = region.allocate(slices.length * 4)
  memory.u32.set(slices, pointer >>> 2)
  return {
    memory,
    pool,
    region,
    kernels,
    reader,
    allWords: { kind: 'text' as const, slices: pointer, count: slices.length / 2 },
    /** Words `from … to`, without a copy. */
    someWords: (from: number, to: number) => ({
      kind: 'text' as const,
      slices: pointer + from * SLICE_BYTES,
      count: to - from,
    }),
    /** A copy that stays. */
    keep(rows: Bytes): Bytes {
      const copy = region.allocate(rows.length)
      memory.u8.copyWithin(copy, rows.pointer, rows.pointer + rows.length)
      return { pointer: copy, length: rows.length }
    },
  }
}

export type BenchMemory = ReturnType<typeof benchMemory>
