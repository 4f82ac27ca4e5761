/**
 * Each kernel on text in WebAssembly does what its plain definition does.
 *
 * Laws: equal slices out (and equal bytes, for `lowerCase`; equal sums, for `digestText`) for equal slices in, wherever the
 * slices lie: anywhere at any alignment, next to each other, overlapping, at the very end of the memory; whatever the bytes
 * are: long words, runs of blanks, empty texts, bytes that are not UTF-8.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PAGE_BYTES, RunMemory } from '../columns/memory.ts'
import { decodeText } from '../columns/value-codec.ts'
import { DigestSum } from '../output/digest.ts'
import type { Kernels } from './kernels.ts'
import { loadKernels } from './load-kernels.ts'

const memory = RunMemory.reserve(3 * PAGE_BYTES)
const simd = loadKernels(memory, 'columns')
const plain = loadKernels(memory, 'plain')

const SLICES = PAGE_BYTES
const OUT = SLICES + 4096
const CURSOR = OUT + 8192
const SCRATCH = CURSOR + 16
const SCRATCH_BYTES = 4096
const TEXT_END = memory.byteLength

/** Mostly letters of a small alphabet (so that needles are found), blanks, and any byte. */
const byte = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Buffer.from('abcABZ@[`{')) },
  { weight: 3, arbitrary: fc.constantFrom(0x20, 0x20, 0x09, 0x0a, 0x0d, 0x0b, 0x0c, 0x08, 0x0e) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
)
const letters = fc.uint8Array({ min: 97, max: 122, maxLength: 150 })
const chunk = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(byte, { maxLength: 120 }).map((bytes) => Uint8Array.from(bytes)),
  },
  { weight: 1, arbitrary: letters },
)
/** Texts, with the bytes between one and the next: -3 overlaps, 1 is a line feed's place. */
const texts = fc.array(fc.tuple(chunk, fc.integer({ min: -3, max: 20 })), { maxLength: 12 })

/** Places texts one after another so that the last ends `fromEnd` bytes before the end of the memory. */
function place(input: readonly (readonly [Uint8Array, number])[], fromEnd: number): number {
  let total = 0
  for (const [bytes, gap] of input) total += bytes.length + Math.max(gap, 0)
  let at = TEXT_END - fromEnd - total
  memory.u8.fill(0x78, TEXT_END - fromEnd - total - 64)
  input.forEach(([bytes, gap], i) => {
    at += Math.max(gap, 0)
    memory.u8.set(bytes, at)
    memory.u32[SLICES / 4 + 2 * i] = Math.max(at + Math.min(gap, 0), SLICES)
    memory.u32[SLICES / 4 + 2 * i + 1] = bytes.length
    at += bytes.length
  })
  return input.length
}

function slicesAt(pointer: number, count: number): string[] {
  const slices: string[] = []
  for (let i = 0; i < count; i++) {
    slices.push(`${memory.u32[pointer / 4 + 2 * i]}+${memory.u32[pointer / 4 + 2 * i + 1]}`)
  }
  return slices
}

function textsAt(pointer: number, count: number): string[] {
  const found: string[] = []
  for (let i = 0; i < count; i++) {
    const at = memory.u32[pointer / 4 + 2 * i]!
    found.push(decodeText(memory.bytes(at, memory.u32[pointer / 4 + 2 * i + 1]!)))
  }
  return found
}

function same(run: (kernels: Kernels) => unknown): void {
  const expected = run(plain)
  expect(run(simd)).toEqual(expected)
}

function check(law: (count: number) => void): void {
  const input = fc.property(texts, fc.constantFrom(0, 0, 1, 7, 15, 16, 63, 64, 500), (list, end) =>
    law(place(list, end)),
  )
  fc.assert(input, { numRuns: 400 })
}

test('words, with any room', () => {
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom(0, 1, 16, 64, 500),
      fc.constantFrom(64, 65, 100, 1000),
      (list, end, outMax) => {
        const count = place(list, end)
        same((kernels) => {
          const found: string[] = []
          memory.u32.fill(0, CURSOR / 4, CURSOR / 4 + 2)
          for (let calls = 0; memory.u32[CURSOR / 4]! < count; calls++) {
            expect(calls).toBeLessThan(100)
            const words = kernels.words(SLICES, count, OUT, outMax, CURSOR)
            expect(words).toBeLessThanOrEqual(outMax)
            found.push(...slicesAt(OUT, words))
          }
          return found
        })
      },
    ),
    { numRuns: 400 },
  )
})

