/** Rows that an output keeps are bounded: beyond it the run ends by name. */
import { expect, test } from 'vitest'
import { CapacityError } from '../errors.ts'
import { PlainOutputFold } from './output-fold.ts'

const values = Array.from({ length: 1_000_001 }, (_, at) => at)

const foldThat = (keepRows: boolean) =>
  new PlainOutputFold({
    name: 'counts',
    keepRows,
    digests: false,
    decode: () => [],
    decodeTable: () => [],
  })

test('a million rows are kept, and no more', () => {
  const fold = foldThat(true)
  fold.add({ kind: 'values', values: values.slice(1) })
  expect(() => fold.add({ kind: 'values', values: [0] })).toThrow(CapacityError)
  expect(fold.take().rows).toHaveLength(1_000_000)
  fold.add({ kind: 'values', values: ['again'] })
  expect(fold.take().rows).toEqual([['again', 1]])
})

test('what is not kept is only counted', () => {
  const fold = foldThat(false)
  fold.add({ kind: 'values', values })
  expect(fold.take()).toMatchObject({ digest: { rows: 1_000_001 }, rows: [] })
})
