/**
 * Trials of the timely engine in the simulated world, judged by the plan's interpreter, with progress safety checked on every step.
 * For this folder's tests.
 */
import { expect } from 'vitest'
import { RunMemory } from '../core/columns/memory.ts'
import { REGION_BYTES } from '../core/conformance/scenario.ts'
import type { Engine } from '../core/engine.ts'
import type { FaultPlan } from '../core/faults/fault.ts'
import { createInputLog } from '../core/input/looping-log.ts'
import { poolBytesOf, readPool, writePool } from '../core/input/pool.ts'
import { type DueRecord, interpret } from '../core/interpreter/interpret.ts'
import { type Digest, DigestSum, digestOfRows } from '../core/output/digest.ts'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import type { Plan } from '../core/plan/plan.ts'
import { hashPlan } from '../core/plan/plan-hash.ts'
import type { RunConfig, TimelyOptions } from '../core/run-config.ts'
import type { RunRecord } from '../core/system.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { type SimulationOptions, simulate } from '../core/world/simulated/simulation.ts'
import { checkedTimelyEngine } from './checked-engine.ts'

const LINES = [
  'continuous operators keep their state',
  'the frontier passes and the operators emit',
  'a loop goes around and around',
  'state is kept in a table',
  'the river does not wait for the gauge',
  'around',
  'emit emit emit',
]

/** A run of seconds takes some thousand steps a worker; a worker that spins takes more. */
const STEPS_MAX = 100_000

export type ConfigChanges = Partial<Omit<RunConfig, 'timely'>> & {
  readonly timely?: Partial<TimelyOptions>
}

export function configOf(changes: ConfigChanges = {}): RunConfig {
  const { timely, ...rest } = changes
  return {
    engine: 'timely',
    plan: { module: 'none', export: 'none', parameters: {} },
    workers: 2,
    partitions: 8,
    tick: milliseconds(100),
    input: { rate: 600, duration: seconds(2) },
    seed: 1,
    kernels: 'columns',
    keepRows: true,
    digests: true,
    replacement: 'respawn',
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(100) },
    timely: {
      recovery: 'checkpoint',
      checkpointInterval: milliseconds(300),
      accumulation: 'local',
      flushInterval: milliseconds(20),
      ...timely,
    },
    dstream: {
      checkpointInterval: seconds(1),
      batchesInFlightMax: 3,
      blockStoreBytesMax: 4 * 1024 * 1024,
    },
    ...rest,
  }
}

export function run(
  plan: Plan,
  config: RunConfig,
  faults: FaultPlan = [],
  options: Partial<SimulationOptions> & { readonly engine?: Engine } = {},
): RunRecord {
  const deadline = config.input.duration + seconds(20)
  const trial = { config, pool: poolBytesOf(LINES), faults, deadline }
  let steps = 0
  const afterStep = (now: number): void => {
    steps += 1
    if (steps > STEPS_MAX) throw new Error(`${STEPS_MAX} steps, and it is only ${now} ns`)
  }
  const engine = options.engine ?? checkedTimelyEngine().engine
  const subject = { engine, dataflow: buildDataflow(plan) }
  return simulate(trial, subject, { regionBytes: REGION_BYTES, afterStep, ...options })
}

function dueRecords(config: RunConfig): DueRecord[] {
  const memory = RunMemory.reserve(4 * 65_536)
  const pool = writePool(memory, 65_536, poolBytesOf(LINES))
  const log = createInputLog(config, pool)
  const { bytes, offsets } = readPool(memory, pool)
  const text = (at: number): string =>
    Buffer.from(bytes.slice(offsets[at]!, offsets[at + 1]! - 1)).toString('utf8')
  const records: DueRecord[] = []
  for (let partition = 0; partition < config.partitions; partition++) {
    const count = log.dueBefore(partition, config.input.duration)
    for (let index = 0; index < count; index++) {
      const dueAt = log.dueOf(partition, index)
      log.locate(partition, index, index + 1, ({ first }) =>
        records.push({ dueAt, value: text(first) }),
      )
    }
  }
  return records
}

/** Fails unless each tick of each output has the interpreter's digest, and commits that were made again are the same. */
export function expectTrue(plan: Plan, config: RunConfig, record: RunRecord): void {
  if (record.error) throw record.error
  expect(record.outcome).toBe('completed')
  const ticks: number[] = []
  for (let end = config.tick; end <= config.input.duration; end += config.tick) ticks.push(end)
  const firsts = new Map<string, Digest>()
  const sums = new Map<string, DigestSum>()
  for (const { output, partition, tick, rows, lane0, lane1 } of record.commits) {
    const digest = { rows, lane0, lane1 }
    const place = `${output}/${partition}/${tick}`
    const first = firsts.get(place)
    if (first !== undefined) {
      expect(digest, `committed again: ${place}`).toEqual(first)
      continue
    }
    firsts.set(place, digest)
    const sum = sums.get(`${output}/${tick}`) ?? new DigestSum()
    sum.add(digest)
    sums.set(`${output}/${tick}`, sum)
  }
  for (const { output, tick, digest } of truthOf(plan, config, ticks)) {
    const found = sums.get(`${output}/${tick}`)?.take()
    expect(found, `output ${output} at ${tick}`).toEqual(digest)
  }
}

type Truth = readonly { readonly output: number; readonly tick: number; readonly digest: Digest }[]

/** The runs of one plan over one input share the interpreter’s answer. */
const truths = new Map<string, Truth>()

function truthOf(plan: Plan, config: RunConfig, ticks: readonly number[]): Truth {
  const { partitions, tick, input } = config
  const name = `${hashPlan(plan)} ${partitions} ${tick} ${JSON.stringify(input)}`
  let truth = truths.get(name)
  if (truth === undefined) {
    truth = interpret(plan, dueRecords(config), ticks).map(({ output, tick, rows }) => {
      return { output, tick, digest: digestOfRows(rows) }
    })
    truths.set(name, truth)
  }
  return truth
}

export function events(record: RunRecord, event: string) {
  return record.history.filter((entry) => entry.event === event)
}

export function counter(record: RunRecord, name: string): number {
  let sum = 0
  for (const { counters } of record.processes) sum += counters[name] ?? 0
  return sum
}
