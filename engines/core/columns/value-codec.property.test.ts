/**
 * Laws of the canonical encoding: decode ∘ encode is the identity; bytes ∘ text is the identity on any bytes, and text ∘ bytes on
 * any text that escapes no bytes; equal values have equal bytes and different values different (tag, bytes).
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeCanonical,
  decodeText,
  encodeCanonical,
  encodeText,
  type UnencodableError,
} from './value-codec.ts'

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.integer(),
    fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

describe('the canonical encoding', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decodeCanonical(encodeCanonical(value))).toEqual(value)
      }),
    )
  })

  it('keeps a field named __proto__', () => {
    const value = JSON.parse('{"__proto__":{"a":1},"b":2}') as object
    const decoded = decodeCanonical(encodeCanonical(value)) as object
    expect(Object.keys(decoded).sort()).toEqual(['__proto__', 'b'])
    expect(JSON.stringify(decoded)).toBe(JSON.stringify(value))
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  })

  it('is the same for every NaN', () => {
    const view = new DataView(new ArrayBuffer(8))
    const { body } = encodeCanonical(Number.NaN)
    expect(Buffer.from(body).toString('hex')).toBe('000000000000f87f')
    for (const high of [0xfff80000, 0x7ff80001, 0x7ff4dead]) {
      view.setUint32(0, high)
      expect(encodeCanonical([view.getFloat64(0)])).toEqual(encodeCanonical([Number.NaN]))
      expect(encodeCanonical(view.getFloat64(0)).body).toEqual(body)
    }
  })

  it('does not depend on the order of fields', () => {
    expect(encodeCanonical({ a: 1, b: 2 })).toEqual(encodeCanonical({ b: 2, a: 1 }))
  })

  it('refuses what has no canonical form', () => {
    for (const value of [() => 1, Symbol('s'), new Date(0), new Map(), 2n ** 64n]) {
      expect(() => encodeCanonical(value)).toThrow(/records are text, numbers/)
    }
  })
})

describe('a value that holds itself', () => {
  const itself: Record<string, unknown> = { name: 'ring' }
  itself.next = [itself]
  const list: unknown[] = []
  list.push(1, list)

  it('is refused, whole, by what it is', () => {
    for (const [value, noun] of [
      [itself, 'object'],
      [list, 'array'],
    ] as const) {
      const outer = { k: [value] }
      expect(() => encodeCanonical(outer)).toThrow(
        `an ${noun} that holds itself. records are text, numbers`,
      )
      try {
        encodeCanonical(outer)
      } catch (error) {
        expect((error as UnencodableError).value).toBe(outer)
      }
    }
  })

  it('is not one that holds another twice', () => {
    const shared = { a: 1 }
    const value = [shared, shared, { shared }]
    expect(decodeCanonical(encodeCanonical(value))).toEqual(value)
  })

  it('is told from one that is too deep for a stack', () => {
    let deep: unknown = 1
    for (let level = 0; level < 500; level++) deep = [deep]
    expect(decodeCanonical(encodeCanonical(deep))).toEqual(deep)
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(() => encodeCanonical(deep)).toThrow(/an array more than 500 levels deep/)
  })
})

describe('text', () => {
  it('keeps any bytes through a string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(encodeText(decodeText(bytes))).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps bytes that are nearly UTF-8, and those of halves of characters', () => {
    const byte = fc.constantFrom(
      0x61,
      0x80,
      0xa0,
      0xaf,
      0xb0,
      0xb2,
      0xbf,
      0xc3,
      0xed,
      0xf0,
      0x9f,
      0x98,
    )
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        expect([...encodeText(decodeText(Uint8Array.from(bytes)))]).toEqual(bytes)
      }),
      { numRuns: 3_000 },
    )
  })

  it('keeps halves of characters', () => {
    const unit = fc.constantFrom(
      'a',
      'é',
      '😀',
      '\ud800',
      '\udbff',
      '\udc00',
      '\udc7f',
      '\udd00',
      '\udfff',
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 8 }), (units) => {
        const text = units.join('')
        expect(decodeText(encodeText(text))).toBe(text)
      }),
      { numRuns: 1_000 },
    )
    const halves = ['\ud83d', '\ud83e', '\ude00', '\ude01', '\ufffd']
    expect(new Set(halves.map((half) => encodeText(half).join())).size).toBe(halves.length)
  })

  it('decodes UTF-8 as everybody does', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        (text) => {
          expect(decodeText(new TextEncoder().encode(text))).toBe(text)
        },
      ),
    )
  })
})

describe('values of any size and depth', () => {
  it('are written whole, whatever was refused before them', () => {
    const large = Array.from({ length: 40_000 }, (_, n) => [n, `text ${n}`, { n: 1 - n }])
    expect(() => encodeCanonical([large, new Date(0)])).toThrow(/class Date/)
    expect(decodeCanonical(encodeCanonical(large))).toEqual(large)
    expect(decodeCanonical(encodeCanonical([1, 'a']))).toEqual([1, 'a'])
  })

  it('may encode others while they are read', () => {
    const outer = {
      get a() {
        return encodeCanonical([1, 2, 3]).body.length
      },
      b: 'behind',
    }
    expect(decodeCanonical(encodeCanonical([outer, 7]))).toEqual([{ a: 39, b: 'behind' }, 7])
  })

  it('are integers to the last bit, of either sign', () => {
    const edges = [2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].flatMap((n) => [n, -n])
    for (const value of edges) {
      const { body } = encodeCanonical(value)
      expect(Buffer.from(body).readBigInt64LE()).toBe(BigInt(value))
      expect(decodeCanonical({ tag: 2, body })).toBe(value)
    }
  })
})
