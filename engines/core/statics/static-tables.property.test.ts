/**
 * Laws of static data: what is encoded is what is decoded, in an order of its own; a table gives the values of a key as a
 * search through all rows does, where keys are equal if their canonical bytes are.
 */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { CapacityError } from '../errors.ts'
import type { Dataflow, NarrowNode } from '../plan/dataflow.ts'
import { decodeRows, encodeRows, STATIC_BYTES_MAX } from './encoded-rows.ts'
import { bindLookups, StaticTable, staticTables } from './static-tables.ts'

const text = fc.constantFrom(
  ...[
    'a',
    'b',
    'é',
    '\u0100',
    '\u0100\u0001a',
    '\udcff',
    'ÿ',
    '\ufffd',
    '\ud83d',
    '\udcc3\udca9',
    '',
  ],
)
const plain = fc.oneof(text, fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.5, -0, true, null))
const key = fc.oneof(plain, fc.tuple(plain, plain), fc.record({ a: plain }), fc.constant(1n))
const rows = fc.array(fc.tuple(key, fc.oneof(plain, fc.array(plain, { maxLength: 3 }))), {
  maxLength: 30,
})

const nameOf = (value: unknown): string => {
  const { tag, body } = encodeCanonical(value)
  return `${tag} ${Buffer.from(body).toString('hex')}`
}

describe('static data', () => {
  it('is decoded as it was encoded, whatever order it was in', () => {
    fc.assert(
      fc.property(rows, (found) => {
        const encoded = encodeRows('ads', found, STATIC_BYTES_MAX)
        expect(encoded.rows).toBe(found.length)
        expect(decodeRows(encoded).map(nameOf).sort()).toEqual(found.map(nameOf).sort())
        expect(encodeRows('ads', found.toReversed(), STATIC_BYTES_MAX)).toEqual(encoded)
      }),
    )
  })

  it('is found by key as a search finds it', () => {
    fc.assert(
      fc.property(rows, key, (found, other) => {
        const table = new StaticTable(decodeRows(encodeRows('ads', found, STATIC_BYTES_MAX)))
        for (const each of [...found.map(([of]) => of), other]) {
          const expected = found.filter(([of]) => nameOf(of) === nameOf(each))
          const values = table.valuesOf(each)
          expect(values.map(nameOf).sort()).toEqual(
            expected.map(([, value]) => nameOf(value)).sort(),
          )
        }
        const keys = [...table.keys()].map(nameOf)
        expect(keys.sort()).toEqual([...new Set(found.map(([of]) => nameOf(of)))].sort())
      }),
    )
  })
})

test('more than every process can hold is refused with its size', () => {
  const found = Array.from({ length: 100 }, (_, i): [number, string] => [i, 'x'.repeat(20_000)])
  const refused = () => encodeRows('ads', found, 1024 * 1024)
  expect(refused).toThrow(CapacityError)
  expect(refused).toThrow(
    'static data ads: 2 MiB with 100 rows. Every process holds all of it, at most 1 MiB. Reduce it, or make it a stream.',
  )
  expect(() => encodeRows('ads', found, 100)).toThrow('at most 100 bytes')
  expect(encodeRows('ads', found, STATIC_BYTES_MAX).rows).toBe(100)
})

const lookup: NarrowNode = {
  kind: 'lookup',
  f: (table: StaticTable, record: string) => table.valuesOf(record),
  static: 'ads',
  id: 4,
  word: 'join',
}

function dataflowOf(chain: readonly NarrowNode[]): Dataflow {
  const path = { id: 0, from: 0, chain, to: { kind: 'output', output: 0 }, crossings: [] } as const
  return { operators: [], paths: [path], outputs: [], tables: [], loops: [], interval: 1, hash: '' }
}

test('a lookup is bound to its rows, and is a flatMap then', () => {
  const filter: NarrowNode = { kind: 'filter', f: Boolean, id: 3, word: 'filter' }
  const tables = staticTables([encodeRows('ads', [['a', 7]], STATIC_BYTES_MAX)])
  const [path] = bindLookups(dataflowOf([filter, lookup]), tables).paths
  expect(path!.chain[0]).toBe(filter)
  expect(path!.chain[1]).toMatchObject({ kind: 'flatMap', id: 4, word: 'join' })
  expect(path!.chain[1]!.f('a')).toEqual([7])
  expect(path!.chain[1]!.f('b')).toEqual([])
})

test('a lookup whose rows nobody computed is a mistake of the program', () => {
  expect(() => bindLookups(dataflowOf([lookup]))).toThrow(
    'join (node 4): static data ads was not computed',
  )
})
