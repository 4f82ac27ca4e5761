/**
 * Tasks whose inputs are being gathered: own blocks are pinned where they lie, rows and tables of other workers fetched, spilled
 * blocks and checkpoints read back. A task leaves when all of it is here.
 *
 * Where blocks lie that are not with their partition's owner, launches say (*moves*); a table that is not here and has no move is
 * in a checkpoint.
 *
 * A task that is dropped stays until all that was asked for it has come: while a question is on its way, the driver must not let
 * go what it asks for.
 */
import type { InputLog } from '../../core/input/input-log.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import { type DStreamGraph, type StageDefinition, spanOf } from '../graph.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import type { Lineage } from '../rdd/lineage.ts'
import type { Partitioner } from '../rdd/partitioner.ts'
import { type BatchNumber, blockKey, type RddId, type StageId } from '../rdd/rdd.ts'
import type { Move } from '../scheduler/launch.ts'
import type { ShuffleClient } from './shuffle-client.ts'
import { readsInput, WorkerTask } from './task.ts'

export interface GatheringParts {
  readonly graph: DStreamGraph
  readonly lineage: Lineage
  readonly input: InputLog
  readonly partitioner: Partitioner
  readonly store: BlockStore
  readonly client: ShuffleClient
  /** All inputs of a task are here, or it was dropped. */
  readonly gathered: (task: WorkerTask) => void
  /** Gives back what has been gathered for a task. */
  readonly abandon: (task: WorkerTask) => void
}

type Pin = (rdd: RddId, batch: BatchNumber, source: PartitionId) => void

export class Gathering {
  #world: World
  #parts: GatheringParts
  #tasks = new Set<WorkerTask>()
  /** Those of them that read a part of the input which is not here yet. */
  #early: { readonly task: WorkerTask; readonly arrived: () => void }[] = []
  /** By block: the worker that has it. */
  #moves = new Map<number, ProcessId>()
  #sequence = 0

  constructor(world: World, parts: GatheringParts) {
    this.#world = world
    this.#parts = parts
  }

  moved({ rdd, batch, partition, worker }: Move): void {
    this.#moves.set(blockKey(rdd, batch, partition), worker)
  }

  launch(stageId: StageId, batch: BatchNumber, partition: PartitionId, mask: number): void {
    const { graph, lineage, store } = this.#parts
    const stage = graph.stages[stageId]!
    const task = new WorkerTask(stage, { batch, partition, mask, sequence: this.#sequence++ })
    this.#world.count('tasks', 1)
    this.#tasks.add(task)
    // Counts as one thing to wait for until all has been asked for.
    task.waiting = 1
    const arrived = (): void => {
      if (!this.#tasks.has(task)) return
      task.waiting -= 1
      if (task.waiting === 0) this.complete(task)
    }
    const pin: Pin = (rdd, made, source) => {
      const key = blockKey(rdd, made, source)
      task.pinned.push(key)
      if (!store.pin(key, arrived)) task.waiting += 1
    }
    lineage.narrow(stage, batch, mask, (rdd, made) => pin(rdd, made, partition))
    this.#gatherShuffles(task, stage, pin)
    if (!this.#hasInput(task)) {
      task.waiting += 1
      this.#early.push({ task, arrived })
    }
    arrived()
  }

  /** A task waits for nothing more. */
  complete(task: WorkerTask): void {
    if (this.#tasks.delete(task)) this.#parts.gathered(task)
  }

  /** Whether a task of an earlier batch is here. */
  hasBefore(batch: BatchNumber): boolean {
    for (const task of this.#tasks) if (task.batch < batch) return true
    return false
  }

  /** Drops a task, if it is here; it is gathered when all that it has asked for has come. */
  drop(isWanted: (task: WorkerTask) => boolean): boolean {
    for (const task of this.#tasks) {
      if (!isWanted(task)) continue
      task.isDropped = true
      this.#parts.abandon(task)
      return true
    }
    return false
  }

  /** Asks another worker for a table, if one is known to have it. */
  fetchTable(key: number): boolean {
    const worker = this.#moves.get(key)
    if (worker === undefined || worker === this.#world.process) return false
    this.#moves.delete(key)
    this.#parts.client.wantTable(key, worker)
    return true
  }

  /** Looks whether input has come. */
  awaitInput(): void {
    if (this.#early.length === 0) return
    const early = this.#early
    this.#early = early.filter(({ task }) => !this.#hasInput(task))
    for (const { task, arrived } of early) if (this.#hasInput(task)) arrived()
  }

  /** Nobody reads blocks of batches up to `horizon` where they once lay. */
  forgetMoves(horizon: BatchNumber): void {
    for (const key of this.#moves.keys()) {
      if (key < blockKey(0, horizon + 1, 0)) this.#moves.delete(key)
    }
  }

  /** A new generation: nothing that was asked for comes. */
  reset(): void {
    for (const task of this.#tasks) this.#parts.abandon(task)
    this.#tasks.clear()
    this.#early = []
    this.#moves.clear()
  }

  /** Whether the part of the input that a task reads is here. After a failure it may have to be fetched. */
  #hasInput(task: WorkerTask): boolean {
    const { input, graph } = this.#parts
    return input.frontier(task.partition) >= spanOf(graph, task.batch)[1] || !readsInput(task)
  }

  #gatherShuffles(task: WorkerTask, stage: StageDefinition, pin: Pin): void {
    const { partitioner, client } = this.#parts
    for (let shuffle = 0; shuffle < stage.shuffles.length; shuffle++) {
      const { rdd, sources, samePartition } = stage.shuffles[shuffle]!
      const batch = stage.shuffles[shuffle]!.madeAt(task.batch)
      if (batch === 0) continue
      for (let source = 0; source < sources; source++) {
        if (samePartition && source !== task.partition) continue
        const moved = this.#moves.get(blockKey(rdd, batch, source))
        const worker = moved ?? partitioner.ownerOf(source)
        if (worker === this.#world.process) pin(rdd, batch, source)
        else client.want(task, { shuffle, batch, source, worker })
      }
    }
  }
}
