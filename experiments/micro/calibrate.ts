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

function paysFor(name: string): string | null {
  return KERNELS.some((kernel) => kernel === name) ? `kernels.${name}` : (SEAMS[name] ?? null)
}

export function costsOf(results: readonly MicroResult[], parkNs: number): CostModel {
  const nsOf = (name: string): number => {
    const result = results.find((each) => each.name === name)
    assert(result !== undefined, `no micro-benchmark is named ${name}`)
    return result.nsPerUnit
  }
  const kernels: Record<string, number> = {}
  for (const name of KERNELS) kernels[name] = rounded(nsOf(name))
  const small = nsOf('message, small')
  // Both ends were timed; each pays half.
  const byte = Math.max(0, nsOf('message, large') - small) / (LARGE_BYTES - SMALL_BYTES) / 2
  return {
    kernels: { ...kernels, other: rounded(nsOf('plain')) },
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
  },
): Calibration {
  const { cpuModel, cores, node, v8, platform, commit } = measured.environment
  return {
    version: 1,
    costs: costsOf(results, measured.parkNs),
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
