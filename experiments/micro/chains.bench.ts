/**
 * Whole chains of kernels, as a worker runs them: batch by batch over the pool, what one kernel makes taken in by the next.
 *
 * By itself a kernel has its data in the first caches and its branches foretold; and of the few records of a batch that match,
 * an output costs more each than of a batch full of them. So what a record takes in a chain is more than the sum of what its kernels
 * take (`calibrate.ts`).
 */
import type { Batch } from '../../engines/core/columns/batch.ts'
import type { RecordReader } from '../../engines/core/operators/chain.ts'
import { columnChain, textDigest } from '../../engines/core/operators/column-chain.ts'
import { DigestSum } from '../../engines/core/output/digest.ts'
import { columnTables } from '../../engines/core/tables/column-table.ts'
import { NEEDLE } from '../../workloads/input/lines.ts'
import { BATCH_RECORDS, type BenchMemory } from './bench-memory.ts'
import type { MicroCase } from './micro-case.ts'

const PARTITIONS = 8

export function chainCases(bench: BenchMemory): readonly MicroCase[] {
  return [grepChain(bench), wordCountChain(bench)]
}

function grepChain(bench: BenchMemory): MicroCase {
  const { kernels, region } = bench
  const chain = columnChain(kernels, region, [{ name: 'contains', text: NEEDLE }])
  const digest = textDigest(kernels, region)
  const sum = new DigestSum()
  const put = (matches: Batch): void => {
    if (matches.kind === 'text') digest(matches, sum)
  }
  return {
    name: 'chain of grep',
    unit: 'record',
    before: () => void sum.take(),
    run: () => onePass(bench, (batch) => chain.run(batch, put)),
    check: () => sum.take().rows,
  }
}

function wordCountChain(bench: BenchMemory): MicroCase {
  const { kernels, region } = bench
  const chain = columnChain(kernels, region, [{ name: 'words' }])
  const combiner = columnTables(kernels, region).combiner(PARTITIONS)
  let rows = 0
  const add = (words: Batch): void => combiner.add(words)
  return {
    name: 'chain of word count',
    unit: 'record',
    run: () => onePass(bench, (batch) => chain.run(batch, add)),
    after() {
      rows = combiner.size
      combiner.drain(() => {})
    },
    check: () => rows,
  }
}

/** Returns its records. */
function onePass({ pool, reader }: BenchMemory, visit: Parameters<RecordReader['read']>[1]) {
  for (let first = 0; first < pool.records; first += BATCH_RECORDS) {
    reader.read({ pool, first, count: Math.min(BATCH_RECORDS, pool.records - first) }, visit)
  }
  return pool.records
}
