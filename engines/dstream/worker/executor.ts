/**
 * The executor: runs a worker's tasks one after the other, each in slices, so that a step stays short and messages are
 * answered between slices. It starts nothing by itself: a task is here because the driver launched it.
 *
 * While the region is short of room, a task that reads input waits for what will free some of it on this worker: blocks that go to
 * disk, a checkpoint that lets blocks go, tasks of earlier batches (DESIGN §5: back-pressure). None of them waits for the task, since none
 * depends on a later one. Where nothing is on its way, blocks are sent to disk, though the store has room for them by its limit; where there
 * are none to be sent it runs.
 *
 * What a task makes becomes visible at its end: blocks first, then commits, each when its file is durable where the output is
 * saved, then the report.
 */
import type { OutputEffects } from '../../core/output/output-effects.ts'
import type { Nanos } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import { PriorityQueue } from '../scheduler/priority-queue.ts'
import type { TaskDone } from '../scheduler/report.ts'
import { type PendingCommit, readsInput, type WorkerTask } from './task.ts'
import { TaskRun, type TaskRunParts } from './task-run.ts'

const SLICE: Nanos = 500_000
/** A region of which more is in use is short of room, whatever its pieces. */
const SHORT_SHARE = 3 / 4

export interface ExecutorParts extends TaskRunParts {
  /** The generation that the worker has adopted: its commits carry it, never a newer one that it has not seen. */
  readonly generation: () => number
  readonly effects: OutputEffects
  /** Whether something is on its way here that frees memory and that no task of this batch or a later one holds up. */
  readonly frees: (batch: BatchNumber) => boolean
  /** The task's blocks are stored and its commits visible. */
  readonly done: (task: WorkerTask) => void
}

export class Executor {
  #world: World
  #parts: ExecutorParts
  #run: TaskRun
  /** The last task that waited for room. */
  #held: WorkerTask | undefined
  #runnable = new PriorityQueue<WorkerTask>()
  /** Tasks that are not done: a file is not durable yet, or the ledger had no room. */
  #committing: WorkerTask[] = []
  #ledgerFull = false

  constructor(world: World, parts: ExecutorParts) {
    this.#world = world
    this.#parts = parts
    this.#run = new TaskRun(world, parts)
  }

  /** A task whose inputs are all here. */
  submit(task: WorkerTask): void {
    this.#runnable.push(task)
  }

  get idle(): boolean {
    return this.#run.task === undefined && this.#runnable.size === 0
  }

  /** Whether the next task is one more of the same job stage: what waits for the stage waits for it too. */
  continues({ stage, batch }: Pick<TaskDone, 'stage' | 'batch'>): boolean {
    const next = this.#run.task ?? this.#runnable.first
    return next !== undefined && next.stage.id === stage && next.batch === batch
  }

  /** Whether commits are to be tried again soon. Of files, the end of their writing says when. */
  get ledgerFull(): boolean {
    return this.#ledgerFull
  }

  /** Works until the deadline; returns whether there is more to do now. */
  step(deadline: Nanos): boolean {
    if (this.#committing.length > 0) this.#retryCommits()
    for (let now = this.#world.now(); now < deadline; now = this.#world.now()) {
      if (this.#run.task === undefined) {
        const next = this.#runnable.first
        if (next === undefined || this.#isHeld(next)) return false
        this.#runnable.pop()
        this.#run.begin(next)
      }
      if (this.#run.step(Math.min(now + SLICE, deadline))) this.#finish(this.#run.task!)
    }
    return !this.idle
  }

  /** Drops a task that runs or is to run, and returns it; one that has only to become visible goes on. */
  drop(isWanted: (task: WorkerTask) => boolean): WorkerTask | undefined {
    const running = this.#run.task
    if (running !== undefined && isWanted(running)) {
      this.abandon(running)
      this.#run.cancel()
      return running
    }
    let dropped: WorkerTask | undefined
    for (const task of this.#runnable.drain()) {
      if (isWanted(task)) dropped = task
      else this.#runnable.push(task)
    }
    if (dropped !== undefined) this.abandon(dropped)
    return dropped
  }

  /** Drops every task: a new generation begins. */
  cancel(): void {
    for (const task of this.#runnable.drain()) this.abandon(task)
    this.#committing = []
    this.#ledgerFull = false
    this.#parts.effects.forget()
    if (this.#run.task === undefined) return
    this.abandon(this.#run.task)
    this.#run.cancel()
  }

  /** Gives back what was gathered for a task: pins and fetched rows. */
  abandon(task: WorkerTask): void {
    for (const key of task.pinned) this.#parts.store.unpin(key)
    task.pinned.length = 0
    for (const sources of task.fetched) {
      for (const pieces of sources) {
        if (pieces === undefined) continue
        for (const { pointer, length } of pieces) this.#world.region.free(pointer, length)
      }
      sources.length = 0
    }
  }

  /** Whether a task waits for room. All that it waits for ends in a message or a request, which wakes the worker. */
  #isHeld(task: WorkerTask): boolean {
    if (!readsInput(task) || !this.#isShort()) return false
    const { store, frees } = this.#parts
    if (!frees(task.batch)) {
      store.relieve(this.#world.region.largest)
      if (!store.isSpilling) return false
    }
    if (this.#held !== task) this.#world.count('heldTasks', 1)
    this.#held = task
    return true
  }

  /** Where blocks of many sizes come and go, much of a region may be free and no piece as large as what may be asked for next. */
  #isShort(): boolean {
    const { region } = this.#world
    return region.used > region.size * SHORT_SHARE || !region.has(region.largest)
  }

  #finish(task: WorkerTask): void {
    const { effects, generation } = this.#parts
    task.commits = this.#run.finish(generation()).map((pending): PendingCommit => {
      return { ...pending, effect: effects.begin(pending.commit, pending.rows) }
    })
    this.abandon(task)
    this.#publish(task)
  }

  #publish(task: WorkerTask): void {
    if (this.#commit(task)) this.#parts.done(task)
    else if (task.commits.length > 0) this.#committing.push(task)
  }

  /** Publishes what a task has to publish; false while that has to wait, or for good when the generation is over. */
  #commit(task: WorkerTask): boolean {
    const { keepRows } = this.#parts.setup.config
    for (let index = 0; index < task.commits.length; index++) {
      const { commit, rows, effect } = task.commits[index]!
      const outcome = effect.done ? this.#world.ledger.commit(commit) : 'saving'
      if (outcome === 'full') this.#ledgerFull = true
      if (outcome === 'full' || outcome === 'saving') {
        task.commits = task.commits.slice(index)
        return false
      }
      if (outcome === 'stale') {
        // The new generation is about to be adopted; the driver will ask for the task again.
        task.commits = []
        return false
      }
      this.#world.count('commits', 1)
      const { generation, output, partition, tick } = commit
      if (keepRows) this.#world.keepRows({ generation, output, partition, tick, rows })
    }
    task.commits = []
    return true
  }

  #retryCommits(): void {
    const tasks = this.#committing
    this.#committing = []
    this.#ledgerFull = false
    for (const task of tasks) this.#publish(task)
  }
}
