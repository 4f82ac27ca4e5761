/** When batches close, in which order jobs are due for them, and how many may wait. */
import { expect, it } from 'vitest'
import { TickLog } from '../../core/input/tick-log.ts'
import { CLOSED_BATCHES_MAX, JobGenerator } from './job-generator.ts'

const TICK = 10
const LAST = 3 * CLOSED_BATCHES_MAX

function generatorOf(frontiers: readonly number[] = [Number.POSITIVE_INFINITY]) {
  const input = { partitions: frontiers.length, frontier: (p: number) => frontiers[p]! }
  return new JobGenerator(input, { ticks: new TickLog(TICK), last: LAST })
}

it('a batch closes when the clock and every frontier have passed its end', () => {
  const frontiers = [100, 20]
  const generator = generatorOf(frontiers)
  expect(generator.nextAt).toBe(10)
  generator.advance(9)
  expect(generator.take()).toBeUndefined()
  generator.advance(50)
  expect(generator.take()).toMatchObject({ batch: 1, submittedAt: 50 })
  expect(generator.take()).toMatchObject({ batch: 2, submittedAt: 50 })
  expect(generator.take()).toBeUndefined()
  expect(generator.nextAt).toBe(30)
  frontiers[1] = 1_000
  generator.advance(60)
  expect(generator.take()).toMatchObject({ batch: 3, submittedAt: 60 })
})

it('no more are closed than may wait, and every one has its job in the end', () => {
  const generator = generatorOf()
  const end = LAST * TICK
  generator.advance(end)
  // Until a job is due for one, nothing is to be waited for.
  expect(generator.nextAt).toBe(Number.POSITIVE_INFINITY)
  const jobs: (readonly [batch: number, submittedAt: number])[] = []
  const take = (): boolean => {
    const info = generator.take()
    if (info !== undefined) jobs.push([info.batch, info.submittedAt])
    return info !== undefined
  }
  for (let left = CLOSED_BATCHES_MAX; left > 0; left--) expect(take()).toBe(true)
  expect(take()).toBe(false)
  expect(generator.nextAt).toBe((CLOSED_BATCHES_MAX + 1) * TICK)
  // One in, one out: a queue that is never empty keeps its room.
  generator.advance(end + 1)
  for (let more = 2; take(); more++) generator.advance(end + more)
  expect(jobs.map(([batch]) => batch)).toEqual(Array.from({ length: LAST }, (_, at) => at + 1))
  const submitted = jobs.map(([, at]) => at)
  expect(submitted).toEqual(submitted.toSorted((a, b) => a - b))
  expect(submitted.slice(0, CLOSED_BATCHES_MAX).every((at) => at === end)).toBe(true)
  expect(submitted[CLOSED_BATCHES_MAX]).toBe(end + 1)
  expect(generator.nextAt).toBe(Number.POSITIVE_INFINITY)
})

it('a new driver closes what the one before it had not completed, and nothing else', () => {
  const generator = generatorOf()
  generator.restore({ completed: 2 * CLOSED_BATCHES_MAX })
  expect(generator.take()).toBeUndefined()
  const first = 2 * CLOSED_BATCHES_MAX + 1
  expect(generator.nextAt).toBe(first * TICK)
  generator.advance((first + 1) * TICK)
  const batches = Array.from({ length: 3 }, () => generator.take()?.batch)
  expect(batches).toEqual([first, first + 1, undefined])
})
