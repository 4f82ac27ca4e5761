/**
 * Filters over batches of pairs of integers, by kernels: what plain functions behind them never see is never made a value.
 *
 * Each keeps pairs in a buffer of its own, of fixed size, so that a batch of any size passes in pieces that stay in a core's
 * first cache.
 */
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { KernelCall } from '../plan/plan.ts'
import type { Chain } from './chain.ts'
import type { ChainReport } from './column-chain.ts'

/** Pairs that a filter is given at once. */
const PAIRS_MAX = 1_024

/** Filters one after the other, at least one. Allocates their buffers here, for the process's life. */
export function numberFilters(
  kernels: Kernels,
  region: Region,
  calls: readonly KernelCall[],
  report?: ChainReport,
): Chain {
  const filters = calls.map((call) => filterOf(kernels, region, call, report))
  return filters.reduce((before, filter) => ({
    run: (batch, visit) => before.run(batch, (kept) => filter.run(kept, visit)),
  }))
}

function filterOf(kernels: Kernels, region: Region, call: KernelCall, report?: ChainReport): Chain {
  assert(call.name === 'where-equals', () => `${call.name} is no filter of numbers`)
  const { name, place, value } = call
  const out = region.allocate(PAIRS_MAX * PAIR_BYTES)
  return {
    run(batch, visit) {
      assert(batch.kind === 'numbers', () => `a batch of ${batch.kind} reached a filter of numbers`)
      report?.(name, batch.count)
      for (let from = 0; from < batch.count; from += PAIRS_MAX) {
        const at = batch.at + from * PAIR_BYTES
        const most = Math.min(batch.count - from, PAIRS_MAX)
        const count = kernels.numbersWhere(at, most, place, value, out)
        if (count > 0) visit({ kind: 'numbers', at: out, count })
      }
    },
  }
}
