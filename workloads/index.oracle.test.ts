/**
 * Every workload's plan, as its plain functions mean it (`interpret.ts`), against its oracle: on real plans from the
 * registry, with inputs made by their generators. Engines are held to the same oracles elsewhere.
 */
import { describe, expect, it } from 'vitest'
import { interpretStatics } from '../engines/core/interpreter/answers.ts'
import { interpret } from '../engines/core/interpreter/interpret.ts'
import type { Digest } from '../engines/core/output/digest.ts'
import { expectedCommits } from '../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../engines/core/plan/named-plan.ts'
import { WORKLOADS, workloadNamed } from './index.ts'
import { makeInput } from './input/input.ts'
import { digestsOf, duePlaces, poolRecords } from './naive-oracle.ts'
import { type ExpectedTick, multiplesOf, type OracleInput } from './oracle.ts'
import type { GivenParameters } from './parameters.ts'

const MS = 1_000_000
const TICK = 10 * MS
const DURATION = 200 * MS
const PARTITIONS = 3

const window = { interval: '20ms', length: '60ms', slide: '40ms' }

const CASES: readonly (readonly [workload: string, parameters: GivenParameters])[] = [
  ['grep', { interval: '20ms' }],
  ['word-count', { interval: '20ms' }],
  ['word-count', { interval: '20ms', longerThan: 13, prefix: 2 }],
  ['word-count', { ...window, mode: 'window', slide: '20ms' }],
  ['word-count', { ...window, mode: 'window-inverse', slide: '20ms' }],
  ['word-count', { ...window, mode: 'window', length: '80ms', prefix: 1 }],
  ['top-k', { ...window, slide: '20ms' }],
  ['top-k', { ...window, length: '80ms', k: 3, inverse: false }],
  ['page-views', { interval: '20ms' }],
  ['sessions', { interval: '20ms', timeout: '40ms' }],
  ['late-views', { interval: '20ms', length: '60ms', slide: '20ms', lateness: '20ms' }],
  ['ad-analytics', { interval: '20ms', length: '40ms' }],
  ['ad-analytics', { interval: '20ms', length: '40ms', join: 'static' }],
  ['ad-analytics-integers', { interval: '20ms', length: '40ms' }],
  ['ad-analytics-integers', { interval: '20ms', length: '40ms', join: 'static' }],
  ['join', { interval: '20ms', length: '60ms' }],
  ['k-exposure', { interval: '20ms', k: 1 }],
  ['exchange', { interval: '20ms' }],
  ['nexmark-q0', { interval: '20ms' }],
  ['nexmark-q1', { interval: '20ms' }],
  ['nexmark-q2', { interval: '20ms', divisor: 3 }],
  ['nexmark-q3', { interval: '20ms' }],
  ['nexmark-q4', { interval: '20ms', lasts: '20ms' }],
  ['nexmark-q5', { ...window, length: '80ms' }],
  ['nexmark-q6', { interval: '20ms', lasts: '20ms', last: 2 }],
  ['nexmark-q7', { interval: '20ms', length: '40ms' }],
  ['nexmark-q8', { interval: '20ms', length: '40ms' }],
  ['connected-components', { interval: '20ms' }],
  ['page-rank', { interval: '20ms', rounds: 5 }],
  ['barrier', { interval: '20ms', rounds: 3 }],
  ['interactive', { interval: '20ms' }],
  ['interactive', { interval: '20ms', answers: 'stale' }],
]

/** Whose results stay on the partition that their records came in. */
const WITHOUT_KEYS = new Set(['grep', 'nexmark-q0', 'nexmark-q1', 'nexmark-q2'])

function inputOf(workload: string): OracleInput {
  const { kind } = workloadNamed(workload).inputs[0]!
  const pool = makeInput(kind, { records: 300, seed: 3 })
  const input = { rate: 4_000, duration: DURATION }
  return { pool, partitions: PARTITIONS, input, ticks: [...multiplesOf(TICK, DURATION)] }
}

/** Records of some partitions with their due instants, which the interpreter asks for. */
function recordsOf(input: OracleInput, partitions: readonly number[]) {
  const records = poolRecords(input.pool)
  return [...input.ticks].flatMap((tick) =>
    partitions.flatMap((partition) =>
      duePlaces(input, tick - TICK, tick)[partition]!.map((place) => ({
        dueAt: tick - TICK,
        value: records[place],
      })),
    ),
  )
}

describe.each(CASES)('the oracle of %s with %j', (name, parameters) => {
  const workload = workloadNamed(name)
  const input = inputOf(name)
  const ticks = [...input.ticks]
  const expected = byOutput(workload.oracle(parameters).expect(input))

  it('is what the plan means', async () => {
    const plan = await loadPlan(workload.plan(parameters))
    const made = Object.entries(workload.staticInputs?.(parameters) ?? {})
    const inputs = new Map(made.map(([url, pool]) => [url, poolRecords(pool)]))
    const statics = interpretStatics(plan, inputs)
    const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)
    const partitionsOf = new Map(
      expectedCommits(buildDataflow(plan), { partitions: PARTITIONS, tick: TICK }).map(
        ({ output, partitions }) => [output, partitions.length],
      ),
    )
    // Without an exchange a partition's results are those of its own records.
    const meant = WITHOUT_KEYS.has(name)
      ? merged(all.map((partition) => interpret(plan, recordsOf(input, [partition]), ticks)))
      : interpret(plan, recordsOf(input, all), ticks, statics).map(({ output, tick, rows }) => {
          return { output, tick, digests: digestsOf(rows, partitionsOf.get(output)!) }
        })
    expect(expected).toEqual(meant)
    expect(expected.some(({ digests }) => digests.some(({ rows }) => rows > 0))).toBe(true)
  })

  it('speaks of exactly the ticks and partitions that commit', async () => {
    const dataflow = buildDataflow(await loadPlan(workload.plan(parameters)))
    const commits = expectedCommits(dataflow, { partitions: PARTITIONS, tick: TICK })
    const due = commits.flatMap(({ output, partitions, ticks }) =>
      [...multiplesOf(ticks.length, DURATION)].map((tick) => [output, tick, partitions.length]),
    )
    expect(expected.map(({ output, tick, digests }) => [output, tick, digests.length])).toEqual(due)
  })
})

it('every workload is among the cases', () => {
  expect(new Set(CASES.map(([name]) => name))).toEqual(new Set(WORKLOADS.map(({ name }) => name)))
})

/** As the interpreter puts them: output by output. */
function byOutput(expected: Iterable<ExpectedTick>): readonly ExpectedTick[] {
  const rows = [...expected].map(({ output, tick, digests }) => ({ output, tick, digests }))
  return rows.sort((a, b) => a.output - b.output)
}

function merged(byPartition: readonly ReturnType<typeof interpret>[]) {
  return byPartition[0]!.map(({ output, tick }, index) => {
    const digests: Digest[] = byPartition.map((results) => digestsOf(results[index]!.rows, 1)[0]!)
    return { output, tick, digests }
  })
}
