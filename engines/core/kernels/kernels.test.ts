import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RunMemory } from '../columns/memory.ts'
import { buildKernels } from './build.ts'
import { loadKernels } from './load-kernels.ts'

test('kernels.wasm is what the sources compile to', async () => {
  const committed = readFileSync(new URL('kernels.wasm', import.meta.url))
  expect(committed.equals(await buildKernels()), 'run `npm run kernels` and commit').toBe(true)
})

test('kernels say what they are', () => {
  const memory = RunMemory.reserve(2 * 65_536)
  const columns = loadKernels(memory, 'columns')
  expect([columns.mode, columns.implementation]).toEqual(['columns', 'simd'])
  const plain = loadKernels(memory, 'plain')
  expect([plain.mode, plain.implementation]).toEqual(['plain', 'plain'])
  expect(Object.keys(columns).sort()).toEqual(Object.keys(plain).sort())
})
