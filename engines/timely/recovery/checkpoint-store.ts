/**
 * The checkpoints of a generation in storage, however they are taken: states of partitions, written by their workers, and
 * manifests, written by the coordinator, without which states are nothing.
 *
 * The last two checkpoints are kept: a coordinator of a generation that is over may still be removing what came before.
 */
import { discard } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { OperatorId } from '../../core/plan/dataflow.ts'
import type { BlobIdentity, BlobWriter } from '../../core/recovery/sealed-blob.ts'
import type { Nanos, PartitionId, ProcessId, TickEnd } from '../../core/units.ts'
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
import { encodeState, type OperatorState } from './state-blob.ts'
import type { StorageEnd, StorageRequests } from './storage-requests.ts'

export interface CheckpointOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly deployment: Deployment
  readonly requests: StorageRequests
  /** What is kept of the time since then. */
  readonly since?: SinceCheckpoint | undefined
  /** Live workers, ascending; the first one coordinates. */
  readonly workers: readonly ProcessId[]
  /** The first epoch of which input is read, and how many there are in the run. */
  readonly epoch: number
  readonly epochs: number
  /** Whether another membership begins with the checkpoint before an epoch, when that is durable: workers join or leave. */
  readonly changesAt: (epoch: number) => boolean
  send(to: ProcessId, message: CoordinationMessage): void
  /** At the coordinator: the checkpoint before an epoch is durable. */
  durable(epoch: number): void
}

/** What a worker keeps beside checkpoints, of what came since or was sent. */
export interface SinceCheckpoint {
  /** The state before an epoch has just been copied, and no row of it has been sent anywhere. */
  captured(epoch: number): void
  /** No checkpoint before an epoch will be chosen any more. */
  forget(epoch: number): void
}

/** What takes the checkpoints of a generation, at one worker. */
export interface Checkpointer {
  /** After each step of the dataflow; returns when it wants to be called again if nothing happens before. */
  step(): Nanos
  receive(from: ProcessId, message: CoordinationMessage): void
}

export class CheckpointStore {
  readonly #options: CheckpointOptions
  /** Durable ones of this generation, oldest first. */
  #durable: Manifest[] = []

  constructor(options: CheckpointOptions) {
    this.#options = options
  }

  get coordinator(): ProcessId {
    return this.#options.workers[0]!
  }

  /** The instant of a checkpoint: the end of the last tick that is in it. */
  tickOf(epoch: number): TickEnd {
    return this.#options.setup.ticks.endOf(epoch)
  }

  /** Copies what operators have in a partition, as it is now. */
  copy(operators: readonly OperatorId[], partition: PartitionId): OperatorState[] {
    const copies: OperatorState[] = []
    for (const operator of operators) {
      const tables = this.#options.deployment.state(operator, partition)?.save()
      if (tables !== undefined && tables.length > 0) copies.push({ operator, tables })
    }
    return copies
  }

  /** Writes the state of a partition, which is given away. `ended` is told whether it is durable. */
  write(
    { partition, epoch }: { readonly partition: PartitionId; readonly epoch: number },
    operators: readonly OperatorState[],
    ended: (durable: boolean) => void,
  ): SavedState {
    const { world, deployment, requests } = this.#options
    const name = stateName(deployment.generation, epoch, partition)
    const bytes = encodeState(this.#seal(name), operators)
    for (const { tables } of operators) for (const table of tables) if (table) discard(table)
    world.count('checkpointBytes', bytes.length)
    requests.write(name, bytes, (end) => ended(this.#isDurable(epoch, end)))
    return { partition, name }
  }

  remove(states: readonly SavedState[]): void {
    for (const { name } of states) this.#options.requests.remove(name)
  }

  /** At the coordinator, when all states are durable: writes the manifest. `ended` is told whether the checkpoint exists. */
  publish(epoch: number, states: readonly SavedState[], ended: (durable: boolean) => void): void {
    const { world, deployment, requests } = this.#options
    const { generation } = deployment
    const manifest: Manifest = {
      generation,
      epoch,
      states: states.toSorted((a, b) => a.partition - b.partition),
    }
    const name = manifestName(epoch, generation)
    requests.write(name, encodeManifest(this.#seal(name), manifest), (end) => {
      const durable = this.#isDurable(epoch, end)
      if (durable) {
        world.history.append('checkpoint-durable', { tick: this.tickOf(epoch) })
        world.count('checkpointsDurable', 1)
        this.#durable.push(manifest)
        this.#removeOld()
        this.#announce()
        this.#options.durable(epoch)
      } else requests.remove(name)
      ended(durable)
    })
  }

  /** Gives back input, and what is kept beside checkpoints, that no rollback asks for: the oldest checkpoint that one may choose begins here. */
  forgetInput(epoch: number): void {
    const { setup, deployment, since } = this.#options
    since?.forget(epoch)
    const { input, ticks } = setup
    for (const partition of deployment.partitions) {
      input.release(partition, input.dueBefore(partition, ticks.endOf(epoch)))
    }
  }

  #isDurable(epoch: number, { outcome, reason }: StorageEnd): boolean {
    if (outcome === 'done') return true
    const { history } = this.#options.world
    history.append('checkpoint-failed', { tick: this.tickOf(epoch), reason: reason ?? outcome })
    return false
  }

  #seal(name: string): BlobIdentity & BlobWriter {
    const { world, setup, deployment } = this.#options
    const { process, incarnation } = world
    const { generation } = deployment
    return { name, plan: setup.dataflow.hash, generation, process, incarnation }
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
      this.remove(states)
    }
  }
}
