/**
 * Snapshots for which nobody stops: asynchronous and aligned, after Flink's barriers (Carbone et al., "Lightweight
 * Asynchronous Snapshots for Distributed Dataflows", 2015; Chandy and Lamport, 1985). Beyond Naiad, which pauses and drains.
 *
 *   each stage     all before the epoch is closed ──▶ a partition is copied after each step ──▶ goes on behind the border
 *   each worker    all its stages have been copied, all blobs are durable ──saved──▶ coordinator
 *   coordinator    all have saved, all before the epoch is over ──▶ manifest durable ──settled──▶ all
 *
 * There are no barrier messages: here they are the epochs. A barrier tells an operator where in each of its channels a snapshot
 * lies, and alignment is that it holds back the channels in which it has seen one until it has seen it in all. Rows of this
 * engine carry their epoch, and the frontier says when an operator has all of one: it closes, which is its barrier in all
 * channels at once, and rows from behind it wait (`operators/stage-border.ts`). As with barriers, every stage on every worker
 * has its own instant, when the rows before the border have come that far, so an upstream one is copied while those behind it
 * still work off what it has sent. And nothing is in flight across the border, so that no channel's content needs saving.
 * (Where an operator is notified seldom, the last epoch before a border is notified, too: that is all that it sends more.)
 *
 * Of sources only the epoch is saved: where they begin follows from it. Outputs are committed before the manifest is written,
 * because the coordinator waits until its view has passed the epoch: a commit comes before its capability is given up.
 *
 * Every worker knows where borders are. One that does not know yet that the snapshot before is settled skips the next, and it
 * fails for all: so at most one is under way, copies cannot pile up, and a slow disk makes snapshots rare, not rows late.
 *
 * Copied at once is a partition of a stage. Not here: incremental copies, copy on write, loops (they are refused: rounds of
 * several epochs overlap in them, and nothing says that a snapshot in between is one; nobody has tried).
 */
import { assert } from '../../core/assert.ts'
import type { Nanos, PartitionId, ProcessId } from '../../core/units.ts'
import type { BorderedStage } from '../operators/stage-border.ts'
import { type Checkpointer, type CheckpointOptions, CheckpointStore } from './checkpoint-store.ts'
import type { CoordinationMessage, SavedState } from './coordination.ts'
import type { OperatorState } from './state-blob.ts'

/** What is copied of a partition. */
interface PartitionCopy {
  readonly states: OperatorState[]
  /** Stages that are left to be copied. */
  stagesLeft: number
}

/** This worker's part of the snapshot that is under way, from its first copy until it is settled. */
interface Snapshot {
  readonly epoch: number
  readonly copies: ReadonlyMap<PartitionId, PartitionCopy>
  /** By stage, in the deployment's order: how many of its partitions are copied. */
  readonly copied: number[]
  /** Written, or on their way. */
  readonly states: SavedState[]
  /** Partitions that are not durable yet. */
  left: number
  failed: boolean
}

/** What the coordinator knows of a snapshot. */
interface Gathering {
  /** Who has saved, failed to, or skipped it. */
  readonly heard: ProcessId[]
  readonly states: SavedState[]
  skipped: number
  failed: boolean
}

export class BarrierSnapshots implements Checkpointer {
  readonly #options: CheckpointOptions
  readonly #store: CheckpointStore
  /** Workers that own partitions. */
  readonly #owners: readonly ProcessId[]
  /** The last border that a stage here has come to: what is done at it is decided then, for all stages. */
  #latest = 0
  #snapshot: Snapshot | undefined
  /** By epoch; only where somebody has not been heard of. */
  #gathering = new Map<number, Gathering>()
  /** All states of it are durable. */
  #whole: { readonly epoch: number; readonly states: readonly SavedState[] } | undefined

  constructor(options: CheckpointOptions) {
    const { workers, deployment } = options
    this.#options = options
    this.#store = new CheckpointStore(options)
    this.#owners = workers.filter((worker) => deployment.membership.placement.includes(worker))
  }

