/**
 * What a worker says to the driver: reports of what it has done, one hello in each generation, and an inventory to a driver that is new.
 *
 *   same driver   hello: what it has not acknowledged, once more
 *   new driver    inventory: blocks that are here, tasks whose commits are visible, durable checkpoints; then a hello without tasks
 *
 * A driver that launches something has read the hello, and so the inventory before it. Until then each generation begins with both.
 *
 * Reports come at the end of a share of a job stage; where tasks that are late are copied, also each `REPORT_AFTER` within one.
 */
import type { Membership } from '../../core/membership/membership.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { BlockStore } from '../rdd/block-store.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { CheckpointId } from '../recovery/checkpoint-file.ts'
import { writeInventory } from '../scheduler/inventory.ts'
import type { LaunchHeader } from '../scheduler/launch.ts'
import { type FileEnded, type TaskDone, writeReport } from '../scheduler/report.ts'
import { INVENTORY_CHANNEL, REPORT_CHANNEL, WireWriter } from '../scheduler/wire.ts'
import { FinishedTasks } from './finished-tasks.ts'
import { type ReportContent, SentReports } from './sent-reports.ts'
import type { WorkerTask } from './task.ts'

/** Who is late is seen by what is done: it is said at the latest so long after. */
const REPORT_AFTER: Nanos = 10_000_000

export interface ReporterParts {
  readonly driver: ProcessId
  readonly store: BlockStore
  /** Whether a lost driver is replaced. */
  readonly replaces: boolean
  /** Whether tasks that are late are copied. */
  readonly isWatched: boolean
  /** Durable checkpoints whose files are still read. */
  readonly durable: () => readonly CheckpointId[]
  /** The batch up to which shuffle blocks were let go. */
  readonly evicted: () => BatchNumber
  /** Whether one more task of the same job stage comes at once. */
  readonly continues: (last: TaskDone) => boolean
}

const NOTHING: ReportContent = { done: [], files: [] }

export class Reporter {
  #world: World
  #parts: ReporterParts
  #generation = 0
  #term = 1
  /** The last term whose driver knows what is here. The first one has been told of all that was done. */
  #knownTo = 1
  /** The next report says that this generation is adopted; and the number of that which has said so. */
  #hello = false
  #helloNumber = 0
  #number = 0
  #done: TaskDone[] = []
  /** When the first of them ended; known where reports must not wait long. */
  #doneSince: Nanos = 0
  #files: FileEnded[] = []
  #unacknowledged = new SentReports()
  #finished = new FinishedTasks()
  #writer = new WireWriter()

  constructor(world: World, parts: ReporterParts) {
    this.#world = world
    this.#parts = parts
  }

  /** A task has ended: its blocks are stored and its commits visible, or it was dropped. */
  ended({ stage, batch, partition, mask, feeds, isDropped: dropped }: WorkerTask): void {
    const task = { stage: stage.id, batch, partition, mask, feeds, dropped }
    const { isWatched, replaces } = this.#parts
    if (dropped) this.#world.count('droppedTasks', 1)
    if (isWatched && this.#done.length === 0) this.#doneSince = this.#world.now()
    this.#done.push(task)
    if (replaces) this.#finished.add(task)
  }

  fileEnded(file: FileEnded): void {
    this.#files.push(file)
  }

  adopt({ generation, term }: Membership): void {
    this.#generation = generation
    this.#term = term
    this.#hello = true
  }

  /** A launch has come. */
  heard({ acknowledged, recorded }: LaunchHeader): void {
    this.#unacknowledged.acknowledged(acknowledged)
    this.#finished.forget(recorded)
    if (acknowledged >= this.#helloNumber) this.#knownTo = this.#term
  }

  /** Sends what there is to say, unless more can be said soon. */
  step(): void {
    if (this.#done.length === 0 && this.#files.length === 0 && !this.#hello) return
    const { store, evicted, continues } = this.#parts
    const last = this.#done[this.#done.length - 1]
    const urgent = this.#hello || this.#files.length > 0
    if (last && !urgent && continues(last) && !this.#isOverdue()) return
    const content = this.#hello ? this.#greeting() : { done: this.#done, files: this.#files }
    const number = ++this.#number
    if (this.#hello) this.#helloNumber = number
    const { shuffleBytes } = store
    const header = { number, hello: this.#hello, evicted: evicted(), shuffleBytes }
    writeReport(this.#writer, header, content)
    this.#world.count('reports', 1)
    this.#send(REPORT_CHANNEL)
    this.#unacknowledged.sent(number, content)
    this.#done = []
    this.#files = []
    this.#hello = false
  }

  /** Whether what is done must be said although more of the same job stage follows. */
  #isOverdue(): boolean {
    return this.#parts.isWatched && this.#world.now() >= this.#doneSince + REPORT_AFTER
  }

  #greeting(): ReportContent {
    const { done, files } = this.#unacknowledged.take()
    if (this.#knownTo === this.#term) {
      return { done: [...done, ...this.#done], files: [...files, ...this.#files] }
    }
    const { store, durable } = this.#parts
    const inventory = {
      checkpoints: durable(),
      blocks: blocksIn(store),
      finished: this.#finished.all,
    }
    writeInventory(this.#writer, inventory, () => this.#send(INVENTORY_CHANNEL))
    return NOTHING
  }

  #send(channel: number): void {
    this.#world.transport.send({
      to: this.#parts.driver,
      class: 'control',
      channel,
      generation: this.#generation,
      payload: this.#writer.view(),
    })
  }
}

/** Keys of what is here. Not of what is going, nor of what is only being read from a checkpoint: the driver knows that file. */
function blocksIn(store: BlockStore): readonly number[] {
  const keys: number[] = []
  for (const { key, state, written, doomed } of store.blocks()) {
    if (!doomed && (state !== 'loading' || written)) keys.push(key)
  }
  return keys
}
