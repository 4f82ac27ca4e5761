/** The oracle of a user's own plan on its thread: the same as without one, and ended where a function never returns. */
import { expect, it } from 'vitest'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { multiplesOf } from '../../workloads/oracle.ts'
import { planOracle } from '../../workloads/plan-oracle.ts'
import { expectedApart } from './oracle-apart.ts'

const input = {
  pool: makeInput('lines', { records: 300, seed: 3 }),
  partitions: 4,
  input: { rate: 500, duration: seconds(1) },
}
const ticks = () => multiplesOf(milliseconds(100), seconds(1))

const planNamed = (name: string) => ({
  module: 'experiments/cli/own-plans.fixture.ts',
  export: name,
  parameters: { interval: '100ms' },
})

/** `lookMs`: how soon a function that never returns is ended. */
async function apart(name: string, lookMs?: number) {
  const named = planNamed(name)
  const plan = await loadPlan(named)
  const looks = lookMs === undefined ? {} : { lookMs }
  const given = { named, plan, staticInputs: {}, ...looks }
  return { plan, expected: await expectedApart({ ...input, ticks: ticks() }, given) }
}

it('expects what it expects without a thread', async () => {
  const { plan, expected } = await apart('counts')
  const here = [...planOracle({ plan, staticInputs: {} }).expect({ ...input, ticks: ticks() })]
  expect(here.length).toBeGreaterThan(0)
  expect([...expected]).toEqual(here)
})

it('what arrived goes to the thread, and is not copied', async () => {
  const named = planNamed('counts')
  const plan = await loadPlan(named)
  const arrived = () => ({
    partitions: 1,
    input: { rate: 0, duration: seconds(1) },
    pool: { bytes: Uint8Array.from(Buffer.from('a b\nb\n')), offsets: Uint32Array.of(0, 4, 6) },
    arrivals: [Float64Array.of(0, milliseconds(150))],
    ticks: ticks(),
  })
  const given = arrived()
  const expected = await expectedApart(given, { named, plan, staticInputs: {} })
  expect(given.pool.bytes.length).toBe(0)
  expect([...expected]).toEqual([...planOracle({ plan, staticInputs: {} }).expect(arrived())])
})

it('a function that never returns is named, with the tick', async () => {
  const { expected } = await apart('endless', 5)
  // The 100th record, of 50 in a tick.
  expect(() => [...expected]).toThrow(
    /^the rows of map \(node 1\) in the tick that ends at 200ms: .* 100ms\. /,
  )
})

it('so is one that never comes to the end of what it returns', async () => {
  const { expected } = await apart('endlessly', 5)
  expect(() => [...expected]).toThrow(/^the rows of flatMap \(node 1\) in .* 100ms\. /)
})

it('a function that ends the process ends its thread, and that is told', async () => {
  const { expected } = await apart('exiting')
  expect(() => [...expected]).toThrow(/the oracle.*it ended by itself, with status 7/)
})
