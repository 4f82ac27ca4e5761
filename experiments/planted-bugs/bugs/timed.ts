/** Bugs that change no result: only a clock sees them, so no run of the battery can. Each names the row of `bench` that fails with it. */
import type { PlantedBug } from './planted-bug.ts'

export const TIMED_BUGS: readonly Omit<PlantedBug, 'caughtBy' | 'needs'>[] = [
  {
    // `fresh-bytes`. In pieces that begin where the pool says, so that they are the same in each pass.
    name: 'words of a record are kept by its place in the pool',
    file: 'engines/core/operators/column-chain.ts',
    find: `  return (slices, count, next) => {
    u32[cursor >>> 2] = 0
    u32[(cursor >>> 2) + 1] = 0
    while (u32[cursor >>> 2]! < count) {
      const found = kernels.words(slices, count, out, SLICES_MAX, cursor)
      if (found > 0) next(out, found)
    }
  }`,
    replace: `  const kept = new Map<number, Uint32Array[]>()
  const begins = (at: Pointer): boolean => u32[at >>> 2]! % 64 === 0
  return (all, records, next) => {
    for (let from = 0, count = 1; from < records; from += count) {
      const slices = all + from * SLICE_BYTES
      count = 1
      while (from + count < records && !begins(slices + count * SLICE_BYTES)) count += 1
      const isWhole = begins(slices) && from + count < records
      const place = u32[slices >>> 2]!
      const known = isWhole ? kept.get(place) : undefined
      for (const part of known ?? []) {
        u32.set(part, out >>> 2)
        next(out, part.length / 2)
      }
      if (known !== undefined) continue
      const parts: Uint32Array[] = []
      u32[cursor >>> 2] = 0
      u32[(cursor >>> 2) + 1] = 0
      while (u32[cursor >>> 2]! < count) {
        const found = kernels.words(slices, count, out, SLICES_MAX, cursor)
        parts.push(u32.slice(out >>> 2, (out >>> 2) + 2 * found))
        if (found > 0) next(out, found)
      }
      if (isWhole) kept.set(place, parts)
    }
  }`,
  },
]
