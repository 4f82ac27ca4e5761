/** Oracles of input that arrived, against what the plans mean by the interpreter: records with stamps, bursts and silence. */
import { describe, expect, it } from 'vitest'
import { poolBytesOf } from '../engines/core/input/pool.ts'
import { type DueRecord, interpret } from '../engines/core/interpreter/interpret.ts'
import { expectedCommits } from '../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../engines/core/plan/named-plan.ts'
import { workloadNamed } from './index.ts'
import { makeInput } from './input/input.ts'
import { digestsOf } from './naive-oracle.ts'
import { multiplesOf } from './oracle.ts'
import { arrivalsOf } from './oracle-arrivals.ts'
import type { GivenParameters } from './parameters.ts'

const MS = 1_000_000
const TICK = 10 * MS
const DURATION = 200 * MS
const PARTITIONS = 3
const RECORDS = 301

/** Stamps in bursts of equal ones, on a tick's end too, with a silence in between and some after the run's end. */
function stamps(): Float64Array {
  return Float64Array.from({ length: RECORDS }, (_, i) => {
    if (i >= RECORDS - 5) return DURATION + i
    const burst = Math.floor(i / 7)
    return burst < 20 ? burst * 2 * MS : 100 * MS + (burst - 20) * 4 * MS + (i % 2)
  }).sort()
}

const window = { interval: '20ms', mode: 'window-inverse', length: '60ms', slide: '40ms' }

const CASES: readonly (readonly [workload: string, parameters: GivenParameters])[] = [
  ['grep', { interval: '20ms' }],
  ['word-count', { interval: '20ms' }],
  ['word-count', window],
  ['top-k', { interval: '20ms', length: '60ms', slide: '20ms', k: 3 }],
  ['page-views', { interval: '20ms' }],
  ['sessions', { interval: '20ms', timeout: '60ms' }],
  ['late-views', { interval: '20ms', length: '60ms', slide: '40ms', lateness: '0s' }],
  ['join', { interval: '20ms', length: '40ms' }],
  ['nexmark-q4', { interval: '20ms', lasts: '40ms' }],
]

it.each(CASES)('the oracle of %s with %j says what the plan means', async (name, parameters) => {
  const workload = workloadNamed(name)
  const records = makeInput(workload.inputs[0]!.kind, { records: RECORDS, seed: 3 })
  const dueAt = stamps()
  const ticks = [...multiplesOf(TICK, DURATION)]
  const expected = [
    ...workload.oracle(parameters).expect({
      ...arrivalsOf({ records, dueAt }, PARTITIONS),
      partitions: PARTITIONS,
      input: { rate: 0, duration: DURATION },
      ticks,
    }),
  ]
    .map(({ output, tick, digests }) => ({ output, tick, digests }))
    .sort((a, b) => a.output - b.output)

  const text = Buffer.from(records.bytes).toString().split('\n')
  const due: DueRecord[] = [...dueAt].map((at, i) => ({ dueAt: at, value: text[i] }))
  const plan = await loadPlan(workload.plan(parameters))
  const [commits] = expectedCommits(buildDataflow(plan), { partitions: PARTITIONS, tick: TICK })
  const meant =
    name === 'grep'
      ? ticks.map((tick, index) => ({
          output: 0,
          tick,
          digests: [0, 1, 2].map((partition) => {
            const own = due.filter((_, i) => i % PARTITIONS === partition)
            return digestsOf(interpret(plan, own, ticks)[index]!.rows, 1)[0]!
          }),
        }))
      : interpret(plan, due, ticks).map(({ output, tick, rows }) => {
          return { output, tick, digests: digestsOf(rows, commits!.partitions.length) }
        })
  expect(expected).toEqual(meant)
  expect(expected.some(({ digests }) => digests.some(({ rows }) => rows > 0))).toBe(true)
})

describe('records are dealt in turn', () => {
  it('one partition after another, each with its stamps', () => {
    const records = poolBytesOf(['a', 'bb', '', 'dddd', 'e'])
    const { pool, arrivals } = arrivalsOf({ records, dueAt: Float64Array.of(1, 2, 2, 5, 9) }, 2)
    expect(Buffer.from(pool.bytes).toString()).toBe('a\n\ne\nbb\ndddd\n')
    expect([...pool.offsets]).toEqual([0, 2, 3, 5, 8, 13])
    expect(arrivals.map((dues) => [...dues])).toEqual([
      [1, 2, 9],
      [2, 5],
    ])
  })
})
