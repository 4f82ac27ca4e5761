/** The chain over batches of numbers: kernels from the closed list, one after the other, as far as there are any. */
import { assert } from '../assert.ts'
import { type Batch, PAIR_BYTES } from '../columns/batch.ts'
import type { Region } from '../columns/memory.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { KernelCall } from '../plan/plan.ts'
import type { Pointer } from '../units.ts'
import type { Chain } from './chain.ts'

/** Pairs that a kernel is given at once. */
const PAIRS_MAX = 4_096

type Step = (at: Pointer, count: number, next: Next) => void
type Next = (at: Pointer, count: number) => void

/**
 * Takes numbers, and rows of a table of numbers, which are numbers. Allocates a buffer a call here, for the process's life;
 * without calls it hands on what it gets.
 */
export function numberChain(
  kernels: Kernels,
  region: Region,
  calls: readonly KernelCall[],
  report?: (kernel: string, records: number) => void,
): Chain {
  const steps = calls.map((call): Step => {
    const step = stepOf(kernels, region, call)
    if (report === undefined) return step
    return (at, count, next) => {
      report(call.name, count)
      step(at, count, next)
    }
  })
  return {
    run(batch, visit) {
      const last: Next = (at, count) => visit({ kind: 'numbers', at, count })
      const first = steps.reduceRight<Next>(
        (next, step) => (at, count) => step(at, count, next),
        last,
      )
      first(...numbersOf(batch))
    },
  }
}

function numbersOf(batch: Batch): [at: Pointer, count: number] {
  if (batch.kind === 'numbers') return [batch.at, batch.count]
  assert(batch.kind === 'rows', `a batch of ${batch.kind} reached a chain of numbers`)
  return [batch.rows.pointer, batch.rows.length / PAIR_BYTES]
}

function stepOf(kernels: Kernels, region: Region, { name }: KernelCall): Step {
  const factor = name === 'both-ways' ? 2 : 1
  const out = region.allocate(PAIRS_MAX * factor * PAIR_BYTES)
  return (at, count, next) => {
    for (let from = 0; from < count; from += PAIRS_MAX) {
      const piece = Math.min(PAIRS_MAX, count - from)
      const pairs = at + from * PAIR_BYTES
      if (name === 'both-ways') kernels.bothWays(pairs, piece, out)
      else if (name === 'with-lesser') kernels.withLesser(pairs, piece, out)
      else assert(false, `${name} is not a kernel of a chain of numbers`)
      next(out, piece * factor)
    }
  }
}
