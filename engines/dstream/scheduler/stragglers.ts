/**
 * Stragglers: which tasks are so late that they get a second copy, and where (D-Streams §5.2).
 *
 * The papers' rule: a task is slow when it takes more than `factor` times the median of its job stage (1.4). Here a worker is given all
 * tasks of a job stage that are placed on it, and does one after the other. So what is watched is its *share*: the tasks of a job
 * stage that it has without a break. A task of it takes at least
 *
 *   (now − first launched) / (done + 1)          the one that runs counts as if it ended now
 *
 * What waits behind a slow task is as late as that is; copies are made of a share's last tasks first, which its worker would come to
 * last. The median is over the tasks of the batch's completed shares, each taken as its share's mean; before those are half of the
 * job stage, it is that of the stage's last batch. What still runs says nothing of how long a task takes, nor does a copy.
 *
 * Where all tasks are alike nobody pays: a worker must have lost `EXCESS_MIN` already; copies go only to workers that have nothing to
 * do, `COPIES_PER_WORKER` at a time; a task has one at most, and the same task of the next batches has none (`spells.ts`) if the
 * first result was not the copy's: a partition with more to do than others takes as long elsewhere.
 */
import type { Nanos, PartitionId, ProcessId } from '../../core/units.ts'
import { type JobStage, partitionKey } from './job-stage.ts'
import { Spells } from './spells.ts'

/**
 * A copy costs a launch, a fetch from every worker, and perhaps a table's way to another worker: some ms. Threads that share a core
 * stand still so long now and then, and go on. And what is done is said each 10 ms (`worker/reporter.ts`), not task by task.
 */
export const EXCESS_MIN: Nanos = 20_000_000
/** One is computed while the next one's inputs are on their way. */
const COPIES_PER_WORKER = 2

interface Share {
  readonly launchedAt: Nanos
  left: number
  done: number
}

/** A completed share: mean time of a task, and how many tasks. */
interface Sample {
  readonly taskNs: Nanos
  readonly tasks: number
}

interface Course {
  /** By worker. */
  readonly shares: (Share | undefined)[]
  readonly samples: Sample[]
  /** By partition: who was given the task, and who its copy; worker + 1, 0 is nobody. */
  readonly firsts: Uint16Array
  readonly copies: Uint16Array
}

export interface Copy {
  readonly jobStage: JobStage
  readonly partition: PartitionId
  readonly worker: ProcessId
  /** Who is late with it. */
  readonly late: ProcessId
}

export interface CopyRules {
  /** Whether a second copy of a task does no harm. */
  mayCopy(jobStage: JobStage, partition: PartitionId): boolean
  /** Who has the partition's tables from an earlier copy. */
  nearest(partition: PartitionId): ProcessId | undefined
}

/** The first end of a task that two workers had. */
export interface Race {
  readonly loser: ProcessId
  readonly wonByCopy: boolean
}

export class Stragglers {
  /** When the next share becomes late, if nothing is reported before; Infinity when there is nobody to make a copy. */
  nextAt: Nanos = Number.POSITIVE_INFINITY
  /** Shares that the last `choose` has looked at. */
  visited = 0
  #factor: number
  /** Job stages with tasks that are not done, in order of their first launch. */
  #courses = new Map<JobStage, Course>()
  /** By stage, of its last batch. */
  #medians: (Nanos | undefined)[] = []
  /** Copies were in vain: by stage and partition. */
  #vain = new Spells()

  constructor(factor: number) {
    this.#factor = factor
  }

  launched(jobStage: JobStage, partition: PartitionId, worker: ProcessId, now: Nanos): void {
    let course = this.#courses.get(jobStage)
    if (course === undefined) {
      const { partitions } = jobStage.stage
      course = {
        shares: [],
        samples: [],
        firsts: new Uint16Array(partitions),
        copies: new Uint16Array(partitions),
      }
      this.#courses.set(jobStage, course)
    }
    course.firsts[partition] = worker + 1
    const share = course.shares[worker]
    if (share !== undefined && share.left > 0) share.left += 1
    else course.shares[worker] = { launchedAt: now, left: 1, done: 0 }
  }

