/** Lineage is sound: what is made again, or read back, is what it replaces; and what is not is found. */
import { describe, expect, it } from 'vitest'
import { checkedSystem } from '../../core/conformance/checked-system.ts'
import { conformancePlan } from '../../core/conformance/plans.ts'
import { INTERVAL_MS, type Scenario, trialOf } from '../../core/conformance/scenario.ts'
import { problemsOf } from '../../core/conformance/truth.ts'
import { milliseconds } from '../../core/units.ts'
import { checkedDStreamEngine } from '../checked-engine.ts'
import { LineageCheck } from './lineage-check.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
/** A row is a byte. */
const decode = (pieces: readonly Uint8Array[]) => pieces.flatMap((piece) => [...piece])

describe('the check', () => {
  const block = { rdd: 1, batch: 2, partition: 3 }

  it('takes equal blocks, and others of other names', () => {
    const check = new LineageCheck()
    check.seen(block, [[bytes(1)], [bytes(2)]], decode)
    check.seen(block, [[bytes(1)], [bytes(2)]], decode)
    check.seen({ ...block, batch: 3 }, [[bytes(4)]], decode)
    expect(check.compared).toBe(1)
  })

  it.each([
    ['a byte', [[bytes(1)], [bytes(3)]]],
    ['a destination', [[bytes(1)]]],
    ['a row more', [[bytes(1)], [bytes(2, 3)]]],
  ])('refuses another one: %s', (_, copies) => {
    const check = new LineageCheck()
    check.seen(block, [[bytes(1)], [bytes(2)]], decode)
    expect(() => check.seen(block, copies, decode)).toThrow(/block 1-2-3/)
  })
})

const kill = (process: number, at: number) =>
  ({ kind: 'kill', process, at: milliseconds(at) }) as const

const SCENARIOS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'made again after a kill': { faults: [kill(1, 1_310)] },
  'made again by survivors, plain': {
    faults: [kill(1, 1_310)],
    config: { workers: 3, replacement: 'survivors', kernels: 'plain' },
  },
  'read back from checkpoints and spills': {
    faults: [kill(1, 1_310), kill(0, 2_250)],
    config: { dstream: { blockStoreBytesMax: 20_000 } },
  },
}

it.each(Object.entries(SCENARIOS))('every operator, %s', async (_, scenario) => {
  const { system, checked } = checkedSystem(checkedDStreamEngine)
  const plan = conformancePlan('everything', INTERVAL_MS)
  const trial = trialOf('dstream', { plan, ...scenario })
  const record = await system.run(trial)
  expect(await problemsOf(trial, record)).toEqual([])
  expect(checked.at(-1)!.lineage.compared).toBeGreaterThan(50)
})
