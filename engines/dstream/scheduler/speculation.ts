/**
 * Speculation: a second copy of a task that is late runs on an idle worker, and the first result counts (D-Streams §5.2).
 *
 *   launched ──late──▶ copied ──first result──▶ done: the other attempt is told to stop ──▶ its end is reported: outlived no more
 *
 * Who is late is said in `stragglers.ts`. Both attempts make the same rows and commit equal digests, as tasks are deterministic
 * and blocks immutable; a task that calls a user's function is never copied, and a file that is saved twice is the same file
 * (`core/output/output-effects.ts`).
 *
 * An attempt that is outlived may still read: so until its end is reported, the tables whose last reader it is stay, and the
 * checkpoint that would let its batch's rows go does not begin. If it has made blocks all the same, they go: nobody was ever sent to them.
 *
 * A copy needs what the task reads. Rows are fetched from where they lie, as always. Its tables are fetched too, from the worker that has
 * them: usually the slow one. To give a table away costs that worker less than the task does where many rows come to a batch;
 * with a state so large that its clone is most of the task, it does not, and such a copy loses.
 *
 * No copy begins while a recovery goes on (`job-scheduler.ts`): its tasks are not alike, as each makes what is missing of it, so their
 * median says nothing; and who is idle is about to be given what waits for them. Who is slow then is late again in the next batch.
 */
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Lineage } from '../rdd/lineage.ts'
import { type BatchNumber, blockKey, type StageId } from '../rdd/rdd.ts'
import type { BlockLifetimes } from './block-lifetimes.ts'
import type { Homes } from './homes.ts'
import { type JobStage, taskKey } from './job-stage.ts'
import type { TaskDone } from './report.ts'
import { type CopyRules, Stragglers } from './stragglers.ts'
import type { TaskScheduler } from './task-scheduler.ts'

export interface SpeculationParts {
  /** Of the median. */
  readonly factor: number
  readonly lineage: Lineage
  readonly tasks: TaskScheduler
  readonly homes: Homes
  readonly lifetimes: BlockLifetimes
}

/** An attempt at a task that another one has done first. */
interface Outlived {
  readonly worker: ProcessId
  readonly batch: BatchNumber
}

export class Speculation {
  #world: World
  #parts: SpeculationParts
  #stragglers: Stragglers
  #rules: CopyRules
  /** By task: there is one at most. */
  #outlived = new Map<number, Outlived>()
  /** Stages that have tables. */
  #tabled: ReadonlySet<StageId>

  constructor(world: World, parts: SpeculationParts) {
    this.#world = world
    this.#parts = parts
    this.#stragglers = new Stragglers(parts.factor)
    this.#rules = {
      mayCopy: (jobStage, partition) => this.#mayCopy(jobStage, partition),
      nearest: (partition) => parts.homes.lastStay(partition),
    }
    const tables = parts.lineage.graph.rdds.filter(({ kind }) => kind !== 'shuffle')
    this.#tabled = new Set(tables.map(({ stage }) => stage))
  }

  /** When there may be a copy to make, if nothing is reported before. */
  get nextAt(): number {
    return this.#stragglers.nextAt
  }

  /** Batches before this one are read by no attempt that is outlived. */
  get oldestRead(): BatchNumber {
    let oldest = Number.POSITIVE_INFINITY
    for (const { batch } of this.#outlived.values()) oldest = Math.min(oldest, batch)
    return oldest
  }

  launched(jobStage: JobStage, partition: PartitionId, worker: ProcessId): void {
    this.#stragglers.launched(jobStage, partition, worker, this.#world.now())
  }

  /** The first result of a task. Returns whether another attempt at it still runs: what that reads must stay. */
  done(jobStage: JobStage, partition: PartitionId, worker: ProcessId): boolean {
    const race = this.#stragglers.done(jobStage, partition, worker, this.#world.now())
    if (race === undefined) return false
    const { tasks, homes } = this.#parts
    const { batch, stage } = jobStage
    const { loser, wonByCopy } = race
    tasks.cancel(loser, jobStage, partition)
    this.#outlived.set(taskKey(jobStage, partition), { worker: loser, batch })
    if (!wonByCopy) return true
    this.#world.count('speculationsWon', 1)
    this.#world.history.append('speculation-won', {
      batch,
      stage: stage.id,
      partition,
      worker,
      late: loser,
    })
    // Where there are tables, the partition follows them.
    const follows = this.#tabled.has(stage.id) || this.#tabled.size === 0
    if (follows) homes.move(partition, { batch, from: loser, to: worker })
    return true
  }

  /** Takes the end of an attempt whose task another had done first; returns whether it was one. */
  outlived(worker: ProcessId, { batch, stage: id, partition, mask, dropped }: TaskDone): boolean {
    const { lineage, tasks, lifetimes } = this.#parts
    const stage = lineage.graph.stages[id]!
    const key = taskKey({ batch, stage }, partition)
    if (this.#outlived.get(key)?.worker !== worker) return false
    this.#outlived.delete(key)
    tasks.done(worker)
    if (!dropped) {
      lineage.shufflesMade(stage, batch, mask, (rdd) =>
        tasks.release(blockKey(rdd, batch, partition), worker),
      )
      lineage.tablesMade(stage, batch, mask, (rdd, made) =>
        tasks.release(blockKey(rdd, made, partition), worker),
      )
    }
    lineage.dying(stage, batch, mask, (rdd, made) =>
      lifetimes.readerDone(rdd, made, partition, batch),
    )
    return true
  }

  /** Has copies made of what is late. Returns how many, to be launched with the next flush. */
  step(): number {
    const { tasks, homes } = this.#parts
    const copies = this.#stragglers.choose(this.#world.now(), tasks.idle(), this.#rules)
    for (const { jobStage, partition, worker, late } of copies) {
      const { batch, stage } = jobStage
      if (this.#tabled.has(stage.id)) homes.scatter(partition)
      tasks.copy(jobStage, partition, worker)
      this.#world.count('speculatedTasks', 1)
      this.#world.history.append('task-speculated', {
        batch,
        stage: stage.id,
        partition,
        worker,
        late,
      })
    }
    this.#world.charge('dispatch', this.#stragglers.visited)
    return copies.length
  }

  /** All tasks of a job stage are done. */
  ended(jobStage: JobStage): void {
    this.#stragglers.ended(jobStage)
  }

  /** A new generation: no attempt of an older one will be reported. */
  reset(): void {
    this.#stragglers.reset()
    this.#outlived.clear()
    this.#parts.homes.reset()
  }

  /** What recovery makes again is not copied: a batch that is over stays over for checkpoints. */
  #mayCopy({ batch, stage, owed }: JobStage, partition: PartitionId): boolean {
    if (owed[partition] === 0 || stage.atOwner) return false
    if (stage.outputs.some(({ calls, commitsAt }) => calls && commitsAt(batch))) return false
    return !this.#outlived.has(taskKey({ batch, stage }, partition))
  }
}