  /** The first result of a task. Returns how it went if two workers had it. */
  done(
    jobStage: JobStage,
    partition: PartitionId,
    worker: ProcessId,
    now: Nanos,
  ): Race | undefined {
    const course = this.#courses.get(jobStage)
    if (course === undefined || course.firsts[partition] === 0) return undefined
    const first = course.firsts[partition]! - 1
    const copy = course.copies[partition]! - 1
    course.firsts[partition] = 0
    course.copies[partition] = 0
    const share = course.shares[first]!
    share.left -= 1
    if (worker === first) share.done += 1
    if (share.left === 0 && share.done > 0) {
      const { launchedAt, done } = share
      course.samples.push({ taskNs: (now - launchedAt) / done, tasks: done })
    }
    if (copy < 0) return undefined
    const wonByCopy = worker === copy
    if (!wonByCopy) this.#vain.begin(partitionKey(jobStage.stage.id, partition), jobStage.batch)
    return { loser: wonByCopy ? first : copy, wonByCopy }
  }

  /** All tasks of a job stage are done. */
  ended(jobStage: JobStage): void {
    const course = this.#courses.get(jobStage)
    if (course === undefined) return
    this.#courses.delete(jobStage)
    const { id } = jobStage.stage
    this.#medians[id] = medianOf(course.samples) ?? this.#medians[id]
  }

  /** Copies to be made now by workers that have nothing to do. Costs O(shares that are not done), and their tasks if they are late. */
  choose(now: Nanos, idle: readonly ProcessId[], rules: CopyRules): readonly Copy[] {
    this.nextAt = Number.POSITIVE_INFINITY
    this.visited = 0
    const copies: Copy[] = []
    const room = new Map(idle.map((worker) => [worker, COPIES_PER_WORKER]))
    if (room.size === 0) return copies
    for (const [jobStage, course] of this.#courses) {
      const median = this.#medianOf(jobStage, course)
      if (median === undefined) continue
      for (const [late, share] of course.shares.entries()) {
        if (share === undefined || share.left === 0) continue
        this.visited += 1
        const at = this.#lateAt(share, median)
        if (at > now) {
          this.nextAt = Math.min(this.nextAt, at)
          continue
        }
        for (let p = jobStage.stage.partitions - 1; p >= 0; p--) {
          if (course.firsts[p] !== late + 1 || course.copies[p] !== 0) continue
          if (this.#isVain(jobStage, p) || !rules.mayCopy(jobStage, p)) continue
          const worker = takeRoom(room, rules.nearest(p))
          if (worker === undefined) return copies
          course.copies[p] = worker + 1
          copies.push({ jobStage, partition: p, worker, late })
        }
      }
    }
    return copies
  }

  /** A new generation: all tasks are launched anew. How long they take is still so. */
  reset(): void {
    this.#courses.clear()
    this.nextAt = Number.POSITIVE_INFINITY
  }

  #lateAt({ launchedAt, done }: Share, median: Nanos): Nanos {
    const expected = (done + 1) * median
    const excess = Math.max((this.#factor - 1) * expected, EXCESS_MIN)
    return launchedAt + Math.ceil(expected + excess)
  }

  #medianOf({ stage }: JobStage, { samples }: Course): Nanos | undefined {
    const tasks = samples.reduce((sum, sample) => sum + sample.tasks, 0)
    return tasks * 2 >= stage.partitions ? medianOf(samples) : this.#medians[stage.id]
  }

  #isVain({ stage, batch }: JobStage, partition: PartitionId): boolean {
    return this.#vain.lasts(partitionKey(stage.id, partition), batch)
  }
}

/** The worker that is nearest, if it has room, else one with most room. */
function takeRoom(
  room: Map<ProcessId, number>,
  nearest: ProcessId | undefined,
): ProcessId | undefined {
  let chosen = nearest
  let most = nearest === undefined ? 0 : (room.get(nearest) ?? 0)
  if (most === 0) {
    for (const [worker, left] of room) {
      if (left <= most) continue
      chosen = worker
      most = left
    }
  }
  if (chosen === undefined || most === 0) return undefined
  room.set(chosen, most - 1)
  return chosen
}

function medianOf(samples: readonly Sample[]): Nanos | undefined {
  const sorted = samples.toSorted((a, b) => a.taskNs - b.taskNs)
  const half = samples.reduce((sum, { tasks }) => sum + tasks, 0) / 2
  let below = 0
  for (const { taskNs, tasks } of sorted) {
    below += tasks
    if (below >= half) return taskNs
  }
  return undefined
}
