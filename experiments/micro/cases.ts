/** All micro-benchmarks, in the order in which they are printed. */
import { benchMemory } from './bench-memory.ts'
import { chainCases } from './chains.bench.ts'
import { coordinationCases } from './coordination.bench.ts'
import type { MicroCase, MicroSize } from './micro-case.ts'
import { seamCases } from './seams.bench.ts'
import { stateCases } from './states.bench.ts'
import { tableCases } from './tables.bench.ts'
import { textCases } from './text.bench.ts'

export function microCases(size: MicroSize): readonly MicroCase[] {
  const { repetitions } = size
  const bench = benchMemory(size)
  return [
    ...textCases(bench),
    ...tableCases(bench),
    ...chainCases(bench),
    ...stateCases(bench),
    ...seamCases(repetitions),
    ...coordinationCases(repetitions),
  ]
}
