/** What is done once for each record: reading, the kernels of chains, a plain function, folding text into an output. */
import type { Batch } from '../../engines/core/columns/batch.ts'
import { columnChain, textDigest } from '../../engines/core/operators/column-chain.ts'
import { plainChain } from '../../engines/core/operators/plain-chain.ts'
import { plainReader } from '../../engines/core/operators/plain-reader.ts'
import { DigestSum } from '../../engines/core/output/digest.ts'
import type { KernelCall, PlanFunction } from '../../engines/core/plan/plan.ts'
import { NEEDLE } from '../../workloads/input/lines.ts'
import { BATCH_RECORDS, type BenchMemory } from './bench-memory.ts'
import type { MicroCase } from './micro-case.ts'

const KERNELS: readonly KernelCall[] = [
  { name: 'words' },
  { name: 'contains', text: NEEDLE },
  { name: 'longer-than', bytes: 12 },
  { name: 'prefix', bytes: 3 },
  { name: 'lower-case' },
]

export function textCases(bench: BenchMemory): readonly MicroCase[] {
  return [
    readCase(bench),
    ...KERNELS.map((call) => kernelCase(bench, call)),
    plainCase(bench),
    outputCase(bench),
    hashCase(bench),
  ]
}

/** Goes through the pool batch by batch. */
function turns({
  pool,
}: BenchMemory): () => { pool: BenchMemory['pool']; first: number; count: number } {
  const count = Math.min(BATCH_RECORDS, pool.records)
  let next = 0
  return () => {
    const first = next
    next = first + 2 * count > pool.records ? 0 : first + count
    return { pool, first, count }
  }
}

function readCase(bench: BenchMemory): MicroCase {
  const turn = turns(bench)
  const { reader, memory } = bench
  let sum = 0
  const visit = (batch: Batch): void => {
    if (batch.kind === 'text') sum = (sum + memory.u32[batch.slices >>> 2]!) >>> 0
  }
  const run = (): number => {
    let units = 0
    for (let i = 0; i < 16; i++) {
      const range = turn()
      reader.read(range, visit)
      units += range.count
    }
    return units
  }
  return { name: 'read', unit: 'record', run, check: () => sum }
}

function kernelCase(bench: BenchMemory, call: KernelCall): MicroCase {
  const { kernels, region, reader } = bench
  const turn = turns(bench)
  const chain = columnChain(kernels, region, [call])
  let found = 0
  let lines: Batch
  const count = (batch: Batch): void => {
    if (batch.kind === 'text') found += batch.count
  }
  return {
    name: call.name,
    unit: 'record',
    before() {
      found = 0
      reader.read(turn(), (batch) => {
        lines = batch
      })
    },
    run() {
      chain.run(lines, count)
      return BATCH_RECORDS
    },
    check: () => found,
  }
}

function plainCase(bench: BenchMemory): MicroCase {
  const f: PlanFunction = Object.assign((line: unknown) => (line as string).length, {})
  const chain = plainChain([{ kind: 'map', f } as never], () => [], { tick: 0, clock: 0 })
  const strings = plainReader(bench.memory, BATCH_RECORDS)
  const turn = turns(bench)
  let sum = 0
  return {
    name: 'plain',
    unit: 'record',
    run() {
      const range = turn()
      strings.read(range, (batch) =>
        chain.run(batch, (mapped) => {
          if (mapped.kind === 'values') for (const value of mapped.values) sum += value as number
        }),
      )
      return range.count
    },
    check: () => sum,
  }
}

function outputCase(bench: BenchMemory): MicroCase {
  const { kernels, region, reader } = bench
  const turn = turns(bench)
  const digest = textDigest(kernels, region)
  const sum = new DigestSum()
  let lines: Extract<Batch, { kind: 'text' }>
  return {
    name: 'output',
    unit: 'record',
    before: () =>
      reader.read(turn(), (batch) => {
        if (batch.kind === 'text') lines = batch
      }),
    run() {
      digest(lines, sum)
      return lines.count
    },
    check: () => sum.take().lane0,
  }
}

/** Keys by themselves: short, and many. */
function hashCase({ kernels, region, allWords }: BenchMemory): MicroCase {
  const digest = textDigest(kernels, region)
  const sum = new DigestSum()
  return {
    name: 'hash',
    unit: 'key',
    run() {
      digest(allWords, sum)
      return allWords.count
    },
    after: () => sum.take(),
    check() {
      digest(allWords, sum)
      return sum.take().lane0
    },
  }
}
