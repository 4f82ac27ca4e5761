/**
 * Chains of columns against the plain functions whose kernels they run.
 *
 * Laws: texts out of a chain are those of the plain functions, in order, whatever the bytes and however many; a reader gives
 * every record of a range once, in batches of at most `recordsMax`; the digest of a batch is that of its rows (text, 1).
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Batch } from '../columns/batch.ts'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { decodeText } from '../columns/value-codec.ts'
import type { Pool } from '../input/input-log.ts'
import { poolBytesOf, poolFootprint, writePool } from '../input/pool.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { DigestSum } from '../output/digest.ts'
import { contains, longerThan, lowerCase, prefix, words } from '../plan/functions.ts'
import type { KernelCall, PlanFunction } from '../plan/plan.ts'
import { columnChain, decodeTexts, textDigest, textReader } from './column-chain.ts'

const memory = RunMemory.reserve(64 * PAGE_BYTES)
const pools = new Region(memory, { name: 'pool', base: PAGE_BYTES, size: 31 * PAGE_BYTES })
const region = new Region(memory, { name: 'chains', base: 32 * PAGE_BYTES, size: 32 * PAGE_BYTES })
const modes = ['columns', 'plain'] as const

function poolOf(records: readonly Uint8Array[]): Pool {
  pools.reset()
  const bytes = poolBytesOf(records)
  return writePool(memory, pools.allocate(poolFootprint(bytes)), bytes)
}

const record = fc
  .array(fc.oneof(fc.constantFrom(...Buffer.from('aaAbB   \té'), 0xff), fc.nat(255)), {
    maxLength: 80,
  })
  .map((bytes) => Uint8Array.from(bytes.filter((byte) => byte !== 0x0a)))

const call = fc.oneof(
  fc.constant({ apply: flat(words), kernel: words.kernel }),
  fc.constant({ apply: each(lowerCase), kernel: lowerCase.kernel }),
  fc.nat(20).map((bytes) => ({ apply: each(prefix(bytes)), kernel: prefix(bytes).kernel })),
  fc.nat(9).map((n) => ({ apply: kept(longerThan(n)), kernel: longerThan(n).kernel })),
  fc
    .constantFrom('', 'a', 'aa', 'b ', '\udcff', 'é')
    .map((text) => ({ apply: kept(contains(text)), kernel: contains(text).kernel })),
  fc.constant({ apply: (texts: string[]) => texts, kernel: { name: 'with-one' as const } }),
)

function flat(f: PlanFunction) {
  return (texts: string[]): string[] => texts.flatMap((text) => f(text) as string[])
}
function each(f: PlanFunction) {
  return (texts: string[]): string[] => texts.map((text) => f(text) as string)
}
function kept(f: PlanFunction) {
  return (texts: string[]): string[] => texts.filter((text) => f(text) as boolean)
}

function textsOf(batch: Batch): string[] {
  if (batch.kind !== 'text') throw new Error(`a batch of ${batch.kind}`)
  return decodeTexts(memory, batch)
}

test('a chain does what its plain functions do', () => {
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 30 }),
      fc.array(call, { maxLength: 4 }),
      fc.integer({ min: 1, max: 40 }),
      (records, calls, recordsMax) => {
        region.reset()
        const pool = poolOf(records)
        let expected = records.map(decodeText)
        for (const { apply } of calls) expected = apply(expected)
        const kernelCalls: KernelCall[] = calls.map(({ kernel }) => kernel)
        for (const mode of modes) {
          const kernels = loadKernels(memory, mode)
          const chain = columnChain(kernels, region, kernelCalls)
          const found: string[] = []
          const digest = new DigestSum()
          const range = { pool, first: 0, count: records.length }
          textReader(kernels, region, recordsMax).read(range, (batch) =>
            chain.run(batch, (out) => {
              found.push(...textsOf(out))
              if (out.kind === 'text') textDigest(kernels, region)(out, digest)
            }),
          )
          expect(found).toEqual(expected)
          const sum = new DigestSum()
          for (const text of expected) sum.addRow(text, 1)
          expect(digest.take()).toEqual(sum.take())
        }
      },
    ),
    { numRuns: 200 },
  )
})

test("batches larger than a chain's buffers, and a text larger than its scratch", () => {
  const records = Array.from({ length: 3000 }, (_, i) => Buffer.from(`Line ${i} A b  c`))
  records.push(Buffer.from('X'.repeat(100_000)))
  for (const mode of modes) {
    region.reset()
    const kernels = loadKernels(memory, mode)
    const pool = poolOf(records)
    const chain = columnChain(kernels, region, [{ name: 'lower-case' }, { name: 'words' }])
    const found: string[] = []
    const sizes: number[] = []
    textReader(kernels, region, 4096).read({ pool, first: 1, count: 3000 }, (batch) =>
      chain.run(batch, (out) => {
        sizes.push(out.kind === 'text' ? out.count : 0)
        found.push(...textsOf(out))
      }),
    )
    const expected = records.slice(1).flatMap((text) => words(text.toString().toLowerCase()))
    expect(found).toEqual(expected)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024)
  }
})
