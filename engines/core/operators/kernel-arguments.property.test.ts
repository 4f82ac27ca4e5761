/**
 * What a kernel cannot hold never gets to it.
 *
 * Laws: whatever the number, a function is refused when it is made, or its kernel does with it what the plain function does; a
 * pool of pairs is refused, or has the very numbers that it was made of.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assert } from '../assert.ts'
import { PAIR_BYTES } from '../columns/batch.ts'
import { PAGE_BYTES, Region, RunMemory } from '../columns/memory.ts'
import { ConfigurationError, type HarnessError, InputError } from '../errors.ts'
import { poolBytesOf, poolFootprint, poolOfPairs, writePool } from '../input/pool.ts'
import { loadKernels } from '../kernels/load-kernels.ts'
import { longerThan, prefix, whereEquals } from '../plan/functions.ts'
import type { KernelCall } from '../plan/plan.ts'
import { decodePairs, type NumberPair } from '../tables/number-table.ts'
import { columnChain, decodeTexts, textReader } from './column-chain.ts'
import { numberFilters } from './number-filters.ts'

const memory = RunMemory.reserve(16 * PAGE_BYTES)
const region = new Region(memory, { name: 'all', base: PAGE_BYTES, size: 15 * PAGE_BYTES })
const modes = ['columns', 'plain'] as const
type Mode = (typeof modes)[number]

/** Around the borders of what kernels hold, and anywhere. */
const edge = fc.constantFrom(
  ...[-1, -0, 0.5, 1.5, 3.000001, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 3, 1 - 2 ** 32],
  ...[2 ** 53, 2 ** 64, NaN, Infinity, -Infinity],
)
const anyNumber = fc.oneof(edge, fc.nat(12), fc.integer(), fc.double())

const isHeld = (number: number): boolean =>
  Number.isInteger(number) && number >= 0 && number < 2 ** 32

/** Undefined where it was refused, with what was asked, what was found, the rule and what to do. */
function made<T>(make: () => T, asked: string): T | undefined {
  try {
    return make()
  } catch (error) {
    expect(error).toSatisfy((e) => e instanceof ConfigurationError || e instanceof InputError)
    const { message } = error as HarnessError
    expect(message).toMatch(/^.+: the number \S+\. .+ from 0 to 4294967295\. .+\.$/)
    expect(message.startsWith(asked)).toBe(true)
    return undefined
  }
}

function textsThrough(kernel: KernelCall, texts: readonly string[], mode: Mode): string[] {
  region.reset()
  const kernels = loadKernels(memory, mode)
  const bytes = poolBytesOf(texts)
  const pool = writePool(memory, region.allocate(poolFootprint(bytes)), bytes)
  const chain = columnChain(kernels, region, [kernel])
  const found: string[] = []
  textReader(kernels, region, 64).read({ pool, first: 0, count: texts.length }, (batch) =>
    chain.run(batch, (out) => {
      assert(out.kind === 'text', `a batch of ${out.kind}`)
      found.push(...decodeTexts(memory, out))
    }),
  )
  return found
}

function pairsThrough(kernel: KernelCall, pairs: readonly NumberPair[], mode: Mode): NumberPair[] {
  region.reset()
  const at = region.allocate((pairs.length + 1) * PAIR_BYTES)
  memory.u32.set(pairs.flat(), at / 4)
  // What lies behind the last pair is no part of it.
  memory.u32.set([7, 7], at / 4 + 2 * pairs.length)
  const found: NumberPair[] = []
  const filters = numberFilters(loadKernels(memory, mode), region, [kernel])
  filters.run({ kind: 'numbers', at, count: pairs.length }, (out) => {
    assert(out.kind === 'numbers', `a batch of ${out.kind}`)
    found.push(...decodePairs(memory, out.at, out.count))
  })
  return found
}

const text = fc
  .array(fc.constantFrom('a', 'b', ' ', 'é', '€'), { maxLength: 14 })
  .map((letters) => letters.join(''))

test('numbers of bytes', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 9 }), anyNumber, (texts, bytes) => {
      const long = made(() => longerThan(bytes), `longerThan(${bytes})`)
      const first = made(() => prefix(bytes), `prefix(${bytes})`)
      expect([long !== undefined, first !== undefined]).toEqual([isHeld(bytes), isHeld(bytes)])
      if (long === undefined || first === undefined) return
      for (const mode of modes) {
        expect(textsThrough(long.kernel, texts, mode)).toEqual(texts.filter(long))
        expect(textsThrough(first.kernel, texts, mode)).toEqual(texts.map(first))
      }
    }),
    { numRuns: 400 },
  )
})

const u32 = fc.oneof(fc.nat(9), fc.constantFrom(2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 31 - 1))

test('numbers that pairs are compared with', () => {
  const where = fc.constantFrom<(0 | 1)[]>(0, 1)
  const pairs = fc.array(fc.tuple(u32, u32), { maxLength: 20 })
  fc.assert(
    fc.property(pairs, where, anyNumber, (list, place, value) => {
      const kept = made(() => whereEquals(place, value), `whereEquals(${place}, ${value})`)
      expect(kept !== undefined).toBe(isHeld(value))
      if (kept === undefined) return
      for (const mode of modes) {
        expect(pairsThrough(kept.kernel, list, mode)).toEqual(list.filter(kept))
      }
    }),
    { numRuns: 400 },
  )
})

test('a place that pairs do not have', () => {
  expect(() => whereEquals(2 as 1, 7)).toThrow(
    'whereEquals(2, 7): the place 2. a pair of numbers has the places 0 and 1. Name one of them.',
  )
})

test('an argument of another type', () => {
  expect(() => prefix('7' as unknown as number)).toThrow(
    'prefix(7): the string 7. a kernel counts in unsigned 32-bit integers, from 0 to 4294967295. Give a whole number of bytes.',
  )
})

test('pools of pairs', () => {
  const number = fc.oneof({ weight: 9, arbitrary: u32 }, { weight: 1, arbitrary: anyNumber })
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 6 }), (pairs) => {
      const record = pairs.findIndex((pair) => !pair.every(isHeld))
      const pool = made(() => poolOfPairs(pairs.flat()), `record ${record} of a pool of pairs`)
      expect(pool === undefined).toBe(record >= 0)
      if (pool === undefined) return
      // There is one zero among integers.
      expect([...new Uint32Array(pool.bytes.buffer)]).toEqual(pairs.flat().map((each) => each + 0))
    }),
    { numRuns: 400 },
  )
})
