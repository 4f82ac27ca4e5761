/**
 * The task scheduler: which worker runs a ready task, and the launch messages (D-Streams §4, locality).
 *
 * A partition's tasks run at its home (`homes.ts`), next to its state: where the membership places it. What recovery makes again
 * and any worker can run (reading the log) is spread over all of them: that is parallel recovery. A worker has at most
 * `LAUNCHED_MAX` tasks; the rest waits here, older batches first. One message per worker and step.
 */
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, taskOrder } from '../rdd/rdd.ts'
import { tablesSince } from '../recovery/checkpoint.ts'
import { type CheckpointId, horizonOf } from '../recovery/checkpoint-file.ts'
import type { BlockTracker } from './block-tracker.ts'
import type { Homes } from './homes.ts'
import { type JobStage, TASK_LAUNCHED } from './job-stage.ts'
import { DROP, type Launch, type Move, type TaskGroup, writeLaunch } from './launch.ts'
import { PriorityQueue } from './priority-queue.ts'
import { LAUNCH_CHANNEL, WireWriter } from './wire.ts'

const LAUNCHED_MAX = 256
/** A message must fit into a link's ring with room to spare: a longer launch becomes several. */
const MESSAGE_BYTES = 16 * 1024
const KEY_BYTES = 8
const MOVE_BYTES = 12

export interface ReadyTask {
  readonly jobStage: JobStage
  readonly partition: PartitionId
  /** The task runs elsewhere, and is late. */
  readonly isCopy: boolean
  readonly order: number
}

interface WorkerQueue {
  readonly ready: PriorityQueue<ReadyTask>
  launched: number
  /** Number of its last report. */
  acknowledged: number
  /** As last told: behind it a worker gives room back. */
  horizon: number
  launch: PendingLaunch
}

type PendingLaunch = Omit<Launch, 'acknowledged' | 'end' | keyof Told>

/** What the driver says to all workers alike. */
export interface Told {
  readonly generation: number
  /** Completed batches that a record has. */
  readonly recorded: BatchNumber
  /** Shuffle blocks of batches up to it may go. */
  readonly evicted: BatchNumber
  readonly checkpoints: readonly CheckpointId[]
}

export interface TaskSchedulerParts {
  readonly lineage: Lineage
  readonly partitioner: Partitioner
  readonly homes: Homes
  readonly tracker: BlockTracker
  readonly workers: number
  /** Told of each task launched. */
  readonly launched: (task: ReadyTask, worker: ProcessId) => void
}

export class TaskScheduler {
  #world: World
  #parts: TaskSchedulerParts
  #queues: WorkerQueue[] = []
  #turn = 0
  #sequence = 0
  #writer = new WireWriter()

