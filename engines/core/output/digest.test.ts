import { describe, expect, it } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { digestOfRows, keyLanes, murmur3, partitionOf, textKeyLanes } from './digest.ts'

describe('murmur3', () => {
  // Vectors of the standard MurmurHash3 x86 32-bit function, so that any language's library can be used.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('%j with seed %i', (text, seed, hash) => {
    const bytes = Buffer.from(text)
    expect(murmur3(bytes, 0, bytes.length, seed)).toBe(hash)
  })
})

describe('key lanes', () => {
  const bytes = Uint8Array.from({ length: 160 }, (_, i) => (i * i * 7 + i * 13) & 255)

  it('are murmur3 of a key shorter than 16 bytes', () => {
    for (let length = 0; length < 16; length++) {
      expect(textKeyLanes(bytes, 3, 3 + length)).toEqual({
        lane0: murmur3(bytes, 3, 3 + length, 0x53470000),
        lane1: murmur3(bytes, 3, 3 + length, 0x53470100),
      })
    }
  })

  it('differ, both of them, when any two words of a key change places', () => {
    const { lane0, lane1 } = textKeyLanes(bytes, 0, bytes.length)
    for (let a = 0; a < bytes.length; a += 4) {
      for (let b = 0; b < a; b += 4) {
        const other = bytes.slice()
        other.copyWithin(a, b, b + 4)
        other.set(bytes.subarray(a, a + 4), b)
        const lanes = textKeyLanes(other, 0, other.length)
        expect(lanes.lane0).not.toBe(lane0)
        expect(lanes.lane1).not.toBe(lane1)
      }
    }
  })

  it('differ by the tag of a long key', () => {
    const { lane0, lane1 } = keyLanes({ tag: 1, body: bytes })
    const other = keyLanes({ tag: 7, body: bytes })
    expect(other.lane0).not.toBe(lane0)
    expect(other.lane1).not.toBe(lane1)
  })
})

/** The published test vectors: other languages check themselves against these lines. */
const VECTORS: readonly (readonly [
  key: unknown,
  value: unknown,
  digest: string,
  partition: number,
])[] = [
  ['the', 1, '1 8c5a6330 a6a9fe3b', 5],
  ['the', undefined, '1 295b2b6c f0d1e671', 5],
  ['', 0, '1 12ede01f f8c69090', 2],
  ['Straße', -7, '1 ede0e655 341bb132', 0],
  ['a word of more than sixteen bytes', 2 ** 40, '1 ee0c5d2 cb182d58', 6],
  // A byte 0xff that is not UTF-8, as text: one byte again when it is hashed.
  ['\udcff', 3, '1 dcddfaf1 99ba14a6', 2],
  ['\ud83d', 3, '1 8bdbef30 4fdf4bdd', 7],
  [Number.NaN, 1, '1 e5c32dff 521721a3', 1],
  ['a sentence as long as three stripes of text and a rest of it', 1, '1 c873aae cd797f35', 6],
  [42, 'as a value: eighteen', '1 ad1c98a0 4ecb79ce', 1],
  [42, 1.5, '1 f15c6015 382aa215', 1],
  [['a', 1], { b: 'c' }, '1 b8e61868 e3af037c', 4],
]

describe('digest', () => {
  it('does not depend on the order of rows', () => {
    const rows = [
      ['a', 1],
      ['b', -2],
      ['c', undefined],
      [['x', 1], { n: 2.5 }],
    ] as const
    expect(digestOfRows(rows)).toEqual(digestOfRows([...rows].reverse()))
  })

  it('differs when a key, a value, a type or a count differs', () => {
    const variants = [
      [['a', 1]],
      [['a', 2]],
      [['b', 1]],
      [['a', '1']],
      [['a', 1n]],
      [['a', undefined]],
      [['a', null]],
      [
        ['a', 1],
        ['a', 1],
      ],
      [[1, 'a']],
      [['a', 2 ** 40]],
      [['a', -1]],
    ] as const
    const seen = new Set(variants.map((rows) => JSON.stringify(digestOfRows(rows))))
    expect(seen.size).toBe(variants.length)
  })

  it.each(VECTORS)('%j → %j', (key, value, digest, partition) => {
    const { rows, lane0, lane1 } = digestOfRows([[key, value]])
    expect(`${rows} ${lane0.toString(16)} ${lane1.toString(16)}`).toBe(digest)
    expect(partitionOf(keyLanes(encodeCanonical(key)).lane0, 8)).toBe(partition)
  })
})
