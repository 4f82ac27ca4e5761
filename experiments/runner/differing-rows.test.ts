/** Which rows of a wrong run are shown: those of its first wrong tick, from a run with its rows kept. */
import { describe, expect, it } from 'vitest'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import type { InterpretedTick } from '../../engines/core/interpreter/interpret.ts'
import type { CommittedRows } from '../../engines/core/output/commit.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { System, Trial } from '../../engines/core/system.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { checkedEngineOf } from '../../engines/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { multiplesOf } from '../../workloads/oracle.ts'
import { meantBy } from '../../workloads/plan-oracle.ts'
import { cannedSpec } from './canned.fixture.ts'
import { canDiffer, differenceOf, differingRows } from './differing-rows.ts'
import { configOf } from './trial.ts'

type Rows = CommittedRows['rows']

const kept = (tick: number, rows: Rows, partition = 0): CommittedRows => {
  return { generation: 1, output: 0, partition, tick, rows }
}
const meant = (tick: number, rows: Rows): InterpretedTick => {
  return { output: 0, name: 'counts', tick, rows }
}

describe('the first rows that differ', () => {
  const both: Rows = [
    ['a', 1],
    ['b', 2],
  ]

  it('are none where all are as they should be, in whatever partition and order, and however often', () => {
    const rows = [kept(10, [['b', 2]], 1), kept(10, [['a', 1]]), kept(10, [['a', 7]])]
    expect(differenceOf(rows, [meant(10, both)])).toBeUndefined()
    expect(differenceOf([], [meant(10, both)])).toBeUndefined()
  })

  it('are those of the first tick that is wrong', () => {
    const rows = [kept(10, both), kept(20, [['a', 3]]), kept(30, [])]
    expect(differenceOf(rows, [meant(10, both), meant(20, both), meant(30, both)])).toBe(
      'output 0, tick 20 has "a": 3, and lacks "a": 1, "b": 2',
    )
  })

  it('count what comes more than once, and what has no value', () => {
    const twice: Rows = [
      ['a', 1],
      ['a', 1],
      ['b', undefined],
    ]
    expect(differenceOf([kept(10, twice)], [meant(10, [['a', 1]])])).toBe(
      'output 0, tick 10 has "a": 1, "b": undefined, and lacks no other row',
    )
  })

  it('are a few of many', () => {
    const many: Rows = Array.from({ length: 8 }, (_, key) => [key, 1])
    expect(differenceOf([kept(10, [])], [meant(10, many)])).toBe(
      'output 0, tick 10 has no other row, and lacks 0: 1, 1: 1, 2: 1, and 5 more',
    )
  })
})

const pool = makeInput('lines', { records: 100 })
const config = configOf({ ...cannedSpec, world: 'simulated', tick: milliseconds(100) })
const plan = await loadPlan(config.plan)

describe('of a run', () => {
  // Of the run that is wrong few rows are kept.
  const kept = { ...config, keepRowsMax: 1 }
  const trial: Trial = { config: kept, pool, faults: [], deadline: seconds(20) }
  const input = {
    pool,
    partitions: config.partitions,
    input: config.input,
    ticks: [...multiplesOf(config.tick, config.input.duration)],
  }
  const subject = simulatedSubject('timely', checkedEngineOf)
  const right: System = { name: 'right', run: (again) => subject.run(again) }

  it('that is right there are none, and of one that is wrong they are found by another run', async () => {
    const meant = () => meantBy({ plan, staticInputs: {} }, input)
    expect(await differingRows(right, trial, meant)).toBe(
      'run again, it had the rows that it should have',
    )
    const wrong: System = {
      name: 'wrong',
      run: async (again) => {
        const record = await right.run(again)
        const rows = record.rows.map((each) =>
          each.tick === milliseconds(500) && each.partition === 3
            ? { ...each, rows: each.rows.slice(1) }
            : each,
        )
        return { ...record, rows }
      },
    }
    expect(await differingRows(wrong, trial, meant)).toMatch(
      /^output 0, tick 500000000 has no other row, and lacks "\w+": \d+$/,
    )
  })

  it('of which nobody knows what it means nothing is said', async () => {
    const meant = (): never => {
      throw new Error('no idea')
    }
    expect(await differingRows(right, trial, meant)).toBe('not found, no idea')
  })

  it('they are looked for where it is wrong, small, and may be done twice', () => {
    const dataflow = buildDataflow(plan)
    const reason = { kind: 'wrong', count: 1, examples: [] } as const
    const wrong = { state: 'invalid', reasons: [reason] } as const
    expect(canDiffer(wrong, trial, dataflow, 1_000)).toBe(true)
    expect(canDiffer(wrong, trial, dataflow, 2_000_000)).toBe(false)
    expect(canDiffer(wrong, { input: { kind: 'stdin' } }, dataflow, 1_000)).toBe(false)
    const missing = { state: 'invalid', reasons: [{ ...reason, kind: 'missing' }] } as const
    expect(canDiffer(missing, trial, dataflow, 1_000)).toBe(false)
    const calls = dataflow.outputs.map((each) => {
      return { ...each, node: { ...each.node, kind: 'foreachBatch' } as typeof each.node }
    })
    expect(canDiffer(wrong, trial, { outputs: calls }, 1_000)).toBe(false)
  })
})
