/**
 * Checkpoints by pause and drain (Naiad §3.4); what is slow about them, the storage, is off the path of the rows.
 *
 *   running ──sources have come to the epoch──▶ draining ──the frontier has passed all before it──▶ copying, a partition a step
 *   captured: tells the coordinator ──all have: resume──▶ running
 *   meanwhile: blobs durable ──saved──▶ coordinator ──all have: manifest durable──▶ the checkpoint exists
 *
 * Every worker knows the epochs at which checkpoints are due, so none is announced. Once this worker's view has passed
 * the epoch, nothing of before is in flight anywhere, because no view is ahead of the truth; and nothing of after is,
 * because no source resumes before all have copied their state. So progress state needs no saving: it is that of a
 * dataflow that begins at the epoch. A worker copies the next state only when it has written the last one, the
 * coordinator only when the manifest is: so at most one checkpoint is under way, and copies cannot pile up.
 *
 * Where workers join or leave, nobody resumes: when the checkpoint exists, all go to it under the new membership, so that nothing
 * is done twice. If it cannot be written they resume, and the next one serves.
 *
 * Not here: incremental checkpoints; those for which nobody stops (`barrier-snapshots.ts`).
 */
import { assert } from '../../core/assert.ts'
import type { Nanos, ProcessId } from '../../core/units.ts'
import { type Checkpointer, type CheckpointOptions, CheckpointStore } from './checkpoint-store.ts'
import type { CoordinationMessage, SavedState } from './coordination.ts'
import { type DueAfter, dueEpochs } from './due-epochs.ts'

/** What this worker copies for a checkpoint, and writes. */
interface Copies {
  readonly epoch: number
  /** Written, or on their way. */
  readonly states: SavedState[]
  /** Partitions that are not durable yet. */
  left: number
  failed: boolean
}

/** What the coordinator knows of a checkpoint under way. */
interface Gathering {
  readonly captured: ProcessId[]
  readonly saved: ProcessId[]
  readonly states: SavedState[]
  failed: boolean
}

export class Checkpointing implements Checkpointer {
  #options: CheckpointOptions
  #store: CheckpointStore
  #dueAfter: DueAfter
  #state: 'running' | 'copying' | 'captured' = 'running'
  #copies: Copies | undefined
  /** The last checkpoint is being written: this worker's blobs and, at the coordinator, those of all and the manifest. */
  #writing = false
  #epoch = 0
  /** By epoch: a worker may be at the next checkpoint while the last one is written. */
  #gathering = new Map<number, Gathering>()

  constructor(options: CheckpointOptions) {
    this.#options = options
    this.#store = new CheckpointStore(options)
    this.#dueAfter = dueEpochs(options.setup, options.epochs)
    this.#advance(options.epoch)
  }

  /** Looks whether the dataflow has drained, which costs a scan of the active pointstamps while a source waits; then copies a partition. */
  step(): Nanos {
    const { world, deployment } = this.#options
    if (this.#state === 'running' && !this.#writing && deployment.passed(this.#epoch)) this.#begin()
    if (this.#state !== 'copying') return Number.POSITIVE_INFINITY
    this.#copyNext()
    return world.now()
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
        this.#store.forgetInput(message.epoch)
        return
      default:
        assert(false, `${message.kind} to a worker that checkpoints by pause and drain`)
    }
  }

  #advance(epoch: number): void {
    this.#epoch = this.#dueAfter(epoch)
    this.#options.deployment.pauseAt(this.#epoch)
  }

  #begin(): void {
    if (this.#epoch === Number.POSITIVE_INFINITY) return
    const { world, deployment, since } = this.#options
    const epoch = this.#epoch
    this.#writing = true
    since?.captured(epoch)
    assert(!deployment.waiting, `an output holds rows at the checkpoint before epoch ${epoch}`)
    world.history.append('checkpoint-began', { tick: this.#store.tickOf(epoch) })
    this.#state = 'copying'
    this.#copies = { epoch, states: [], left: deployment.partitions.length, failed: false }
  }

  /** One partition a step: a worker with much state sends heartbeats, and writes, in between. */
  #copyNext(): void {
    const { setup, deployment, send } = this.#options
    const store = this.#store
    const copies = this.#copies!
    const { epoch, states } = copies
    const partition = deployment.partitions[states.length]
    if (partition !== undefined) {
      const operators = setup.dataflow.operators.map(({ id }) => id)
      const copied = store.copy(operators, partition)
      const saved = store.write({ partition, epoch }, copied, (durable) => {
        if (!durable) copies.failed = true
        copies.left -= 1
        if (copies.left === 0) this.#saved(copies)
      })
      states.push(saved)
    }
    if (states.length < deployment.partitions.length) return
    this.#state = 'captured'
    send(store.coordinator, { kind: 'captured', epoch })
    if (states.length === 0) this.#saved(copies)
  }

  /** All partitions of this worker are durable, or not all will be. */
  #saved({ epoch, states, failed }: Copies): void {
    const { world, send } = this.#options
    const { coordinator } = this.#store
    // The coordinator has the manifest to write, too.
    if (coordinator !== world.process) this.#writing = false
    if (failed) this.#store.remove(states)
    send(coordinator, { kind: 'saved', epoch, states: failed ? null : states })
  }

  #gatherCaptured(from: ProcessId, epoch: number): void {
    const { workers, changesAt } = this.#options
    const { captured } = this.#gatheringOf(epoch)
    assert(!captured.includes(from), `worker ${from} captured epoch ${epoch} twice`)
    captured.push(from)
    if (captured.length === workers.length && !changesAt(epoch)) this.#resume(epoch)
  }

  #resume(epoch: number): void {
    const { workers, send } = this.#options
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
    if (gathering.failed) this.#ended(gathering, epoch, false)
    else {
      this.#store.publish(epoch, gathering.states, (durable) =>
        this.#ended(gathering, epoch, durable),
      )
    }
  }

  /** Of one that failed nothing is left: a disk may be full. */
  #ended({ states }: Gathering, epoch: number, durable: boolean): void {
    this.#writing = false
    if (durable) return
    this.#options.world.count('checkpointsFailed', 1)
    this.#store.remove(states)
    if (this.#options.changesAt(epoch)) this.#resume(epoch)
  }

  #gatheringOf(epoch: number): Gathering {
    let gathering = this.#gathering.get(epoch)
    if (gathering === undefined) {
      gathering = { captured: [], saved: [], states: [], failed: false }
      this.#gathering.set(epoch, gathering)
    }
    return gathering
  }
}
