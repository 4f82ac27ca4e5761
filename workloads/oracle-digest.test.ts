import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../engines/core/columns/value-codec.ts'
import { digestOfRows } from '../engines/core/output/digest.ts'
import {
  binaryOf,
  DigestSums,
  encode,
  keyLanes,
  murmur,
  partitionOfLane,
  textOf,
} from './oracle-digest.ts'

function digestOf(key: unknown, value: unknown) {
  const sums = new DigestSums(1)
  sums.addRow(0, keyLanes(encode(key)), encode(value))
  return sums.take()[0]!
}

describe('the oracle’s murmur3', () => {
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('%j with seed %i', (text, seed, hash) => {
    expect(murmur(text, seed) >>> 0).toBe(hash)
  })
})

describe('the oracle’s digest', () => {
  // The vectors of engines/core/output/digest.test.ts, copied: they are the specification.
  it.each([
    ['the', 1, '1 8c5a6330 a6a9fe3b', 5],
    ['the', undefined, '1 295b2b6c f0d1e671', 5],
    ['', 0, '1 12ede01f f8c69090', 2],
    ['Straße', -7, '1 ede0e655 341bb132', 0],
    ['a word of more than sixteen bytes', 2 ** 40, '1 ee0c5d2 cb182d58', 6],
    ['\udcff', 3, '1 dcddfaf1 99ba14a6', 2],
    ['\ud83d', 3, '1 8bdbef30 4fdf4bdd', 7],
    [Number.NaN, 1, '1 e5c32dff 521721a3', 1],
    ['a sentence as long as three stripes of text and a rest of it', 1, '1 c873aae cd797f35', 6],
    [42, 'as a value: eighteen', '1 ad1c98a0 4ecb79ce', 1],
    [42, 1.5, '1 f15c6015 382aa215', 1],
    [['a', 1], { b: 'c' }, '1 b8e61868 e3af037c', 4],
  ])('%j → %j', (key, value, digest, partition) => {
    const { rows, lane0, lane1 } = digestOf(key, value)
    expect(`${rows} ${lane0.toString(16)} ${lane1.toString(16)}`).toBe(digest)
    expect(partitionOfLane(keyLanes(encode(key)).lane0, 8)).toBe(partition)
  })

  it('agrees with the engines’ on any rows', () => {
    const plain = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('a', '\ud83d', '\ude00', '\udcff', '\udc80') }),
      fc.maxSafeInteger(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.tuple(fc.string(), fc.integer()),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.record({ b: fc.integer(), a: fc.array(fc.oneof(fc.string(), fc.boolean())) }),
    )
    fc.assert(
      fc.property(plain, plain, (key, value) => {
        expect(digestOf(key, value)).toEqual(digestOfRows([[key, value]]))
      }),
      { numRuns: 300 },
    )
  })

  it('agrees with the engines’ on keys and values of any length', () => {
    const text = fc.uint8Array({ minLength: 300, maxLength: 300 }).map((bytes) => decodeText(bytes))
    fc.assert(
      fc.property(text, text, (key, value) => {
        for (let length = 0; length <= 300; length++) {
          const row = [key.slice(0, length), value.slice(0, length)] as const
          expect(digestOf(...row)).toEqual(digestOfRows([row]))
        }
      }),
      { numRuns: 10 },
    )
  })

  it('has a character for every byte of a text', () => {
    expect(binaryOf('aß\udc80→😀')).toBe('a\xc3\x9f\x80\xe2\x86\x92\xf0\x9f\x98\x80')
    expect(binaryOf('\ud83d \ude00')).toBe('\xed\xa0\xbd \xed\xb8\x80')
  })

  it('reads bytes as texts as the engines do, and gives them back', () => {
    const byte = fc.oneof(
      fc.constantFrom(0x61, 0x80, 0xa0, 0xaf, 0xb2, 0xbf, 0xc3, 0xe0, 0xed, 0xf0, 0xf4, 0x9f),
      fc.nat(255),
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const binary = String.fromCharCode(...bytes)
        expect(textOf(binary)).toBe(decodeText(Uint8Array.from(bytes)))
        expect(binaryOf(textOf(binary))).toBe(binary)
      }),
      { numRuns: 5_000 },
    )
  })
})
