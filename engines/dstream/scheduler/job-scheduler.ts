/**
 * The job scheduler: turns closed batches into tasks, and starts a task when its parents are done (D-Streams §4.1).
 *
 * There is one rule for both ordinary and lost work. A task is *wanted*; what it reads and nobody live has, is wanted too,
 * recursively, back to a durable checkpoint or the input. In an ordinary batch the recursion ends at once: the map tasks
 * of the same batch, the same partition's task of the batch before. After a failure it walks lineage (D-Streams §5.1), and
 * everything that does not depend on each other is made again in parallel, over partitions and over batches.
 *
 * No barrier between batches: batch T + 1's map tasks wait for nothing, so they run while T's reduce tasks do (timestep
 * pipelining), up to `batchesInFlightMax` batches. Costs O(tasks touched), charged as `dispatch`.
 */
import type { Nanos, PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { MAKE_ALL, MAKE_EMISSION, MAKE_PARTIAL, MAKE_STATE } from '../dstream/dstream.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, type RddId, type StageId } from '../rdd/rdd.ts'
import type { Checkpoints } from '../recovery/checkpoint.ts'
import type { BatchInfo } from './batch-info.ts'
import { BlockLifetimes, type BlockLifetimesParts } from './block-lifetimes.ts'
import type { BlockTracker } from './block-tracker.ts'
import type { EarlierTasks } from './earlier-tasks.ts'
import type { Homes } from './homes.ts'
import { type Job, openJob } from './job.ts'
import {
  type JobStage,
  JobStages,
  TASK_IDLE,
  TASK_LAUNCHED,
  TASK_READY,
  TASK_WAITING,
  type TaskRef,
  taskKey,
} from './job-stage.ts'
import type { QueryScheduler } from './query-scheduler.ts'
import { RecoveryProgress } from './recovery-progress.ts'
import type { FileEnded, ReportHeader, TaskDone } from './report.ts'
import { Speculation } from './speculation.ts'
import { type ReadyTask, TaskScheduler, type Told } from './task-scheduler.ts'

export interface JobSchedulerParts
  extends Pick<BlockLifetimesParts, 'shuffleBytesMax' | 'keptBytesMax'> {
  readonly lineage: Lineage
  readonly partitioner: Partitioner
  readonly tracker: BlockTracker
  readonly homes: Homes
  readonly checkpoints: Checkpoints
  readonly queries: QueryScheduler
  readonly earlier: EarlierTasks
  readonly workers: number
  /** Times the median of its job stage: a task that takes longer is copied. */
  readonly speculation: number | undefined
}

export class JobScheduler {
  #world: World
  #parts: JobSchedulerParts
  #tasks: TaskScheduler
  #lifetimes: BlockLifetimes
  #speculation: Speculation | undefined
  /** Batches in progress, ascending. */
  #jobs = new Map<BatchNumber, Job>()
  #jobStages = new JobStages()
  /** Wanted, with dependencies not yet looked up. */
  #worklist: TaskRef[] = []
  #recovery: RecoveryProgress
  #visited = 0
  /** The youngest batch with a job. */
  #submitted: BatchNumber = 0

  constructor(world: World, parts: JobSchedulerParts) {
    this.#world = world
    this.#parts = parts
    this.#recovery = new RecoveryProgress(world)
    const tasks = new TaskScheduler(world, {
      ...parts,
      launched: (task, worker) => this.#launched(task, worker),
    })
    const lifetimes = new BlockLifetimes(world, { ...parts, tasks })
    this.#tasks = tasks
    this.#lifetimes = lifetimes
    const { speculation: factor } = parts
    if (factor) this.#speculation = new Speculation(world, { ...parts, factor, tasks, lifetimes })
  }

  /** When a task may have become late, if nothing is reported before. */
  get nextAt(): Nanos {
    const next = this.#recovery.isOver ? this.#speculation?.nextAt : undefined
    return next ?? Number.POSITIVE_INFINITY
  }

  get batchesInFlight(): number {
    return this.#jobs.size
  }

  /** All batches up to it are completed. */
  get completed(): BatchNumber {
    const [oldest = this.#submitted + 1] = this.#jobs.keys()
    return oldest - 1
  }

  /** Starts the job of a closed batch. Batches are submitted in order. While all is suspended it is planned with the rest. */
  submit(info: BatchInfo): void {
    const { batch } = info
    this.#submitted = batch
    this.#parts.checkpoints.submitted(batch)
    const job = openJob(info, { ...this.#parts, jobStages: this.#jobStages })
    this.#jobs.set(batch, job)
    this.#world.history.append('job-submitted', { batch, tasks: job.owed })
    if (job.owed === 0) this.#jobEnded(job)
    else if (!this.#recovery.isSuspended) {
      for (const jobStage of job.stages) this.#wantOwed(jobStage)
      this.#plan()
    }
  }

  /** Goes on where a driver before this one was. */
  restore(completed: BatchNumber): void {
    this.#submitted = completed
    this.#lifetimes.restored()
  }

  /** They hear what becomes of the driver's records. */
  get lifetimes(): BlockLifetimes {
    return this.#lifetimes
  }

  /** A worker's attempt at a task has ended. Reports may repeat themselves. */
  taskDone(worker: ProcessId, done: TaskDone): void {
    const { lineage, tracker } = this.#parts
    const { batch, partition, mask } = done
    const stage = lineage.graph.stages[done.stage]!
    this.#visited += 1
    if (this.#speculation?.outlived(worker, done)) {
      this.#completed()
      return
    }
    // What was dropped in an older generation says nothing in this one.
    if (done.dropped) return
    const jobStage = this.#jobStages.find(stage.id, batch)
    const launched = jobStage?.state[partition] === TASK_LAUNCHED ? jobStage : undefined
    const isRead = launched && this.#speculation?.done(launched, partition, worker)
    lineage.shufflesMade(stage, batch, mask, (rdd) => tracker.put(rdd, batch, partition, worker))
    lineage.tablesMade(stage, batch, mask, (rdd, made) => tracker.put(rdd, made, partition, worker))
    if (!isRead) {
      lineage.dying(stage, batch, mask, (rdd, made) =>
        this.#lifetimes.readerDone(rdd, made, partition, batch),
      )
    }
    if (jobStage === undefined) return
    if (launched) this.#tasks.done(worker)
    if (jobStage.settle(partition, mask)) this.#jobAdvanced(batch)
    if (jobStage.state[partition] === TASK_LAUNCHED) this.#taskEnded(jobStage, partition)
  }

  fileEnded(file: FileEnded): void {
    this.#visited += 1
    this.#lifetimes.fileEnded(file)
  }

  /** A report of a worker begins. */
  reported(worker: ProcessId, report: ReportHeader): void {
    this.#tasks.acknowledge(worker, report.number)
    this.#lifetimes.retained(worker, report)
  }

  /** Looks again whether the open checkpoint can be written, where no other batch is to be completed. */
  settle(): void {
    if (this.#jobs.size === 0 && this.#recovery.isOver) this.#completed()
  }

  /** Drops all plans: the membership has changed and nothing that was launched will be reported. */
  suspend(): void {
    this.#recovery.suspend()
    this.#tasks.reset()
    this.#parts.queries.suspend()
    this.#lifetimes.suspend()
    this.#jobStages.reset((batch) => this.#jobs.has(batch))
    this.#worklist = []
    this.#speculation?.reset()
  }

  /** Plans all that is owed anew; what was lost and is needed for it is made again. Costs O(owed and lost tasks). */
  resume(): void {
    this.#recovery.begin()
    for (const job of this.#jobs.values()) {
      for (const jobStage of job.stages) this.#wantOwed(jobStage)
    }
    this.#wantTables()
    this.#plan()
    const { horizon } = this.#parts.checkpoints
    this.#recovery.planned({ batches: this.#jobs.size, horizon })
    this.#endRecovery()
  }

  /** Sends launch messages, of copies too unless something is made again, and accounts for the work of this step. */
  flush(now: Pick<Told, 'generation' | 'recorded'>): void {
    const { evicted } = this.#lifetimes
    const told = { ...now, evicted, checkpoints: this.#parts.checkpoints.durable }
    this.#tasks.flush(told)
    const copies = this.#recovery.isOver ? (this.#speculation?.step() ?? 0) : 0
    if (copies > 0) this.#tasks.flush(told)
    if (this.#visited > 0) this.#world.charge('dispatch', this.#visited)
    this.#visited = 0
  }

  /** Wants the tables that the next batch will read, and queries: recovery does not wait for them. */
  #wantTables(): void {
    const { lineage, tracker, checkpoints, queries } = this.#parts
    const wantTable = (stageId: StageId, rdd: RddId, made: BatchNumber): void => {
      const stage = lineage.graph.stages[stageId]!
      const wanted = lineage.graph.rdds[rdd]!.kind === 'state' ? MAKE_STATE : MAKE_PARTIAL
      for (let p = 0; p < stage.partitions; p++) {
        if (tracker.workerOf(rdd, made, p) >= 0) continue
        if (checkpoints.isDurable(blockKey(rdd, made, p))) continue
        this.#want(this.#jobStages.of(stage, made), p, wanted)
      }
    }
    lineage.neededAfter(this.#submitted, wantTable)
    queries.lastWhole(wantTable)
  }

  #wantOwed(jobStage: JobStage): void {
    for (let p = 0; p < jobStage.stage.partitions; p++) {
      if (jobStage.owed[p] === 1) this.#want(jobStage, p, MAKE_ALL)
    }
  }

  #want(jobStage: JobStage, partition: PartitionId, wanted: number): void {
    const mask = this.#parts.lineage.maskOf(jobStage.stage, wanted)
    const state = jobStage.state[partition]
    if (state === TASK_IDLE) {
      jobStage.state[partition] = TASK_WAITING
      jobStage.mask[partition] = mask
      jobStage.expanded[partition] = 0
      jobStage.pending += 1
      this.#worklist.push({ jobStage, partition })
      this.#recovery.wanted(taskKey(jobStage, partition))
      return
    }
    if ((mask & ~jobStage.mask[partition]!) === 0) return
    if (state === TASK_LAUNCHED || state === TASK_READY) {
      jobStage.again[partition] = jobStage.again[partition]! | mask
      return
    }
    jobStage.mask[partition] = jobStage.mask[partition]! | mask
    this.#worklist.push({ jobStage, partition })
  }

  /** Looks up dependencies until nothing more is wanted, then starts what waits for nothing. */
  #plan(): void {
    const planned: TaskRef[] = []
    for (let task = this.#worklist.pop(); task !== undefined; task = this.#worklist.pop()) {
      this.#expand(task)
      planned.push(task)
    }
    for (const { jobStage, partition } of planned) this.#startIfReady(jobStage, partition)
  }

  #expand(task: TaskRef): void {
    const { jobStage, partition } = task
    const { lineage, tracker, homes, checkpoints } = this.#parts
    const { stage, batch } = jobStage
    const mask = jobStage.mask[partition]!
    const before = jobStage.expanded[partition]!
    if (before === mask) return
    jobStage.expanded[partition] = mask
    this.#visited += 1
    const known: number[] = []
    if (before !== 0) {
      lineage.narrow(stage, batch, before, (rdd, made) =>
        known.push(blockKey(rdd, made, partition)),
      )
    }
    lineage.narrow(stage, batch, mask, (rdd, made) => {
      this.#visited += 1
      const key = blockKey(rdd, made, partition)
      if (known.includes(key) || checkpoints.isDurable(key)) return
      if (homes.canRead(partition, tracker.workerOf(rdd, made, partition))) return
      const definition = lineage.graph.rdds[rdd]!
      const maker = this.#jobStages.of(lineage.graph.stages[definition.stage]!, made)
      this.#want(maker, partition, definition.kind === 'state' ? MAKE_STATE : MAKE_PARTIAL)
      maker.dependents[partition] ??= []
      maker.dependents[partition]!.push(task)
      jobStage.waiting[partition] = jobStage.waiting[partition]! + 1
    })
    if (!jobStage.linked) this.#link(jobStage)
  }

  /** Finds the parent stages that lack blocks, once for all tasks of a stage. */
  #link(jobStage: JobStage): void {
    const { lineage, tracker } = this.#parts
    jobStage.linked = true
    for (const shuffle of jobStage.stage.shuffles) {
      const { rdd, parent, sources } = shuffle
      const made = shuffle.madeAt(jobStage.batch)
      if (made === 0) continue
      let maker: JobStage | undefined
      for (let source = 0; source < sources; source++) {
        if (tracker.workerOf(rdd, made, source) >= 0) continue
        maker ??= this.#jobStages.of(lineage.graph.stages[parent]!, made)
        this.#want(maker, source, MAKE_EMISSION)
      }
      this.#visited += sources
      if (maker === undefined || maker.children.includes(jobStage)) continue
      maker.children.push(jobStage)
      jobStage.parents += 1
    }
  }

  #startIfReady(jobStage: JobStage, partition: PartitionId): void {
    if (jobStage.state[partition] !== TASK_WAITING) return
    if (jobStage.parents > 0 || jobStage.waiting[partition]! > 0) return
    jobStage.state[partition] = TASK_READY
    const spread = this.#recovery.has(taskKey(jobStage, partition))
    this.#tasks.enqueue(jobStage, partition, spread)
  }

  #launched({ jobStage, partition, isCopy }: ReadyTask, worker: ProcessId): void {
    this.#visited += 1
    if (!isCopy) this.#speculation?.launched(jobStage, partition, worker)
    const info = this.#jobs.get(jobStage.batch)?.info
    if (info === undefined) return
    info.startedAt ??= this.#world.now()
    info.tasks += 1
  }

  #taskEnded(jobStage: JobStage, partition: PartitionId): void {
    const again = jobStage.again[partition]!
    if (again !== 0) {
      // More was wanted of it after it had been launched.
      jobStage.again[partition] = 0
      jobStage.state[partition] = TASK_IDLE
      jobStage.pending -= 1
      this.#want(jobStage, partition, again)
      this.#plan()
      return
    }
    jobStage.state[partition] = TASK_IDLE
    jobStage.pending -= 1
    const dependents = jobStage.dependents[partition]
    jobStage.dependents[partition] = undefined
    if (dependents) {
      for (const task of dependents) {
        this.#visited += 1
        const { waiting } = task.jobStage
        waiting[task.partition] = waiting[task.partition]! - 1
        this.#startIfReady(task.jobStage, task.partition)
      }
    }
    if (jobStage.pending === 0) this.#stageEnded(jobStage)
    if (this.#recovery.done(taskKey(jobStage, partition))) this.#endRecovery()
  }

  #stageEnded(jobStage: JobStage): void {
    this.#speculation?.ended(jobStage)
    const { children } = jobStage
    jobStage.children = []
    for (const child of children) {
      child.parents -= 1
      this.#visited += child.stage.partitions
      if (child.parents > 0) continue
      for (let p = 0; p < child.stage.partitions; p++) this.#startIfReady(child, p)
    }
    jobStage.tellRecomputed(this.#world.history)
    if (this.#jobs.has(jobStage.batch)) return
    this.#jobStages.remove(jobStage)
  }

  /** The job of a batch lacks one task less. */
  #jobAdvanced(batch: BatchNumber): void {
    const job = this.#jobs.get(batch)!
    job.owed -= 1
    if (job.owed === 0) this.#jobEnded(job)
  }

  #jobEnded(job: Job): void {
    const { info } = job
    info.completedAt = this.#world.now()
    this.#world.history.append('batch-completed', info.fields())
    this.#jobs.delete(info.batch)
    for (const jobStage of job.stages) {
      // Its last task is still being accounted for; a stage with tasks that are made again stays until they are done.
      if (jobStage.pending === 0) this.#jobStages.remove(jobStage)
    }
    this.#completed()
  }

  #completed(): void {
    const read = this.#speculation?.oldestRead ?? Number.POSITIVE_INFINITY
    this.#lifetimes.completedThrough(Math.min(this.completed, read - 1), !this.#recovery.isOver)
  }

  #endRecovery(): void {
    if (!this.#recovery.ends()) return
    this.#lifetimes.recovered()
    this.#completed()
  }
}
