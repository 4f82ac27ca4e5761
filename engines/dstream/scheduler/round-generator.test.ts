/** When the job of a round is due, and which is the last one. */
import { describe, expect, it } from 'vitest'
import { buildDataflow } from '../../core/plan/dataflow-builder.ts'
import { sum, withOne } from '../../core/plan/functions.ts'
import { planOf, readStream } from '../../core/plan/stream.ts'
import { seconds } from '../../core/units.ts'
import { Rounds } from '../rounds.ts'
import { RoundGenerator } from './round-generator.ts'

const TICK = seconds(1)

function generatorOf(rounds?: number) {
  const loop = readStream<string>('log', '1s')
    .map(withOne<string>)
    .iterate(
      (looping) => {
        const next = looping.reduceByKey(sum)
        return { next, result: next }
      },
      rounds === undefined ? {} : { rounds },
    )
  const of = new Rounds(buildDataflow(planOf(loop)), TICK)
  return { rounds: of, generator: new RoundGenerator(of, TICK) }
}

/** Jobs until none is due any more, or so many; those up to `feeds` put something out. */
function jobsOf({ generator }: ReturnType<typeof generatorOf>, feeds: number, most = 99) {
  const batches: number[] = []
  while (batches.length < most) {
    generator.advance(TICK, 0)
    const info = generator.take()
    if (info === undefined) break
    batches.push(info.batch)
    if (info.batch <= feeds) generator.fedBack(info.batch)
  }
  return batches
}

describe('jobs of a loop', () => {
  it('begin at the end of the tick, and each when the one before is over', () => {
    const { generator } = generatorOf()
    expect(generator.nextAt).toBe(TICK)
    generator.advance(TICK - 1, 0)
    expect(generator.take()).toBeUndefined()
    generator.advance(TICK, 0)
    expect(generator.take()?.batch).toBe(1)
    expect(generator.nextAt).toBe(Number.POSITIVE_INFINITY)
    generator.fedBack(1)
    generator.advance(TICK + 5, 1)
    expect(generator.take()).toBeUndefined()
    generator.advance(TICK + 9, 0)
    generator.advance(TICK + 10, 0)
    expect(generator.take()).toMatchObject({ batch: 2, submittedAt: TICK + 9 })
    expect(generator.take()).toBeUndefined()
  })

  it('end behind the round that puts nothing out, with one for the result', () => {
    for (const feeds of [0, 1, 4]) {
      const loop = generatorOf()
      expect(jobsOf(loop, feeds).length).toBe(feeds + 2)
      expect(loop.rounds.end).toBe(feeds + 2)
    }
  })

  it('end behind the last round that there may be', () => {
    for (const [rounds, jobs] of [
      [0, 2],
      [1, 2],
      [3, 4],
    ] as const) {
      expect(jobsOf(generatorOf(rounds), 99).length).toBe(jobs)
    }
  })

  it('go on in a new driver where they were in the one before', () => {
    for (const stopped of [0, 1, 3, 4, 5, 6]) {
      const [first, second] = [generatorOf(), generatorOf()]
      const before = jobsOf(first, 4, stopped)
      second.generator.restore({ completed: stopped, rounds: first.generator.record })
      expect([...before, ...jobsOf(second, 4)]).toEqual([1, 2, 3, 4, 5, 6])
      expect(second.rounds.end).toBe(6)
    }
  })

  it('are not more than what a loop may have that nothing bounds', () => {
    const loop = generatorOf()
    expect(jobsOf(loop, 99_999, 10_000).length).toBe(10_000)
    expect(() => jobsOf(loop, 99_999)).toThrow(
      /^iterate \(node \d+\): round 10000 in the tick that ends at 0ns\. A loop ends when/,
    )
  })
})
