/**
 * The same kernels as the engines', in a single-threaded loop without a framework: no exchange, no ticks, no commits, no
 * digests. An engine's throughput over this is what its model costs (COST), and what a second core gains.
 */
import { type Bytes, PAGE_BYTES, Region, RunMemory } from '../../engines/core/columns/memory.ts'
import { poolFootprint, writePool } from '../../engines/core/input/pool.ts'
import { loadKernels } from '../../engines/core/kernels/load-kernels.ts'
import { columnChain, textReader } from '../../engines/core/operators/column-chain.ts'
import type { KernelCall } from '../../engines/core/plan/plan.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { columnTables } from '../../engines/core/tables/column-table.ts'
import type { PlainLoop } from './plain-loops.ts'
import { inSlides, type WindowLoop, type WindowLoopOptions } from './window-loops.ts'

const REGION_BYTES = 64 * 1024 * 1024
/** A window keeps the rows of its slides; only touched pages take memory. */
const WINDOW_REGION_BYTES = 640 * 1024 * 1024

function bench(bytes: PoolBytes, calls: readonly KernelCall[], size = REGION_BYTES) {
  const footprint = PAGE_BYTES + poolFootprint(bytes)
  const memory = RunMemory.reserve(footprint + size)
  const placed = writePool(memory, PAGE_BYTES, bytes)
  const region = new Region(memory, { name: 'baseline', base: footprint, size })
  const kernels = loadKernels(memory, 'columns')
  return {
    region,
    kernels,
    chain: columnChain(kernels, region, calls),
    reader: textReader(kernels, region, 1024),
    pool: placed,
  }
}

/** WordCount by kernels: words, then one running table. */
export function kernelWordCount(bytes: PoolBytes): PlainLoop {
  const { region, kernels, chain, reader, pool } = bench(bytes, [{ name: 'words' }])
  const tables = columnTables(kernels, region)
  const counts = tables.combiner(1)
  let drained = 0
  let seen = 0
  return {
    name: 'kernel loop',
    pass() {
      reader.read({ pool, first: 0, count: pool.records }, (lines) =>
        chain.run(lines, (words) => {
          if (words.kind === 'text') seen += words.count
          counts.add(words)
        }),
      )
      return seen
    },
    held() {
      counts.drain((_partition, rows) => {
        for (const [, value] of tables.decode(rows)) drained += Number(value)
      })
      return drained
    },
  }
}

/** Grep by the kernel. */
export function kernelGrep(bytes: PoolBytes, pattern: string): PlainLoop {
  const { chain, reader, pool } = bench(bytes, [{ name: 'contains', text: pattern }])
  let seen = 0
  return {
    name: 'kernel loop',
    pass() {
      reader.read({ pool, first: 0, count: pool.records }, (lines) =>
        chain.run(lines, (matches) => {
          if (matches.kind === 'text') seen += matches.count
        }),
      )
      return seen
    },
    held: () => seen,
  }
}

/**
 * WordCount and TopK over a sliding window by kernels: a slide's words in one table, folded into the window's when the slide
 * is full, and taken out again when it leaves. Changes are taken at each slide, as an engine must; they go nowhere.
 */
export function kernelWindow(bytes: PoolBytes, options: WindowLoopOptions): WindowLoop {
  const { region, kernels, chain, reader, pool } = bench(
    bytes,
    [{ name: 'words' }],
    WINDOW_REGION_BYTES,
  )
  const tables = columnTables(kernels, region)
  const slideCounts = tables.combiner(1)
  const window = tables.table()
  const kept: Bytes[][] = []
  let oldest = 0
  let seen = 0
  let top: (readonly [string, number])[] = []
  /** Copied out of the table while it is drained, folded afterwards. */
  const take = (first: number, count: number): void =>
    reader.read({ pool, first, count }, (lines) =>
      chain.run(lines, (words) => {
        if (words.kind === 'text') seen += words.count
        slideCounts.add(words)
        if (slideCounts.full) drain()
      }),
    )
  let drained: Bytes[] = []
  const drain = (): void =>
    slideCounts.drain((_partition, { pointer, length }) => {
      const at = region.allocate(length)
      region.memory.u8.copyWithin(at, pointer, pointer + length)
      drained.push({ pointer: at, length })
    })
  const slide = (): void => {
    drain()
    for (const rows of drained) window.fold(rows)
    if (kept.length < options.past.length) kept.push(drained)
    else {
      for (const rows of kept[oldest]!) {
        window.unfold(rows)
        region.free(rows.pointer, rows.length)
      }
      kept[oldest] = drained
      oldest = (oldest + 1) % options.past.length
    }
    drained = []
    window.takeChanges(undefined)
    if (options.top > 0) {
      top = []
      window.top(options.top, (rows) => {
        for (const [key, value] of tables.decode(rows)) top.push([key as string, Number(value)])
      })
    }
  }
  const pass = inSlides(pool.records, options, take, slide)
  return {
    name: 'kernel loop',
    passRecords: options.slideRecords,
    pass() {
      pass()
      return seen
    },
    ranked: () => top,
    held() {
      let sum = 0
      window.visitRows((rows) => {
        for (const [, value] of tables.decode(rows)) sum += Number(value)
      })
      return sum
    },
  }
}
