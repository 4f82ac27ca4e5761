/**
 * A calibration: the costs of one machine and engine, measured, with what they were measured on (DESIGN §10).
 *
 * Plain data, written by `npm start -- micro` and named by its hash in the manifest of every run that used it.
 */
import { ConfigurationError } from '../errors.ts'
import type { Nanos } from '../units.ts'
import type { CostModel } from './cost-model.ts'

export interface Provenance {
  readonly measuredAt: string
  readonly cpuModel: string | null
  readonly cores: number
  readonly node: string
  readonly v8: string
  readonly platform: string
  readonly commit: string | null
}

/** A micro-benchmark behind the costs. */
export interface MeasuredCost {
  readonly name: string
  /** What one unit is: a record, a row, a message … */
  readonly unit: string
  /** Median over batches, the median absolute deviation from it, and how many batches. */
  readonly nsPerUnit: number
  readonly nsPerUnitDeviation: number
  readonly batches: number
  /** The entry of `costs` that it pays for; `null`: none, it is there to be read. */
  readonly paysFor: string | null
}

export interface Calibration {
  readonly version: 1
  readonly costs: CostModel
  readonly measured: readonly MeasuredCost[]
  /** From waking a parked process to its first instruction: how long a message waits for it. */
  readonly wakeNs: Nanos
  /** From the alarm of a parked process to its first instruction. */
  readonly alarmNs: Nanos
  /** Share of the wall time of the benchmarks in which their thread ran: what is missing from 1, others had. */
  readonly ranShare: number
  readonly provenance: Provenance
}

const SEAM_KEYS = [
  'messageNs',
  'messageByteNs',
  'dispatchNs',
  'progressNs',
  'parkNs',
  'stepNs',
] as const

/** Reads what `micro` wrote. Errors: `ConfigurationError` for anything else; `name` is how the file was asked for. */
export function parseCalibration(text: string, name: string): Calibration {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw refusal(name, 'a text that is not JSON')
  }
  const { version, costs, measured, wakeNs, alarmNs, ranShare, provenance } = (parsed ??
    {}) as Partial<Calibration>
  if (version !== 1) throw refusal(name, `version ${String(version)}`)
  if (provenance === undefined) throw refusal(name, 'no provenance')
  if (!isCost(wakeNs)) throw refusal(name, `a wake-up of ${String(wakeNs)} ns`)
  const { kernels, ...rest } = (costs ?? {}) as Partial<CostModel>
  for (const key of SEAM_KEYS) {
    if (!isCost(rest[key])) throw refusal(name, `${key} of ${String(rest[key])}`)
  }
  if (!(rest.stepNs! > 0)) throw refusal(name, 'steps that cost nothing: time would stand still')
  for (const [kernel, cost] of Object.entries({ other: undefined, ...kernels })) {
    if (!isCost(cost)) throw refusal(name, `a kernel ${kernel} of ${String(cost)} ns`)
  }
  if (!isCost(ranShare))
    throw refusal(name, `a thread that ran for ${String(ranShare)} of the time`)
  if (!isCost(alarmNs)) throw refusal(name, `an alarm of ${String(alarmNs)} ns`)
  if (!Array.isArray(measured)) throw refusal(name, 'no measurements behind the costs')
  return parsed as Calibration
}

function isCost(cost: unknown): cost is number {
  return typeof cost === 'number' && cost >= 0 && cost < Number.POSITIVE_INFINITY
}

function refusal(name: string, found: string): ConfigurationError {
  return new ConfigurationError({
    asked: `the calibration ${name}`,
    found,
    rule: 'a calibration has version 1, a provenance, and costs in ns that are 0 or more',
    remedy: 'Measure one with npm start -- micro',
  })
}
