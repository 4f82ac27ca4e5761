/** What the engine refuses to run, by name, because its blocks and tasks would have no keys of their own. */
import { expect, it } from 'vitest'
import { buildDataflow } from '../core/plan/dataflow-builder.ts'
import { sum, withOne, words } from '../core/plan/functions.ts'
import type { Plan } from '../core/plan/plan.ts'
import { type EventStream, planOf, readStream } from '../core/plan/stream.ts'
import { milliseconds, seconds } from '../core/units.ts'
import { dstreamEngine } from './engine.ts'
import { type ConfigChanges, configOf } from './trial.fixture.ts'

const ones = () => readStream('log', '500ms').flatMap(words).map(withOne)
const HOUR = seconds(3_600)
const SHORTEST = 100_000

function checking(changes: ConfigChanges, plan: Plan = planOf(ones().reduceByKey(sum))) {
  return () => dstreamEngine.check(configOf(changes), buildDataflow(plan))
}

it('runs for an hour in the shortest batches, and for a day in those of 1 ms', () => {
  const shortest = { tick: SHORTEST, input: { rate: 0, duration: HOUR } }
  expect(checking(shortest)).not.toThrow()
  const day = { tick: milliseconds(1), input: { rate: 0, duration: 24 * HOUR } }
  expect(checking(day)).not.toThrow()
})

it('refuses more batches than have numbers', () => {
  const input = { rate: 0, duration: 24 * HOUR }
  expect(checking({ tick: SHORTEST, input })).toThrow(
    /a run of 24h: 864000000 batches of 100us. .*fewer than 536870912 batches.*longer tick/,
  )
})

it('refuses more partitions than have numbers', () => {
  expect(checking({ partitions: 8_192 })).not.toThrow()
  expect(checking({ partitions: 8_193 })).toThrow(/8193 partitions: .*at most 8192/)
})

it('refuses a plan of more job stages than have numbers', () => {
  let stream = ones() as EventStream<readonly [string, number]>
  for (let stage = 0; stage < 256; stage++) {
    stream = stream.reduceByKey(sum) as unknown as typeof stream
  }
  expect(checking({}, planOf(stream))).toThrow(/a plan of 257 job stages/)
})
