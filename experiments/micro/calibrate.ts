/** Makes a calibration of what the micro-benchmarks measured: which of them pays for which seam of the cost model. */
import { assert } from '../../engines/core/assert.ts'
import type { Calibration, MeasuredCost } from '../../engines/core/cost/calibration.ts'
import type { CostModel } from '../../engines/core/cost/cost-model.ts'
import type { Environment } from '../../results/manifest.ts'
import type { MicroResult } from './measure.ts'
import { LARGE_BYTES, SMALL_BYTES } from './seams.bench.ts'
import type { Wake } from './wake.ts'

/** Benchmarks that are kernels of the cost model under their own names. */
const KERNELS = [
  'read',
  'words',
  'contains',
  'longer-than',
  'prefix',
  'lower-case',
  'plain',
  'combine',
  'drain',
  'fold',
  'changes',
  'difference',
  'clone',
  'save',
  'load',
  'top',
  'visit',
  'evolve',
  'output',
  'commit',
] as const

/** Benchmarks that pay for a seam, by the seam's cost. */
const SEAMS: Readonly<Record<string, string>> = {
  'message, small': 'messageNs',
  'message, large': 'messageByteNs',
  'task dispatch': 'dispatchNs',
  'progress update': 'progressNs',
  step: 'stepNs',
}

/** Mean words of a synthetic line, and the share of lines that have the needle (`workloads/input/lines.ts`). */
const WORDS_PER_LINE = 6.9
const MATCHES_PER_LINE = 0.01

/** Whole chains (`chains.bench.ts`): how often each kernel is in one, for a record. */
const CHAINS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'chain of grep': { read: 1, contains: 1, output: MATCHES_PER_LINE },
  'chain of word count': { read: 1, words: 1, combine: WORDS_PER_LINE },
}

/** What is measured for `inChain`. */
export const isInChain = (name: string): boolean =>
  name in CHAINS || Object.values(CHAINS).some((kernels) => name in kernels)

/** What a chain takes over what its kernels take by themselves: the mean of the chains. One number for all kernels. */
export function inChain(nsOf: (name: string) => number): number {
  const ratios = Object.entries(CHAINS).map(([chain, kernels]) => {
    const alone = Object.entries(kernels).reduce(
      (sum, [name, times]) => sum + times * nsOf(name),
      0,
    )
    return nsOf(chain) / alone
  })
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
}

function paysFor(name: string): string | null {
  if (name in CHAINS) return 'kernels'
  return KERNELS.some((kernel) => kernel === name) ? `kernels.${name}` : (SEAMS[name] ?? null)
}

/** `times`: what a kernel costs in a chain over what it costs by itself. */
export function costsOf(
  results: readonly MicroResult[],
  { parkNs, times }: { readonly parkNs: number; readonly times: number },
): CostModel {
  const nsOf = (name: string): number => {
    const result = results.find((each) => each.name === name)
    assert(result !== undefined, `no micro-benchmark is named ${name}`)
    return result.nsPerUnit
  }
  const kernels: Record<string, number> = {}
  for (const name of KERNELS) kernels[name] = rounded(times * nsOf(name))
  const small = nsOf('message, small')
  // Both ends were timed; each pays half.
  const byte = Math.max(0, nsOf('message, large') - small) / (LARGE_BYTES - SMALL_BYTES) / 2
  return {
    kernels: { ...kernels, other: rounded(times * nsOf('plain')) },
    messageNs: rounded(Math.max(0, small / 2 - byte * SMALL_BYTES)),
    messageByteNs: rounded(byte),
    dispatchNs: rounded(nsOf('task dispatch')),
    progressNs: rounded(nsOf('progress update')),
    parkNs: rounded(parkNs),
    stepNs: Math.max(1, rounded(nsOf('step'))),
  }
}

export function calibrationOf(
  results: readonly MicroResult[],
  measured: Wake & {
    readonly at: string
    readonly environment: Environment
    readonly ranShare: number
    readonly times: number
  },
): Calibration {
  const { cpuModel, cores, node, v8, platform, commit } = measured.environment
  return {
    version: 1,
    costs: costsOf(results, measured),
    measured: results.map(
      ({ name, unit, nsPerUnit, nsPerUnitDeviation, batches }): MeasuredCost => ({
        name,
        unit,
        nsPerUnit: rounded(nsPerUnit),
        nsPerUnitDeviation: rounded(nsPerUnitDeviation),
        batches,
        paysFor: paysFor(name),
      }),
    ),
    wakeNs: measured.wakeNs,
    alarmNs: measured.alarmNs,
    ranShare: rounded(measured.ranShare),
    provenance: { measuredAt: measured.at, cpuModel, cores, node, v8, platform, commit },
  }
}

/** Four digits: what is measured has not more. */
function rounded(ns: number): number {
  return Number(ns.toPrecision(4))
}
