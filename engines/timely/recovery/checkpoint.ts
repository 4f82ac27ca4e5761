/**
 * Checkpoints by pause and drain (Naiad §3.4); what is slow about them, the storage, is off the path of the rows.
 *
 *   running ──sources have come to the epoch──▶ draining ──the frontier has passed all before it──▶ state is copied
 *   captured: tells the coordinator ──all have: resume──▶ running
 *   meanwhile: blobs durable ──saved──▶ coordinator ──all have: manifest durable──▶ the checkpoint exists
 *
 * Every worker knows the epochs at which checkpoints are due, so none is announced. Once this worker's view has passed
 * the epoch, nothing of before is in flight anywhere, because no view is ahead of the truth; and nothing of after is,
 * because no source resumes before all have copied their state. So progress state needs no saving: it is that of a
 * dataflow that begins at the epoch. A worker copies the next state only when it has written the last one, the
 * coordinator only when the manifest is: so at most one checkpoint is under way, and copies cannot pile up.
 *
 * The last two checkpoints are kept: a coordinator of a generation that is over may still be removing what came before.
 * Not here: incremental checkpoints.
 */
import { assert } from '../../core/assert.ts'
import { discard } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { BlobIdentity, BlobWriter } from '../../core/recovery/sealed-blob.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Deployment } from '../scheduling/deployment.ts'
import {
  type CoordinationMessage,
  encodeManifest,
  type Manifest,
  manifestName,
  type SavedState,
  stateName,
} from './coordination.ts'
import type { MessageLog } from './message-log.ts'
import { encodeState, type OperatorState } from './state-blob.ts'
import type { StorageRequests } from './storage-requests.ts'

export interface CheckpointOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly deployment: Deployment
  readonly requests: StorageRequests
  /** Where messages are logged between checkpoints. */
  readonly log?: MessageLog | undefined
  /** Live workers, ascending; the first one coordinates. */
  readonly workers: readonly ProcessId[]
  /** The first epoch of which input is read, and how many there are in the run. */
  readonly epoch: number
  readonly epochs: number
  send(to: ProcessId, message: CoordinationMessage): void
}

/** What the coordinator knows of a checkpoint under way. */
interface Gathering {
  readonly captured: ProcessId[]
  readonly saved: ProcessId[]
  readonly states: SavedState[]
  failed: boolean
}

export class Checkpointing {
  #options: CheckpointOptions
  #state: 'running' | 'captured' = 'running'
  /** The last checkpoint is being written: this worker's blobs and, at the coordinator, those of all and the manifest. */
  #writing = false
  /** Ticks between checkpoints. */
  #interval: number
  #epoch = 0
  /** By epoch: a worker may be at the next checkpoint while the last one is written. */
  #gathering = new Map<number, Gathering>()
  /** Durable ones of this generation, oldest first. */
  #durable: Manifest[] = []

  constructor(options: CheckpointOptions) {
    const { config, ticks } = options.setup
    this.#options = options
    this.#interval = ticks.indexOfEnd(config.timely.checkpointInterval)
    this.#advance(options.epoch)
  }

