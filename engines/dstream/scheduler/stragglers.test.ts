/** Who is late, by the times of tasks alone: shares, medians, idle workers. Times in ms. */
import { describe, expect, it } from 'vitest'
import { milliseconds } from '../../core/units.ts'
import type { JobStage } from './job-stage.ts'
import { type CopyRules, EXCESS_MIN, Stragglers } from './stragglers.ts'

const PARTITIONS = 8

function jobStageOf(batch: number, id = 0): JobStage {
  return { batch, stage: { id, partitions: PARTITIONS } } as unknown as JobStage
}

const RULES: CopyRules = { mayCopy: () => true, nearest: () => undefined }

/** Partitions of four workers, two each: 0 and 4 are worker 0's, and so on. */
function launch(stragglers: Stragglers, jobStage: JobStage, at: number): void {
  for (let p = 0; p < PARTITIONS; p++) stragglers.launched(jobStage, p, p % 4, milliseconds(at))
}

/** A worker's two tasks are done at these times. */
function done(
  stragglers: Stragglers,
  jobStage: JobStage,
  worker: number,
  times: readonly number[],
): void {
  for (const [turn, at] of times.entries()) {
    stragglers.done(jobStage, worker + 4 * turn, worker, milliseconds(at))
  }
}

/** Workers 0 to 2 take 50 ms a task; worker 3 has done nothing. */
function behind(): { stragglers: Stragglers; jobStage: JobStage } {
  const stragglers = new Stragglers(1.4)
  const jobStage = jobStageOf(1)
  launch(stragglers, jobStage, 0)
  for (const worker of [0, 1, 2]) done(stragglers, jobStage, worker, [50, 100])
  return { stragglers, jobStage }
}

const chosen = (stragglers: Stragglers, at: number, idle: readonly number[], rules = RULES) =>
  stragglers
    .choose(milliseconds(at), idle, rules)
    .map(({ partition, worker, late }) => ({ partition, worker, late }))

describe('a share that is behind', () => {
  it('is late after so many times the median, not before', () => {
    const { stragglers } = behind()
    expect(chosen(stragglers, 69, [0, 1, 2])).toEqual([])
    expect(stragglers.nextAt).toBe(milliseconds(70))
    // The task that it would come to last goes first.
    expect(chosen(stragglers, 70, [0, 1, 2])).toEqual([
      { partition: 7, worker: 0, late: 3 },
      { partition: 3, worker: 1, late: 3 },
    ])
  })

  it('has one copy of each task at most', () => {
    const { stragglers } = behind()
    expect(chosen(stragglers, 70, [0])).toHaveLength(2)
    expect(chosen(stragglers, 900, [0, 1, 2])).toEqual([])
  })

  it('waits while nobody is idle', () => {
    const { stragglers } = behind()
    expect(chosen(stragglers, 900, [])).toEqual([])
    expect(stragglers.nextAt).toBe(Number.POSITIVE_INFINITY)
  })

  it('is judged by what it has not done yet', () => {
    const { stragglers, jobStage } = behind()
    stragglers.done(jobStage, 3, 3, milliseconds(60))
    // Its second task is due at 100, and late at 140.
    expect(chosen(stragglers, 139, [0])).toEqual([])
    expect(chosen(stragglers, 140, [0])).toEqual([{ partition: 7, worker: 0, late: 3 }])
  })

  it('is copied only where it may be', () => {
    const { stragglers } = behind()
    const rules: CopyRules = { ...RULES, mayCopy: (_, partition) => partition === 3 }
    expect(chosen(stragglers, 70, [0], rules).map(({ partition }) => partition)).toEqual([3])
  })

  it('is copied by who has its tables, if that is idle', () => {
    const rules: CopyRules = { ...RULES, nearest: () => 2 }
    const { stragglers } = behind()
    expect(chosen(stragglers, 70, [0, 1, 2], rules).map(({ worker }) => worker)).toEqual([2, 2])
    const { stragglers: others } = behind()
    expect(chosen(others, 70, [0, 1], rules).map(({ worker }) => worker)).toEqual([0, 1])
  })

  it('gets more copies a worker only when that has done what it has', () => {
    const stragglers = new Stragglers(1.4)
    const jobStage = jobStageOf(1)
    // Worker 1 has all but one.
    for (let p = 0; p < PARTITIONS; p++) stragglers.launched(jobStage, p, p === 0 ? 0 : 1, 0)
    stragglers.done(jobStage, 0, 0, milliseconds(50))
    const earlier = jobStageOf(0)
    launch(stragglers, earlier, -200)
    for (const worker of [0, 1, 2, 3]) done(stragglers, earlier, worker, [-150, -100])
    stragglers.ended(earlier)
    expect(chosen(stragglers, 100, [0]).map(({ partition }) => partition)).toEqual([7, 6])
  })
})