test('words as a split', () => {
  check((count) => {
    const expected = textsAt(SLICES, count).flatMap((text) =>
      text.split(/[\t-\r ]+/).filter((word) => word !== ''),
    )
    memory.u32.fill(0, CURSOR / 4, CURSOR / 4 + 2)
    const found = simd.words(SLICES, count, OUT, 1000, CURSOR)
    expect(textsAt(OUT, found)).toEqual(expected)
  })
})

test('contains', () => {
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom(0, 1, 16, 64, 500),
      fc.array(byte, { maxLength: 4 }),
      fc.nat(400),
      fc.nat(40),
      (list, end, own, skip, length) => {
        const count = place(list, end)
        // Half of the needles are cut from the texts, so that they are found.
        const cut = Buffer.concat(list.map(([bytes]) => bytes)).subarray(skip, skip + length)
        const needle = cut.length > 0 ? cut : Buffer.from(own)
        memory.u8.set(needle, SCRATCH)
        same((kernels) =>
          slicesAt(OUT, kernels.contains(SLICES, count, SCRATCH, needle.length, OUT)),
        )
      },
    ),
    { numRuns: 600 },
  )
})

test('longer than, prefix', () => {
  fc.assert(
    fc.property(texts, fc.nat(130), (list, bytes) => {
      const count = place(list, 0)
      same((kernels) => slicesAt(OUT, kernels.longerThan(SLICES, count, bytes, OUT)))
      same((kernels) => {
        kernels.prefix(SLICES, count, bytes, OUT)
        return slicesAt(OUT, count)
      })
    }),
    { numRuns: 200 },
  )
})

test('lower case', () => {
  fc.assert(
    fc.property(
      texts,
      fc.constantFrom(0, 5, 64),
      fc.integer({ min: 16, max: 900 }),
      (list, end, room) => {
        const count = place(list, end)
        same((kernels) => {
          memory.u8.fill(0, SCRATCH, SCRATCH + SCRATCH_BYTES)
          const taken = kernels.lowerCase(SLICES, count, OUT, SCRATCH, room)
          expect(memory.u8[SCRATCH + room]).toBe(0)
          return [slicesAt(OUT, taken), textsAt(OUT, taken)]
        })
      },
    ),
    { numRuns: 400 },
  )
})

test('digest of text as rows of events', () => {
  check((count) => {
    const sum = new DigestSum()
    for (const text of textsAt(SLICES, count)) sum.addRow(text, 1)
    const expected = sum.take()
    for (const kernels of [simd, plain]) {
      kernels.digestText(SLICES, count, CURSOR)
      expect([memory.u32[CURSOR / 4], memory.u32[CURSOR / 4 + 1]]).toEqual([
        expected.lane0,
        expected.lane1,
      ])
    }
  })
})

test('digest of text of any length, anywhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 320, maxLength: 320 }), (bytes) => {
      memory.u8.set(bytes, TEXT_END - bytes.length)
      for (let length = 0; length <= 300; length++) {
        // Slices end with the memory, or up to 8 bytes before; beside each lies one of another length.
        const lengths = Array.from({ length: 17 }, (_, i) => (i % 2 === 0 ? length : 300 - length))
        lengths.forEach((own, i) => {
          memory.u32.set([TEXT_END - own - (i >> 1), own], SLICES / 4 + 2 * i)
        })
        same((kernels) => {
          kernels.digestText(SLICES, lengths.length, CURSOR)
          return [memory.u32[CURSOR / 4], memory.u32[CURSOR / 4 + 1]]
        })
      }
    }),
    { numRuns: 10 },
  )
})

test('slices of pool records', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }),
      fc.nat(29),
      (sizes, skip) => {
        const first = Math.min(skip, sizes.length)
        let at = 0
        memory.u32[SCRATCH / 4] = 0
        sizes.forEach((size, i) => {
          at += size + 1
          memory.u32[SCRATCH / 4 + i + 1] = at
        })
        same((kernels) => {
          kernels.poolSlices(PAGE_BYTES * 2, SCRATCH, first, sizes.length - first, OUT)
          return slicesAt(OUT, sizes.length - first)
        })
      },
    ),
    { numRuns: 100 },
  )
})

test('copies of bytes', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(40), (length, shift) => {
      for (let i = 0; i < length; i++) memory.u8[SCRATCH + shift + i] = i * 7
      memory.u8.fill(0, OUT, OUT + length + 16)
      simd.copyBytes(OUT, SCRATCH + shift, length)
      const copied = Buffer.from(memory.bytes(OUT, length + 1))
      const expected = Buffer.alloc(length + 1)
      expected.set(memory.bytes(SCRATCH + shift, length))
      expect(copied.equals(expected)).toBe(true)
    }),
    { numRuns: 100 },
  )
})
