/** Timestep pipelining and the queue of batches, seen in the history of simulated runs (D-Streams §4). */
import { expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../../core/cost/cost-model.ts'
import { sum, withOne, words } from '../../core/plan/functions.ts'
import { planOf, readStream } from '../../core/plan/stream.ts'
import { milliseconds, seconds } from '../../core/units.ts'
import { configOf, eventsOf, expectTrue, run } from '../trial.fixture.ts'

const plan = planOf(readStream('log', '500ms').flatMap(words).map(withOne).runningReduce(sum))

/** Costs with which a batch takes longer than its interval. */
const SLOW = { costs: { ...NOMINAL_COSTS, kernels: { other: 400_000 } } }

function batchesOf(batchesInFlightMax: number) {
  const config = configOf({
    tick: milliseconds(50),
    input: { rate: 400, duration: seconds(2) },
    dstream: { batchesInFlightMax },
  })
  const record = run(plan, config, [], SLOW)
  expectTrue(plan, config, record)
  return eventsOf(record, 'batch-completed').map(({ fields }) => fields as Record<string, number>)
}

it('starts a batch while the one before is still being reduced', () => {
  const batches = batchesOf(3)
  const overlaps = batches.filter(
    (batch, n) => n > 0 && batch.startedAt! < batches[n - 1]!.completedAt!,
  )
  expect(overlaps.length).toBeGreaterThan(batches.length / 2)
})

it('has at most `batchesInFlightMax` batches in progress', () => {
  for (const most of [1, 2]) {
    const batches = batchesOf(most)
    for (const batch of batches) {
      const others = batches.filter(
        (other) => other.startedAt! < batch.completedAt! && other.completedAt! > batch.startedAt!,
      )
      expect(
        others.filter((other) => other.startedAt! <= batch.startedAt!).length,
      ).toBeLessThanOrEqual(most)
    }
  }
})

it('accounts for delays: scheduling and processing add up to the total, and queues grow', () => {
  const batches = batchesOf(1)
  for (const { schedulingDelayNs, processingDelayNs, totalDelayNs } of batches) {
    expect(schedulingDelayNs! + processingDelayNs!).toBe(totalDelayNs)
  }
  expect(batches.at(-2)!.schedulingDelayNs).toBeGreaterThan(batches[0]!.schedulingDelayNs!)
})
