/** The choice of kernels: once a process, at its start. */
import type { RunMemory } from '../columns/memory.ts'
import type { Kernels } from './kernels.ts'
import { plainKernels } from './plain-kernels.ts'
import { wasmKernels } from './wasm-kernels.ts'

/**
 * Kernels on a run's memory. Synchronous, in any thread; the first call of a thread compiles (about 10 ms).
 *
 * `plain` gives the plain definitions; `columns` the WebAssembly ones, or, where there is no SIMD, the plain definitions
 * in mode `columns`: then `implementation` says so.
 */
export function loadKernels(memory: RunMemory, mode: 'columns' | 'plain'): Kernels {
  if (mode === 'plain') return plainKernels(memory, mode)
  return wasmKernels(memory) ?? plainKernels(memory, mode)
}