describe('the median', () => {
  it('is unknown before half of the first batch is done', () => {
    const stragglers = new Stragglers(1.4)
    const jobStage = jobStageOf(1)
    launch(stragglers, jobStage, 0)
    done(stragglers, jobStage, 0, [50, 100])
    expect(chosen(stragglers, 900, [0])).toEqual([])
    done(stragglers, jobStage, 1, [50, 100])
    expect(chosen(stragglers, 900, [0, 1]).map(({ late }) => late)).toEqual([2, 2, 3, 3])
  })

  it('is that of the batch before until then', () => {
    const { stragglers, jobStage } = behind()
    done(stragglers, jobStage, 3, [50, 100])
    stragglers.ended(jobStage)
    const next = jobStageOf(2)
    launch(stragglers, next, 1000)
    done(stragglers, next, 0, [1010, 1020])
    expect(chosen(stragglers, 1069, [0])).toEqual([])
    // Two of them: nobody but worker 0 has done anything.
    expect(chosen(stragglers, 1070, [0])).toHaveLength(2)
  })

  it('says nothing of what still runs, nor of copies', () => {
    const { stragglers, jobStage } = behind()
    chosen(stragglers, 70, [0])
    for (const partition of [3, 7]) stragglers.done(jobStage, partition, 0, milliseconds(71))
    stragglers.ended(jobStage)
    const next = jobStageOf(2)
    launch(stragglers, next, 1000)
    expect(chosen(stragglers, 1069, [0])).toEqual([])
    expect(stragglers.nextAt).toBe(milliseconds(1070))
  })

  it('is of tasks, not of workers', () => {
    const stragglers = new Stragglers(1.4)
    const jobStage = jobStageOf(1)
    // Five tasks of 10 ms on one worker, one of 100 ms on each of two others, and one that runs.
    for (let p = 0; p < 5; p++) stragglers.launched(jobStage, p, 0, 0)
    for (const worker of [1, 2, 3]) stragglers.launched(jobStage, 4 + worker, worker, 0)
    for (let p = 0; p < 5; p++) stragglers.done(jobStage, p, 0, milliseconds(10 * (p + 1)))
    for (const worker of [1, 2]) {
      stragglers.done(jobStage, 4 + worker, worker, milliseconds(100))
    }
    expect(chosen(stragglers, 100, [0])).toEqual([{ partition: 7, worker: 0, late: 3 }])
  })
})

describe('nobody pays', () => {
  it('where tasks are so short that the excess is small', () => {
    const stragglers = new Stragglers(1.4)
    const jobStage = jobStageOf(1)
    launch(stragglers, jobStage, 0)
    for (const worker of [0, 1, 2]) done(stragglers, jobStage, worker, [1, 2])
    // Five times the median, and nothing lost worth a copy.
    expect(chosen(stragglers, 5, [0, 1, 2])).toEqual([])
    expect(stragglers.nextAt).toBe(milliseconds(1) + EXCESS_MIN)
  })

  it('where a worker has more tasks and does them as fast', () => {
    const stragglers = new Stragglers(1.4)
    const jobStage = jobStageOf(1)
    for (let p = 0; p < PARTITIONS; p++) stragglers.launched(jobStage, p, p < 2 ? 0 : 1, 0)
    for (const [p, at] of [50, 100].entries()) stragglers.done(jobStage, p, 0, milliseconds(at))
    for (const [p, at] of [50, 100, 150].entries()) {
      stragglers.done(jobStage, p + 2, 1, milliseconds(at))
    }
    const earlier = jobStageOf(0)
    launch(stragglers, earlier, -200)
    for (const worker of [0, 1, 2, 3]) done(stragglers, earlier, worker, [-150, -100])
    stragglers.ended(earlier)
    expect(chosen(stragglers, 199, [0])).toEqual([])
  })

  it('twice for a task whose copy was in vain, for some batches', () => {
    const { stragglers, jobStage } = behind()
    chosen(stragglers, 70, [0])
    // The late worker ends first after all.
    expect(stragglers.done(jobStage, 3, 3, milliseconds(80))).toEqual({
      loser: 0,
      wonByCopy: false,
    })
    expect(stragglers.done(jobStage, 7, 0, milliseconds(90))).toEqual({ loser: 3, wonByCopy: true })
    stragglers.ended(jobStage)
    for (const [batch, copied] of [
      [2, [7]],
      [3, [7, 3]],
    ] as const) {
      const next = jobStageOf(batch)
      launch(stragglers, next, batch * 1000)
      for (const worker of [0, 1, 2]) {
        done(stragglers, next, worker, [batch * 1000 + 50, batch * 1000 + 100])
      }
      const copies = chosen(stragglers, batch * 1000 + 900, [0, 1])
      expect(
        copies.map(({ partition }) => partition),
        `batch ${batch}`,
      ).toEqual(copied)
      for (const { partition, worker } of copies) {
        stragglers.done(next, partition, worker, milliseconds(batch * 1000 + 950))
      }
      done(stragglers, next, 3, [batch * 1000 + 960])
      stragglers.ended(next)
    }
  })
})

it('forgets what ran in an older generation', () => {
  const { stragglers, jobStage } = behind()
  stragglers.reset()
  expect(chosen(stragglers, 900, [0])).toEqual([])
  expect(stragglers.done(jobStage, 3, 3, milliseconds(900))).toBeUndefined()
})
