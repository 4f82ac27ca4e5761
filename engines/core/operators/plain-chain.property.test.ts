/** Laws: a plain chain is map, filter and flatMap of Array; whatever the batches, the records and their order are the same. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserFunctionError } from '../errors.ts'
import type { NarrowNode } from '../plan/dataflow.ts'
import { plainChain } from './plain-chain.ts'

const context = { tick: 1_500_000_000, clock: 0 }
const node = (kind: NarrowNode['kind'], f: NarrowNode['f'], id = 7): NarrowNode => ({
  id,
  word: kind,
  kind,
  f,
})
const refuseOthers = (): never => {
  throw new Error('only plain values here')
}

function run(nodes: readonly NarrowNode[], ...batches: unknown[][]): unknown[] {
  const chain = plainChain(nodes, refuseOthers, context)
  const out: unknown[] = []
  for (const values of batches) {
    chain.run({ kind: 'values', values }, (batch) => {
      expect(batch.kind).toBe('values')
      if (batch.kind === 'values') {
        expect(batch.values.length).toBeGreaterThan(0)
        out.push(...batch.values)
      }
    })
  }
  return out
}

const STEPS: { node: NarrowNode; model: (records: number[]) => number[] }[] = [
  { node: node('map', (x) => x + 1), model: (records) => records.map((x) => x + 1) },
  { node: node('filter', (x) => x % 3), model: (records) => records.filter((x) => x % 3) },
  {
    node: node('flatMap', (x) => Array(x % 4).fill(x)),
    model: (records) => records.flatMap((x) => Array<number>(x % 4).fill(x)),
  },
  {
    node: node('flatMap', function* (x) {
      yield x
      yield x * 2
    }),
    model: (records) => records.flatMap((x) => [x, x * 2]),
  },
]

test('a chain is Array methods', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...STEPS), { maxLength: 5 }),
      fc.array(fc.array(fc.nat(9), { maxLength: 12 }), { maxLength: 4 }),
      (steps, batches) => {
        const expected = steps.reduce((records, step) => step.model(records), batches.flat())
        expect(
          run(
            steps.map((step) => step.node),
            ...batches,
          ),
        ).toEqual(expected)
      },
    ),
  )
})

test('keyBy pairs; stamp has the tick; long outputs are cut into batches; other batches are decoded', () => {
  expect(run([node('keyBy', (x) => x.length)], ['aa'])).toEqual([[2, 'aa']])
  expect(run([node('stamp', (at, x) => [at, x])], ['aa'])).toEqual([[1_500_000_000, 'aa']])
  const chain = plainChain(
    [node('flatMap', (x) => Array(x).fill(0))],
    (batch) => (batch.kind === 'rows' ? [200, 200, 200] : []),
    context,
  )
  const lengths: number[] = []
  chain.run({ kind: 'rows', rows: { pointer: 0, length: 0 } }, (batch) => {
    if (batch.kind === 'values') lengths.push(batch.values.length)
  })
  expect(lengths).toEqual([400, 200])
})

const throwing = (): never => {
  throw new RangeError('too far')
}

test.each([
  ['map', throwing],
  ['filter', throwing],
  ['keyBy', throwing],
  ['stamp', throwing],
  ['flatMap', throwing],
  [
    'flatMap',
    // biome-ignore lint/correctness/useYield: it throws when it is read.
    function* () {
      throwing()
    },
  ],
] as const)(
  'a function of %s that throws is reported with record, operator and time',
  (kind, f) => {
    const long = 'r'.repeat(200)
    // The error of a later node is not the earlier ones'.
    const nodes = [node('map', (x) => x, 1), node('flatMap', (x) => [x], 2), node(kind, f, 3)]
    const error = (() => {
      try {
        return run(nodes, [long])
      } catch (reason) {
        return reason
      }
    })()
    expect(error).toBeInstanceOf(UserFunctionError)
    const { message, context: found, cause } = error as UserFunctionError
    expect(message).toBe(
      `${kind} (node 3) of the record '${'r'.repeat(78)}… in the tick that ends at 1500ms: its function threw RangeError: too far. a function of a plan returns a value for every record that reaches it. Handle the record in the function, or filter it out before.`,
    )
    expect(found).toMatchObject({ operator: kind, node: 3, tick: 1_500_000_000 })
    expect(cause).toBeInstanceOf(RangeError)
  },
)

test('after an error nothing of the lost batch comes out', () => {
  const chain = plainChain([node('map', (x) => (x === 3 ? throwing() : x))], refuseOthers, context)
  const out: unknown[] = []
  const visit = (batch: { kind: string; values?: readonly unknown[] }) => {
    out.push(...(batch.values ?? []))
  }
  expect(() => chain.run({ kind: 'values', values: [1, 2, 3] }, visit)).toThrow(UserFunctionError)
  chain.run({ kind: 'values', values: [4] }, visit)
  expect(out).toEqual([4])
})
