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
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { MAKE_ALL, MAKE_EMISSION, MAKE_PARTIAL, MAKE_STATE } from '../dstream/dstream.ts'
import type { StageDefinition } from '../graph.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, type RddId, type StageId } from '../rdd/rdd.ts'
import type { Checkpoints } from '../recovery/checkpoint.ts'
import type { BatchInfo } from './batch-info.ts'
import { BlockLifetimes } from './block-lifetimes.ts'
import type { BlockTracker } from './block-tracker.ts'
import {
  JobStage,
  stageKey,
  TASK_IDLE,
  TASK_LAUNCHED,
  TASK_READY,
  TASK_WAITING,
  type TaskRef,
  taskKey,
} from './job-stage.ts'
import type { QueryScheduler } from './query-scheduler.ts'
import type { FileSaved, ReportHeader, TaskDone } from './report.ts'
import { TaskScheduler } from './task-scheduler.ts'

interface Job {
  readonly info: BatchInfo
  readonly stages: readonly JobStage[]
  /** Tasks of the batch that are not done. */
  owed: number
}

export interface JobSchedulerParts {
  readonly lineage: Lineage
  readonly partitioner: Partitioner
  readonly tracker: BlockTracker
  readonly checkpoints: Checkpoints
  readonly queries: QueryScheduler
  readonly workers: number
  readonly shuffleBytesMax: number
}

export class JobScheduler {
  #world: World
  #parts: JobSchedulerParts
  #tasks: TaskScheduler
  #lifetimes: BlockLifetimes
  /** Batches in progress, ascending. */
  #jobs = new Map<BatchNumber, Job>()
  #jobStages = new Map<number, JobStage>()
  /** Wanted, with dependencies not yet looked up. */
  #worklist: TaskRef[] = []
  /** True while lost work is planned. */
  #recovering = false
  /** Tasks wanted by the last recovery and not done; -1 when there is none. */
  #recovery = -1
  #recoveryTasks = new Set<number>()
  #visited = 0
  /** The youngest batch with a job. */
  #submitted: BatchNumber = 0

