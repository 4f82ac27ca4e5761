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
  #state: 'running' | 'captured' = 'running'
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

  /** Looks whether the dataflow has drained; costs a scan of the active pointstamps, and only while a source waits. */
  step(): Nanos {
    if (this.#state === 'running' && !this.#writing) {
      if (this.#options.deployment.passed(this.#epoch)) this.#capture()
    }
    return Number.POSITIVE_INFINITY
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

  #capture(): void {
    if (this.#epoch === Number.POSITIVE_INFINITY) return
    this.#state = 'captured'
    this.#writing = true
    const { world, setup, deployment, since } = this.#options
    const store = this.#store
    const epoch = this.#epoch
    since?.captured(epoch)
    assert(!deployment.waiting, `an output holds rows at the checkpoint before epoch ${epoch}`)
    world.history.append('checkpoint-began', { tick: store.tickOf(epoch) })
    const states: SavedState[] = []
    let left = deployment.partitions.length
    let failed = false
    const report = (): void => {
      // The coordinator has the manifest to write, too.
      if (store.coordinator !== world.process) this.#writing = false
      this.#options.send(store.coordinator, {
        kind: 'saved',
        epoch,
        states: failed ? null : states,
      })
    }
    const operators = setup.dataflow.operators.map(({ id }) => id)
    for (const partition of deployment.partitions) {
      const copies = store.copy(operators, partition)
      const saved = store.write({ partition, epoch }, copies, (durable) => {
        if (!durable) failed = true
        left -= 1
        if (left === 0) report()
      })
      states.push(saved)
    }
    this.#options.send(store.coordinator, { kind: 'captured', epoch })
    if (left === 0) report()
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
    if (gathering.failed) this.#ended(epoch, false)
    else {
      this.#store.publish(epoch, gathering.states, (durable) => this.#ended(epoch, durable))
    }
  }

  #ended(epoch: number, durable: boolean): void {
    this.#writing = false
    if (!durable && this.#options.changesAt(epoch)) this.#resume(epoch)
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