  /** Looks whether the dataflow has drained; costs a scan of the active pointstamps, and only while a source waits. */
  step(): void {
    if (this.#state !== 'running' || this.#writing) return
    if (this.#options.deployment.passed(this.#epoch)) this.#capture()
  }

  receive(from: ProcessId, message: CoordinationMessage): void {
    switch (message.kind) {
      case 'captured':
        this.#gatherCaptured(from, message.epoch)
        return
      case 'resume':
        assert(message.epoch === this.#epoch, `resume of ${message.epoch} at ${this.#epoch}`)
        this.#state = 'running'
        this.#advance(message.epoch)
        return
      case 'saved':
        this.#gatherSaved(from, message.epoch, message.states)
        return
      case 'durable':
        this.#forget(message.epoch)
        return
      default:
        assert(false, `${message.kind} to a worker that does not roll back`)
    }
  }

  /** Gives back input, and what is logged of it, that no rollback asks for. */
  #forget(durable: number): void {
    const { setup, deployment, log } = this.#options
    log?.forget(durable)
    const { input, ticks } = setup
    for (const partition of deployment.partitions) {
      input.release(partition, input.dueBefore(partition, ticks.endOf(durable)))
    }
  }

  #advance(epoch: number): void {
    const next = (Math.floor(epoch / this.#interval) + 1) * this.#interval
    // After the last tick nobody needs to come back.
    this.#epoch = next < this.#options.epochs ? next : Number.POSITIVE_INFINITY
    this.#options.deployment.pauseAt(this.#epoch)
  }

  #capture(): void {
    if (this.#epoch === Number.POSITIVE_INFINITY) return
    this.#state = 'captured'
    this.#writing = true
    const { world, deployment, requests, log } = this.#options
    const epoch = this.#epoch
    log?.captured(epoch)
    assert(!deployment.waiting, `an output holds rows at the checkpoint before epoch ${epoch}`)
    const tick = this.#options.setup.ticks.endOf(epoch)
    world.history.append('checkpoint-began', { tick })
    const states: SavedState[] = []
    let left = deployment.partitions.length
    let failed = false
    const report = (): void => {
      // The coordinator has the manifest to write, too.
      if (this.#coordinator !== world.process) this.#writing = false
      this.#options.send(this.#coordinator, {
        kind: 'saved',
        epoch,
        states: failed ? null : states,
      })
    }
    for (const partition of deployment.partitions) {
      const name = stateName(deployment.generation, epoch, partition)
      const bytes = this.#encode(name, partition)
      states.push({ partition, name })
      world.count('checkpointBytes', bytes.length)
      requests.write(name, bytes, ({ outcome, reason }) => {
        if (outcome !== 'done') {
          failed = true
          world.history.append('checkpoint-failed', { tick, reason: reason ?? outcome })
        }
        left -= 1
        if (left === 0) report()
      })
    }
    this.#options.send(this.#coordinator, { kind: 'captured', epoch })
    if (left === 0) report()
  }

  #encode(name: string, partition: PartitionId): Uint8Array {
    const { deployment, setup } = this.#options
    const operators: OperatorState[] = []
    for (const { id } of setup.dataflow.operators) {
      const tables = deployment.state(id, partition)?.save()
      if (tables !== undefined && tables.length > 0) operators.push({ operator: id, tables })
    }
    const bytes = encodeState(this.#seal(name), operators)
    for (const { tables } of operators) for (const table of tables) if (table) discard(table)
    return bytes
  }

  #seal(name: string): BlobIdentity & BlobWriter {
    const { world, setup, deployment } = this.#options
    const { process, incarnation } = world
    const { generation } = deployment
    return { name, plan: setup.dataflow.hash, generation, process, incarnation }
  }

  get #coordinator(): ProcessId {
    return this.#options.workers[0]!
  }

  #gatherCaptured(from: ProcessId, epoch: number): void {
    const { workers, send } = this.#options
    const { captured } = this.#gatheringOf(epoch)
    assert(!captured.includes(from), `worker ${from} captured epoch ${epoch} twice`)
    captured.push(from)
    if (captured.length < workers.length) return
    for (const worker of workers) send(worker, { kind: 'resume', epoch })
  }

  #gatherSaved(from: ProcessId, epoch: number, states: readonly SavedState[] | null): void {
    const gathering = this.#gatheringOf(epoch)
    assert(!gathering.saved.includes(from), `worker ${from} saved epoch ${epoch} twice`)
    gathering.saved.push(from)
    if (states === null) gathering.failed = true
    else gathering.states.push(...states)
    if (gathering.saved.length < this.#options.workers.length) return
    this.#gathering.delete(epoch)
    if (gathering.failed) this.#writing = false
    else this.#publish(epoch, gathering.states)
  }

  #gatheringOf(epoch: number): Gathering {
    let gathering = this.#gathering.get(epoch)
    if (gathering === undefined) {
      gathering = { captured: [], saved: [], states: [], failed: false }
      this.#gathering.set(epoch, gathering)
    }
    return gathering
  }

  #publish(epoch: number, states: readonly SavedState[]): void {
    const { world, setup, deployment, requests } = this.#options
    const { generation } = deployment
    const manifest: Manifest = {
      generation,
      epoch,
      states: states.toSorted((a, b) => a.partition - b.partition),
    }
    const name = manifestName(epoch, generation)
    const tick = setup.ticks.endOf(epoch)
    requests.write(name, encodeManifest(this.#seal(name), manifest), ({ outcome, reason }) => {
      if (outcome === 'done') {
        world.history.append('checkpoint-durable', { tick })
        world.count('checkpointsDurable', 1)
        this.#durable.push(manifest)
        this.#removeOld()
        this.#announce()
      } else world.history.append('checkpoint-failed', { tick, reason: reason ?? outcome })
      this.#writing = false
    })
  }

  #announce(): void {
    // Two are kept: a rollback that is being prepared may still choose the older one.
    const epoch = this.#durable.length < 2 ? 0 : this.#durable[0]!.epoch
    for (const worker of this.#options.workers)
      this.#options.send(worker, { kind: 'durable', epoch })
  }

  #removeOld(): void {
    const { requests } = this.#options
    while (this.#durable.length > 2) {
      const { epoch, generation, states } = this.#durable.shift()!
      // The manifest first: what it names must be there as long as it is.
      requests.remove(manifestName(epoch, generation))
      for (const { name } of states) requests.remove(name)
    }
  }
}