  constructor(world: World, parts: JobSchedulerParts) {
    this.#world = world
    this.#parts = parts
    const { partitioner, tracker, workers } = parts
    this.#tasks = new TaskScheduler(world, {
      partitioner,
      tracker,
      workers,
      rounds: parts.lineage.graph.rounds,
      launched: (jobStage) => this.#launched(jobStage),
    })
    this.#lifetimes = new BlockLifetimes({ ...parts, tasks: this.#tasks })
  }

  get batchesInFlight(): number {
    return this.#jobs.size
  }

  /** Starts the job of a closed batch. Batches are submitted in order. */
  submit(info: BatchInfo): void {
    const { batch } = info
    const { lineage } = this.#parts
    this.#submitted = batch
    this.#lifetimes.submitted(batch)
    const stages: JobStage[] = []
    let owed = 0
    for (const stage of lineage.graph.stages) {
      if (!lineage.isActive(stage.id, batch)) continue
      const jobStage = this.#jobStage(stage, batch)
      stages.push(jobStage)
      jobStage.owed.fill(1)
      owed += stage.partitions
    }
    this.#jobs.set(batch, { info, stages, owed })
    this.#world.history.append('job-submitted', { batch, tasks: owed })
    for (const jobStage of stages) this.#wantOwed(jobStage)
    this.#plan()
  }

  /** A worker has done a task. Reports may repeat themselves. */
  taskDone(worker: ProcessId, done: TaskDone): void {
    const { lineage, tracker } = this.#parts
    const { batch, partition, mask } = done
    const stage = lineage.graph.stages[done.stage]!
    this.#visited += 1
    lineage.shufflesMade(stage, batch, mask, (rdd) => tracker.put(rdd, batch, partition, worker))
    lineage.tablesMade(stage, batch, mask, (rdd, made) => tracker.put(rdd, made, partition, worker))
    lineage.dying(stage, batch, mask, (rdd, made) =>
      this.#lifetimes.readerDone(rdd, made, partition, batch),
    )
    const jobStage = this.#jobStages.get(stageKey(batch, stage.id))
    if (jobStage === undefined) return
    if (jobStage.state[partition] === TASK_LAUNCHED) this.#tasks.done(worker)
    this.#settleOwed(jobStage, partition, mask)
    if (jobStage.state[partition] === TASK_LAUNCHED) this.#taskEnded(jobStage, partition)
  }

  fileSaved(file: FileSaved): void {
    this.#visited += 1
    this.#lifetimes.saved(file)
  }

  /** A report of a worker begins. */
  reported(worker: ProcessId, report: ReportHeader): void {
    this.#tasks.acknowledge(worker, report.number)
    this.#lifetimes.retained(worker, report)
  }

  /** Looks again whether the open checkpoint can be written, where no other batch is to be completed. */
  settle(): void {
    if (this.#jobs.size === 0) this.#completed()
  }

  /** Drops all plans: the membership has changed and nothing that was launched will be reported. */
  suspend(): void {
    this.#tasks.reset()
    this.#parts.queries.suspend()
    this.#lifetimes.abandonCheckpoint()
    for (const [key, jobStage] of this.#jobStages) {
      jobStage.reset()
      if (!this.#jobs.has(jobStage.batch)) this.#jobStages.delete(key)
    }
    this.#worklist = []
    this.#recoveryTasks.clear()
  }

  /** Plans all that is owed anew; what was lost and is needed for it is made again. Costs O(owed and lost tasks). */
  resume(): void {
    this.#recovering = true
    for (const job of this.#jobs.values()) {
      for (const jobStage of job.stages) this.#wantOwed(jobStage)
    }
    this.#wantTables()
    this.#plan()
    this.#recovering = false
    this.#recovery = this.#recoveryTasks.size
    this.#world.history.append('recovery-planned', {
      tasks: this.#recovery,
      batches: this.#jobs.size,
      horizon: this.#parts.checkpoints.horizon,
    })
    this.#endRecovery()
  }

  /** Sends launch messages and accounts for the work of this step. */
  flush(generation: number): void {
    this.#tasks.flush(generation, this.#parts.checkpoints.durable)
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
        this.#want(this.#jobStage(stage, made), p, wanted)
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
      if (this.#recovering) this.#recoveryTasks.add(taskKey(jobStage, partition))
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
    const { lineage, tracker, partitioner, checkpoints } = this.#parts
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
    const owner = partitioner.ownerOf(partition)
    lineage.narrow(stage, batch, mask, (rdd, made) => {
      this.#visited += 1
      const key = blockKey(rdd, made, partition)
      if (known.includes(key) || checkpoints.isDurable(key)) return
      if (tracker.workerOf(rdd, made, partition) === owner) return
      const definition = lineage.graph.rdds[rdd]!
      const maker = this.#jobStage(lineage.graph.stages[definition.stage]!, made)
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
        maker ??= this.#jobStage(lineage.graph.stages[parent]!, made)
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
    const spread = this.#recoveryTasks.has(taskKey(jobStage, partition))
    this.#tasks.enqueue(jobStage, partition, spread)
  }

  #launched(jobStage: JobStage): void {
    this.#visited += 1
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
    if (this.#recoveryTasks.delete(taskKey(jobStage, partition))) this.#endRecovery()
  }

  #stageEnded(jobStage: JobStage): void {
    const { children } = jobStage
    jobStage.children = []
    for (const child of children) {
      child.parents -= 1
      this.#visited += child.stage.partitions
      if (child.parents > 0) continue
      for (let p = 0; p < child.stage.partitions; p++) this.#startIfReady(child, p)
    }
    if (jobStage.recomputed > 0) {
      this.#world.history.append('block-recomputed', {
        batch: jobStage.batch,
        stage: jobStage.stage.id,
        tasks: jobStage.recomputed,
      })
      jobStage.recomputed = 0
    }
    if (this.#jobs.has(jobStage.batch)) return
    this.#jobStages.delete(stageKey(jobStage.batch, jobStage.stage.id))
  }

  #settleOwed(jobStage: JobStage, partition: PartitionId, mask: number): void {
    if (jobStage.owed[partition] === 0 || (mask & MAKE_EMISSION) === 0) {
      if (jobStage.owed[partition] === 0) jobStage.recomputed += 1
      return
    }
    jobStage.owed[partition] = 0
    const job = this.#jobs.get(jobStage.batch)!
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
      if (jobStage.pending === 0) this.#jobStages.delete(stageKey(info.batch, jobStage.stage.id))
    }
    this.#completed()
  }

  #completed(): void {
    const [oldest = this.#submitted + 1] = this.#jobs.keys()
    this.#lifetimes.completedThrough(oldest - 1, this.#recoveryTasks.size > 0)
  }

  #jobStage(stage: StageDefinition, batch: BatchNumber): JobStage {
    const key = stageKey(batch, stage.id)
    let jobStage = this.#jobStages.get(key)
    if (jobStage === undefined) {
      jobStage = new JobStage(stage, batch)
      this.#jobStages.set(key, jobStage)
    }
    return jobStage
  }

  #endRecovery(): void {
    if (this.#recovery < 0 || this.#recoveryTasks.size > 0) return
    this.#world.history.append('recovery-completed', { tasks: this.#recovery })
    this.#recovery = -1
    this.#completed()
  }
}
