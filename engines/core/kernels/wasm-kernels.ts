/**
 * The kernels in WebAssembly, on the run's memory.
 *
 * They hold no state of their own: any number of threads and instances may use one memory. Instantiation is synchronous,
 * because a worker's start is; the compiled module is kept for the thread's next instance.
 */
import { readFileSync } from 'node:fs'
import type { RunMemory } from '../columns/memory.ts'
import type { Kernels } from './kernels.ts'

let compiled: WebAssembly.Module | null | undefined

/** The module, or undefined where WebAssembly has no SIMD (or no shared memory). */
function module(): WebAssembly.Module | undefined {
  if (compiled === undefined) {
    const bytes = readFileSync(new URL('./kernels.wasm', import.meta.url))
    compiled = WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : null
  }
  return compiled ?? undefined
}

/** Kernels of mode `columns` in WebAssembly; undefined where the host cannot run them. */
export function wasmKernels(memory: RunMemory): Kernels | undefined {
  const code = module()
  if (!code) return undefined
  const instance = new WebAssembly.Instance(code, { env: { memory: memory.memory } })
  // The exports are called as they are: each takes and returns numbers. Results are counts below 2^31, never pointers.
  const { zero: _, ...exported } = instance.exports
  const kernels = exported as unknown as Omit<Kernels, 'mode' | 'implementation' | 'memory'>
  return { ...kernels, mode: 'columns', implementation: 'simd', memory }
}