  /** Copies one partition of one stage, if any is at a border. */
  step(): Nanos {
    if (this.#whole !== undefined) this.#publish(this.#whole)
    const { world, deployment } = this.#options
    const { stages } = deployment
    for (let at = 0; at < stages.length; at++) {
      const stage = stages[at]!
      const { epoch, reached } = stage.border
      if (!reached) continue
      // What has just been closed leaves with this step: nothing is copied in it.
      if (epoch > this.#latest) this.#decide(epoch)
      else if (this.#snapshot?.epoch === epoch) this.#copy(this.#snapshot, at, stage)
      else stage.passBorder()
      return world.now()
    }
    return Number.POSITIVE_INFINITY
  }

  receive(from: ProcessId, message: CoordinationMessage): void {
    switch (message.kind) {
      case 'skipped':
      case 'saved':
        this.#gather(from, message)
        return
      case 'settled':
        this.#settled(message.epoch, message.durable)
        return
      case 'durable':
        this.#store.forgetInput(message.epoch)
        return
      default:
        assert(false, `${message.kind} to a worker that takes snapshots`)
    }
  }

  /** The first stage here has come to a border. */
  #decide(epoch: number): void {
    const { world, send } = this.#options
    const tick = this.#store.tickOf(epoch)
    this.#latest = epoch
    if (this.#snapshot !== undefined) {
      world.history.append('checkpoint-skipped', { tick })
      send(this.#store.coordinator, { kind: 'skipped', epoch })
      return
    }
    world.history.append('checkpoint-began', { tick })
    this.#snapshot = this.#newSnapshot(epoch)
  }

  #newSnapshot(epoch: number): Snapshot {
    const { partitions, stages } = this.#options.deployment
    const copies = new Map<PartitionId, PartitionCopy>()
    for (const partition of partitions) {
      const stagesLeft = stages.filter((stage) => stage.partitions.includes(partition)).length
      copies.set(partition, { states: [], stagesLeft })
    }
    const copied = stages.map(() => 0)
    return { epoch, copies, copied, states: [], left: partitions.length, failed: false }
  }

  #copy(snapshot: Snapshot, at: number, stage: BorderedStage): void {
    const { operators, partitions } = stage
    const partition = partitions[snapshot.copied[at]!]!
    const copy = snapshot.copies.get(partition)
    assert(copy !== undefined, `a stage has partition ${partition}, and its worker does not own it`)
    copy.states.push(...this.#store.copy(operators, partition))
    copy.stagesLeft -= 1
    if (copy.stagesLeft === 0) this.#write(snapshot, partition, copy.states)
    snapshot.copied[at]! += 1
    if (snapshot.copied[at] === partitions.length) stage.passBorder()
  }

  #write(snapshot: Snapshot, partition: PartitionId, states: readonly OperatorState[]): void {
    const { epoch } = snapshot
    const saved = this.#store.write({ partition, epoch }, states, (durable) => {
      if (!durable) snapshot.failed = true
      snapshot.left -= 1
      if (snapshot.left > 0) return
      this.#options.send(this.#store.coordinator, {
        kind: 'saved',
        epoch,
        states: snapshot.failed ? null : snapshot.states,
      })
    })
    snapshot.states.push(saved)
    if (snapshot.states.length < snapshot.copies.size) return
    this.#options.world.history.append('checkpoint-copied', { tick: this.#store.tickOf(epoch) })
  }

  /** Of a snapshot that failed nothing is left: a disk may be full. */
  #settled(epoch: number, durable: boolean): void {
    const snapshot = this.#snapshot
    if (snapshot?.epoch !== epoch) return
    if (!durable) this.#store.remove(snapshot.states)
    this.#snapshot = undefined
  }

  #gather(
    from: ProcessId,
    message: Extract<CoordinationMessage, { kind: 'skipped' | 'saved' }>,
  ): void {
    const { epoch } = message
    const gathering = this.#gatheringOf(epoch)
    const { heard, states } = gathering
    assert(!heard.includes(from), `worker ${from} reports the snapshot before ${epoch} twice`)
    heard.push(from)
    if (message.kind === 'skipped') gathering.skipped += 1
    else if (message.states === null) gathering.failed = true
    else states.push(...message.states)
    if (heard.length < this.#owners.length) return
    this.#gathering.delete(epoch)
    if (gathering.skipped === this.#owners.length) return
    if (gathering.skipped > 0 && !gathering.failed) this.#tellSkipped(epoch, gathering.skipped)
    if (gathering.failed) this.#options.world.count('checkpointsFailed', 1)
    if (gathering.skipped > 0 || gathering.failed) this.#settle(epoch, false)
    else this.#whole = { epoch, states }
  }

  #gatheringOf(epoch: number): Gathering {
    let gathering = this.#gathering.get(epoch)
    if (gathering === undefined) {
      gathering = { heard: [], states: [], skipped: 0, failed: false }
      this.#gathering.set(epoch, gathering)
    }
    return gathering
  }

  #tellSkipped(epoch: number, skipped: number): void {
    this.#options.world.history.append('checkpoint-failed', {
      tick: this.#store.tickOf(epoch),
      reason: `${skipped} of ${this.#owners.length} workers did not know yet that the one before was settled`,
    })
  }

  /** Costs a scan of the active pointstamps, and only while all but the end of the epoch is there. */
  #publish({
    epoch,
    states,
  }: {
    readonly epoch: number
    readonly states: readonly SavedState[]
  }): void {
    if (!this.#options.deployment.passed(epoch)) return
    this.#whole = undefined
    this.#store.publish(epoch, states, (durable) => {
      if (!durable) this.#options.world.count('checkpointsFailed', 1)
      this.#settle(epoch, durable)
    })
  }

  #settle(epoch: number, durable: boolean): void {
    for (const worker of this.#owners) {
      this.#options.send(worker, { kind: 'settled', epoch, durable })
    }
  }
}
