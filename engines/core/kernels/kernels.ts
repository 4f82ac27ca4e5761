/**
 * The kernels: loops over bytes that are too hot for plain TypeScript, each with a plain definition that says what it does.
 *
 * Two implementations of one interface: `plain-kernels.ts` (typed arrays, the definition) and `wasm-kernels.ts`
 * (AssemblyScript with SIMD, from `kernels.wasm`). Both work on the run's memory, by pointer. A property test holds the
 * one to the other. One call works on a whole batch: crossing into WebAssembly costs tens of ns.
 */
import type { RunMemory } from '../columns/memory.ts'

/** Grows by kernel: the rest is defined in this folder. */
export interface Kernels {
  readonly mode: 'columns' | 'plain'
  readonly memory: RunMemory
}
