/**
 * The task scheduler: which worker runs a ready task, and the launch messages (D-Streams §4, locality).
 *
 * A partition's tasks run where the membership places it, next to its state. What recovery makes again and any worker can
 * run (reading the log) is spread over all of them: that is parallel recovery. A worker has at most `LAUNCHED_MAX` tasks;
 * the rest waits here, older batches first. One message per worker and step.
 */
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey } from '../rdd/rdd.ts'
import type { CheckpointId } from '../recovery/checkpoint-file.ts'
import type { Rounds } from '../rounds.ts'
import type { BlockTracker } from './block-tracker.ts'
import { type JobStage, TASK_LAUNCHED } from './job-stage.ts'
import { type Launch, type Move, type TaskGroup, writeLaunch } from './launch.ts'
import { PriorityQueue } from './priority-queue.ts'
import { LAUNCH_CHANNEL, WireWriter } from './wire.ts'

const LAUNCHED_MAX = 256
/** A message must fit into a link's ring with room to spare: a longer launch becomes several. */
const MESSAGE_BYTES = 16 * 1024
const KEY_BYTES = 8

interface ReadyTask {
  readonly jobStage: JobStage
  readonly partition: PartitionId
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

type PendingLaunch = Omit<Launch, 'acknowledged' | 'end' | 'recorded' | 'checkpoints'>

/** What the driver says to all workers alike. */
export interface Told {
  readonly generation: number
  readonly recorded: BatchNumber
  readonly checkpoints: readonly CheckpointId[]
}

export class TaskScheduler {
  #world: World
  #partitioner: Partitioner
  #tracker: BlockTracker
  #rounds: Rounds | undefined
  #queues: WorkerQueue[] = []
  #turn = 0
  #sequence = 0
  #writer = new WireWriter()
  /** Told of each task launched. */
  #launched: (jobStage: JobStage, partition: PartitionId) => void

  constructor(
    world: World,
    parts: {
      readonly partitioner: Partitioner
      readonly tracker: BlockTracker
      readonly workers: number
      readonly rounds: Rounds | undefined
      readonly launched: (jobStage: JobStage, partition: PartitionId) => void
    },
  ) {
    this.#world = world
    this.#partitioner = parts.partitioner
    this.#tracker = parts.tracker
    this.#rounds = parts.rounds
    this.#launched = parts.launched
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
    const { workers } = this.#partitioner
    const anywhere = spread && jobStage.stage.movable
    const worker = anywhere
      ? workers[this.#turn++ % workers.length]!
      : this.#partitioner.ownerOf(partition)
    const order = (jobStage.batch * 256 + jobStage.stage.id) * 65_536 + (this.#sequence++ % 65_536)
    this.#queues[worker]!.ready.push({ jobStage, partition, order })
  }

  done(worker: ProcessId): void {
    this.#queues[worker]!.launched -= 1
  }

  release(key: number, worker: ProcessId): void {
    this.#queues[worker]!.launch.releases.push(key)
  }

  save(checkpoint: BatchNumber, partition: PartitionId): void {
    const owner = this.#partitioner.ownerOf(partition)
    this.#queues[owner]!.launch.saves.push(blockKey(0, checkpoint, partition))
  }

  /** Sends what there is to say. Costs O(tasks launched). */
  flush(told: Told): void {
    const horizon = told.checkpoints.at(-1)?.batch ?? 0
    for (const worker of this.#partitioner.workers) {
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

  #send(worker: ProcessId, queue: WorkerQueue, told: Told): void {
    const { releases, saves, moves, groups } = queue.launch
    queue.launch = newLaunch()
    const { generation, recorded, checkpoints } = told
    const horizon = checkpoints.at(-1)?.batch ?? 0
    const isKnown = queue.horizon === horizon
    queue.horizon = horizon
    const keysMax = MESSAGE_BYTES / KEY_BYTES
    // Tasks go with the last part: what they need to know has arrived before them.
    for (let at = 0; ; at += keysMax) {
      const last = at + keysMax >= Math.max(releases.length, saves.length)
      writeLaunch(this.#writer, {
        acknowledged: queue.acknowledged,
        end: this.#rounds?.end,
        recorded,
        checkpoints: isKnown || at > 0 ? [] : checkpoints,
        releases: releases.slice(at, at + keysMax),
        saves: saves.slice(at, at + keysMax),
        moves: last ? moves : [],
        groups: last ? groups : [],
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
      if (last) return
    }
  }

  #addTask(worker: ProcessId, launch: PendingLaunch, { jobStage, partition }: ReadyTask): void {
    jobStage.state[partition] = TASK_LAUNCHED
    this.#world.count('launchedTasks', 1)
    this.#launched(jobStage, partition)
    jobStage.moves ??= this.#movesOf(jobStage)
    if (jobStage.moves.length > 0 && !jobStage.movesSentTo.has(worker)) {
      jobStage.movesSentTo.add(worker)
      for (const move of jobStage.moves) launch.moves.push(move)
    }
    const mask = jobStage.mask[partition]!
    const last = launch.groups[launch.groups.length - 1]
    if (isGroup(last, jobStage, mask)) last.partitions.push(partition)
    else {
      const { batch, stage } = jobStage
      launch.groups.push({ stage: stage.id, batch, mask, partitions: [partition] })
    }
  }

  #movesOf(jobStage: JobStage): readonly Move[] {
    const { stage, batch } = jobStage
    const moves: Move[] = []
    for (const shuffle of stage.shuffles) {
      const { rdd, sources } = shuffle
      const made = shuffle.madeAt(batch)
      if (made === 0) continue
      for (let partition = 0; partition < sources; partition++) {
        const worker = this.#tracker.workerOf(rdd, made, partition)
        if (worker !== this.#partitioner.ownerOf(partition)) {
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
  return moves.length * 12 + groups.length * 16
}

function isGroup(
  group: TaskGroup | undefined,
  jobStage: JobStage,
  mask: number,
): group is TaskGroup {
  return (
    group !== undefined &&
    group.stage === jobStage.stage.id &&
    group.batch === jobStage.batch &&
    group.mask === mask
  )
}

function newLaunch(): PendingLaunch {
  return { releases: [], saves: [], moves: [], groups: [] }
}
