/**
 * Trials for this folder's tests: a plan on the engine in the simulated world, judged by the plan's interpreter, with every block that
 * is made again held against the first.
 */
import { expect } from 'vitest'
import { RunMemory } from '../core/columns/memory.ts'
import { REGION_BYTES } from '../core/conformance/scenario.ts'
import type { Engine } from '../core/engine.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import { createInputLog } from '../core/input/looping-log.ts'
import { writePool } from '../core/input/pool.ts'
import { type DueRecord, interpret } from '../core/interpreter/interpret.ts'
import { type Digest, digestOfRows } from '../core/output/digest.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import type { Plan } from '../core/plan/plan.ts'
import type { RunConfig } from '../core/run-config.ts'
import type { PoolBytes, RunRecord, Trial } from '../core/system.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { type SimulationOptions, simulate } from '../core/world/simulated/simulation.ts'
import { checkedDStreamEngine } from './checked-engine.ts'

const LINES = [
  'the river rises in the night',
  'a gauge in the river',
  'night after night the water comes',
  'water under the bridge',
  'the bridge over the river',
  'and nobody counts',
  'a boat',
  'two boats under a bridge by night',
]

export function poolOf(lines: readonly string[]): PoolBytes {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`)
  const offsets = [0]
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 10) offsets.push(at + 1)
  return { bytes, offsets: Uint32Array.from(offsets) }
}

export type ConfigChanges = Partial<Omit<RunConfig, 'dstream'>> & {
  readonly dstream?: Partial<RunConfig['dstream']>
}

export function configOf(changes: ConfigChanges = {}): RunConfig {
  const { dstream, ...rest } = changes
  return {
    engine: 'dstream',
    plan: { module: 'none', export: 'none', parameters: {} },
    workers: 2,
    partitions: 8,
    tick: milliseconds(100),
    input: { rate: 400, duration: seconds(4) },
    seed: 1,
    kernels: 'columns',
    keepRows: true,
    digests: true,
    replacement: 'respawn',
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
    timely: {
      recovery: 'none',
      checkpointInterval: seconds(1),
      accumulation: 'both',
      flushInterval: milliseconds(1),
    },
    dstream: {
      checkpointInterval: seconds(1),
      batchesInFlightMax: 3,
      blockStoreBytesMax: 4 * 1024 * 1024,
      ...dstream,
    },
    ...rest,
  }
}

export function run(
  plan: Plan,
  config: RunConfig,
  faults: FaultPlan = [],
  options: Partial<SimulationOptions> & {
    readonly lines?: readonly string[]
    readonly engine?: Engine
  } = {},
): RunRecord {
  const trial: Trial = {
    config,
    pool: poolOf(options.lines ?? LINES),
    faults,
    deadline: config.input.duration + seconds(20),
  }
  return simulate(
    trial,
    { engine: options.engine ?? checkedDStreamEngine().engine, dataflow: buildDataflow(plan) },
    { regionBytes: REGION_BYTES, ...options },
  )
}

function recordsOf(config: RunConfig, lines: readonly string[]): DueRecord[] {
  const pool = poolOf(lines)
  const memory = RunMemory.reserve(65_536 + 2 * pool.bytes.length + 65_536)
  const log = createInputLog(config, writePool(memory, 65_536, pool))
  const records: DueRecord[] = []
  for (let p = 0; p < config.partitions; p++) {
    const count = log.dueBefore(p, config.input.duration)
    for (let i = 0; i < count; i++) {
      log.locate(p, i, i + 1, ({ first }) => {
        records.push({ dueAt: log.dueOf(p, i), value: lines[first]! })
      })
    }
  }
  return records
}

type Truth = readonly { readonly output: number; readonly tick: number; readonly digest: Digest }[]

const truths = new Map<string, Truth>()

/** The interpreter’s answer is kept: by the plan's hash and its input, which tests in other files may have, too. */
function truthOf(
  plan: Plan,
  config: RunConfig,
  from: { readonly ticks: readonly number[]; readonly lines: readonly string[] },
): Truth {
  const { tick, partitions, input } = config
  const key = `${buildDataflow(plan).hash}/${tick}/${partitions}/${JSON.stringify([input, from.lines])}`
  let truth = truths.get(key)
  if (truth === undefined) {
    const ticks = interpret(plan, recordsOf(config, from.lines), from.ticks)
    truth = ticks.map(({ output, tick, rows }) => ({ output, tick, digest: digestOfRows(rows) }))
    truths.set(key, truth)
  }
  return truth
}

/** Fails unless every tick of every output was committed with the interpreter's digest, however often. */
export function expectTrue(
  plan: Plan,
  config: RunConfig,
  record: RunRecord,
  lines: readonly string[] = LINES,
): void {
  if (record.error) throw record.error
  expect(record.outcome).toBe('completed')
  const ticks = Array.from(
    { length: config.input.duration / config.tick },
    (_, n) => (n + 1) * config.tick,
  )
  const truth = truthOf(plan, config, { ticks, lines })
  const found = new Map<string, Map<number, { rows: number; lane0: number; lane1: number }>>()
  for (const { output, tick, partition, rows, lane0, lane1 } of record.commits) {
    const key = `${output}/${tick}`
    const partitions = found.get(key) ?? new Map()
    found.set(key, partitions)
    const known = partitions.get(partition)
    const digest = { rows, lane0, lane1 }
    if (known) expect(digest, `a repeated commit of ${key}/${partition}`).toEqual(known)
    partitions.set(partition, digest)
  }
  for (const { output, tick, digest } of truth) {
    const sum = { rows: 0, lane0: 0, lane1: 0 }
    for (const { rows, lane0, lane1 } of (found.get(`${output}/${tick}`) ?? new Map()).values()) {
      sum.rows += rows
      sum.lane0 = (sum.lane0 + lane0) >>> 0
      sum.lane1 = (sum.lane1 + lane1) >>> 0
    }
    expect(sum, `output ${output} at ${tick}`).toEqual(digest)
  }
}

export function counterOf(record: RunRecord, counter: string): number {
  return record.processes.reduce((sum, report) => sum + (report.counters[counter] ?? 0), 0)
}

export function eventsOf(record: RunRecord, event: string) {
  return record.history.filter((entry) => entry.event === event)
}