  constructor(world: World, parts: TaskSchedulerParts) {
    this.#world = world
    this.#parts = parts
    for (let worker = 0; worker < parts.workers; worker++) {
      this.#queues.push({
        ready: new PriorityQueue(),
        launched: 0,
        acknowledged: 0,
        horizon: 0,
        launch: newLaunch(),
      })
    }
  }

  /** Forgets all tasks: they will be planned anew. */
  reset(): void {
    for (const queue of this.#queues) {
      queue.ready.drain()
      queue.launched = 0
      queue.horizon = 0
      queue.launch = newLaunch()
    }
  }

  acknowledge(worker: ProcessId, report: number): void {
    this.#queues[worker]!.acknowledged = report
  }

  /** A task whose parents are done. `spread` says that it is made again and may run anywhere. */
  enqueue(jobStage: JobStage, partition: PartitionId, spread: boolean): void {
    this.#push(this.#workerFor(jobStage, partition, spread), jobStage, partition)
  }

  /** A second copy of a task that was launched, for a worker that has nothing to do. */
  copy(jobStage: JobStage, partition: PartitionId, worker: ProcessId): void {
    this.#push(worker, jobStage, partition, true)
  }

  /** Tells a worker to drop a task that another has done. It will report the end in any case. */
  cancel(worker: ProcessId, jobStage: JobStage, partition: PartitionId): void {
    addToGroup(this.#queues[worker]!.launch, jobStage, DROP, partition)
  }

  /** A task of a worker has ended. */
  done(worker: ProcessId): void {
    this.#queues[worker]!.launched -= 1
  }

  /** Live workers that have nothing to do. Costs O(workers). */
  idle(): readonly ProcessId[] {
    return this.#parts.partitioner.workers.filter((worker) => {
      const { launched, ready } = this.#queues[worker]!
      return launched === 0 && ready.size === 0
    })
  }

  release(key: number, worker: ProcessId): void {
    this.#queues[worker]!.launch.releases.push(key)
  }

  /** Has a partition written to a checkpoint's file, with its tables since the checkpoint before, which was at `horizon`. */
  save(checkpoint: BatchNumber, partition: PartitionId, horizon: BatchNumber): void {
    const { homes, lineage } = this.#parts
    const worker = homes.homeOf(partition, checkpoint)
    const { launch } = this.#queues[worker]!
    launch.saves.push(blockKey(0, checkpoint, partition))
    if (!homes.isScattered(partition)) return
    tablesSince(lineage, horizon, { batch: checkpoint, partition }, (rdd, made) =>
      this.#locate(worker, launch, { rdd, batch: made, partition }),
    )
  }

  /** Sends what there is to say. Costs O(tasks launched). */
  flush(told: Told): void {
    const horizon = horizonOf(told.checkpoints)
    for (const worker of this.#parts.partitioner.workers) {
      const queue = this.#queues[worker]!
      while (queue.launched < LAUNCHED_MAX) {
        const task = queue.ready.pop()
        if (task === undefined) break
        queue.launched += 1
        if (bytesOf(queue.launch) > MESSAGE_BYTES) this.#send(worker, queue, told)
        this.#addTask(worker, queue.launch, task)
      }
      // Releases alone can wait for the next tasks. A new horizon cannot: there may be no tasks before it has made room.
      const { groups, saves } = queue.launch
      if (groups.length > 0 || saves.length > 0 || queue.horizon < horizon) {
        this.#send(worker, queue, told)
      }
    }
  }

  #workerFor(jobStage: JobStage, partition: PartitionId, spread: boolean): ProcessId {
    const { partitioner, homes } = this.#parts
    const { stage, batch } = jobStage
    const { workers } = partitioner
    if (spread && stage.movable) return workers[this.#turn++ % workers.length]!
    return stage.atOwner ? partitioner.ownerOf(partition) : homes.homeOf(partition, batch)
  }

  #push(worker: ProcessId, jobStage: JobStage, partition: PartitionId, isCopy = false): void {
    const order = taskOrder(jobStage.batch, jobStage.stage.id, this.#sequence++)
    this.#queues[worker]!.ready.push({ jobStage, partition, isCopy, order })
  }

  #send(worker: ProcessId, queue: WorkerQueue, told: Told): void {
    const { releases, saves, moves, groups } = queue.launch
    queue.launch = newLaunch()
    const horizon = horizonOf(told.checkpoints)
    const isKnown = queue.horizon === horizon
    queue.horizon = horizon
    const keysMax = MESSAGE_BYTES / KEY_BYTES
    // Where blocks lie is said before they are needed, and tasks go with the last part: what they need to know has arrived then.
    const movesMax = Math.floor(MESSAGE_BYTES / MOVE_BYTES)
    let first = 0
    for (; moves.length - first > movesMax; first += movesMax) {
      const some = moves.slice(first, first + movesMax)
      this.#write(worker, queue, { ...newLaunch(), moves: some }, told, first > 0 || isKnown)
    }
    for (let at = 0; ; at += keysMax) {
      const last = at + keysMax >= Math.max(releases.length, saves.length)
      const part = {
        releases: releases.slice(at, at + keysMax),
        saves: saves.slice(at, at + keysMax),
        moves: at === 0 ? moves.slice(first) : [],
        groups: last ? groups : [],
      }
      this.#write(worker, queue, part, told, first > 0 || at > 0 || isKnown)
      if (last) return
    }
  }

  #write(
    worker: ProcessId,
    { acknowledged }: WorkerQueue,
    part: PendingLaunch,
    { generation, recorded, evicted, checkpoints }: Told,
    isKnown: boolean,
  ): void {
    const end = this.#parts.lineage.graph.rounds?.end
    writeLaunch(this.#writer, {
      ...part,
      acknowledged,
      end,
      recorded,
      evicted,
      checkpoints: isKnown ? [] : checkpoints,
    })
    this.#world.count('launchMessages', 1)
    this.#world.count('launchBytes', this.#writer.length)
    this.#world.transport.send({
      to: worker,
      class: 'control',
      channel: LAUNCH_CHANNEL,
      generation,
      payload: this.#writer.view(),
    })
  }

  #addTask(worker: ProcessId, launch: PendingLaunch, task: ReadyTask): void {
    const { jobStage, partition } = task
    const { stage, batch } = jobStage
    jobStage.state[partition] = TASK_LAUNCHED
    this.#world.count('launchedTasks', 1)
    this.#parts.launched(task, worker)
    jobStage.moves ??= this.#movesOf(jobStage)
    if (jobStage.moves.length > 0 && !jobStage.movesSentTo.has(worker)) {
      jobStage.movesSentTo.add(worker)
      for (const move of jobStage.moves) launch.moves.push(move)
    }
    const mask = jobStage.mask[partition]!
    if (this.#parts.homes.isScattered(partition)) {
      this.#parts.lineage.narrow(stage, batch, mask, (rdd, made) =>
        this.#locate(worker, launch, { rdd, batch: made, partition }),
      )
    }
    addToGroup(launch, jobStage, mask, partition)
  }

  /** Says where a table lies that a worker will need, if it is not with it. */
  #locate(worker: ProcessId, launch: PendingLaunch, table: Omit<Move, 'worker'>): void {
    const holder = this.#parts.tracker.workerOf(table.rdd, table.batch, table.partition)
    if (holder >= 0 && holder !== worker) launch.moves.push({ ...table, worker: holder })
  }

  #movesOf(jobStage: JobStage): readonly Move[] {
    const { tracker, partitioner } = this.#parts
    const { stage, batch } = jobStage
    const moves: Move[] = []
    for (const shuffle of stage.shuffles) {
      const { rdd, sources } = shuffle
      const made = shuffle.madeAt(batch)
      if (made === 0) continue
      for (let partition = 0; partition < sources; partition++) {
        const worker = tracker.workerOf(rdd, made, partition)
        if (worker !== partitioner.ownerOf(partition)) {
          moves.push({ rdd, batch: made, partition, worker })
        }
      }
      this.#world.charge('dispatch', sources)
    }
    return moves
  }
}

/** About how long the part of a launch message is that says what to run. */
function bytesOf({ moves, groups }: PendingLaunch): number {
  return moves.length * MOVE_BYTES + groups.length * 16
}

function addToGroup(
  { groups }: PendingLaunch,
  { stage, batch }: JobStage,
  mask: number,
  partition: PartitionId,
): void {
  const last = groups.at(-1)
  if (isGroup(last, { stage: stage.id, batch, mask })) last.partitions.push(partition)
  else groups.push({ stage: stage.id, batch, mask, partitions: [partition] })
}

function isGroup(
  group: TaskGroup | undefined,
  { stage, batch, mask }: Omit<TaskGroup, 'partitions'>,
): group is TaskGroup {
  return (
    group !== undefined && group.stage === stage && group.batch === batch && group.mask === mask
  )
}

function newLaunch(): PendingLaunch {
  return { releases: [], saves: [], moves: [], groups: [] }
}
