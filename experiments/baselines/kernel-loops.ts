/**
 * The same kernels as the engines', in a single-threaded loop without a framework: no exchange, no ticks, no commits, no
 * digests. An engine's throughput over this is what its model costs (COST), and what a second core gains.
 */
import { PAGE_BYTES, Region, RunMemory } from '../../engines/core/columns/memory.ts'
import { poolFootprint, writePool } from '../../engines/core/input/pool.ts'
import { loadKernels } from '../../engines/core/kernels/load-kernels.ts'
import { columnChain, textReader } from '../../engines/core/operators/column-chain.ts'
import type { KernelCall } from '../../engines/core/plan/plan.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { columnTables } from '../../engines/core/tables/column-table.ts'
import type { PlainLoop } from './plain-loops.ts'

const REGION_BYTES = 64 * 1024 * 1024

function bench(bytes: PoolBytes, calls: readonly KernelCall[]) {
  const footprint = PAGE_BYTES + poolFootprint(bytes)
  const memory = RunMemory.reserve(footprint + REGION_BYTES)
  const placed = writePool(memory, PAGE_BYTES, bytes)
  const region = new Region(memory, { name: 'baseline', base: footprint, size: REGION_BYTES })
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
  const counts = columnTables(kernels, region).combiner(1)
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
  }
}
