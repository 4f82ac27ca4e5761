/**
 * What a worker has sent since the last checkpoints: the output buffers of upstream backup. When a receiver is lost, who takes its
 * place is sent all of it again (`takeover.ts`).
 *
 *   a vertex sends ──a copy──▶ the buffer of its epoch ──the older of two durable checkpoints lies behind──▶ dropped
 *
 * Rows to partitions of this worker are kept too, until their epoch is over everywhere: when the worker goes on in a new generation,
 * what it had not closed is dropped, whoever sent it. Kept is also what was not sent, because its receiver has it: another may
 * take the receiver's place.
 *
 * Memory of the process, not of its region. Capacity: `bytesMax`. Beyond it nothing is kept until the next checkpoint: if a worker is
 * lost before, this one begins at the checkpoint, too. `buffering-failed`, `buffering-resumed`. (Sources cannot be held back: what would
 * empty the buffers is a checkpoint, for which they must come to its epoch.)
 */
import type { Membership } from '../../core/membership/membership.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { ConnectorId } from '../graph/connector.ts'
import type { StageId } from '../graph/stage.ts'
import type { Parcel, VertexContext } from '../graph/vertex.ts'
import type { TimelyPlan } from '../lower.ts'
import { ParcelBuffer } from './parcel-buffer.ts'
import { Resend, type ResendOptions, type SentEpoch } from './resend.ts'
import type { KeptWorker } from './takeover.ts'

export const SENT_BYTES_MAX = 256 * 1024 * 1024

export interface SentRowsOptions extends Pick<ResendOptions, 'setup'> {
  readonly world: ResendOptions['world'] & Pick<World, 'process'>
  readonly plan: Pick<TimelyPlan, 'graph'>
  readonly membership: Pick<Membership, 'placement'>
  /** First epoch that is not over; and who goes on with what it has while this worker begins. */
  readonly epoch: number
  readonly kept: readonly KeptWorker[]
  readonly bytesMax?: number
}

export class SentRows {
  readonly #options: SentRowsOptions
  readonly #bytesMax: number
  /** By connector: the stage that it leads to, and whether by partition or on this worker. */
  readonly #targets: readonly StageId[]
  readonly #exchanged: readonly boolean[]
  /** By worker, then by stage: the first epoch of which it wants rows; of those that want all there is none. */
  #wants: (readonly number[] | undefined)[] = []
  #state: 'keeping' | 'stopped' = 'keeping'
  /** By epoch: what went to other workers, and what stayed on this one. */
  #away = new Map<number, ParcelBuffer>()
  #home = new Map<number, ParcelBuffer>()
  #bytes = 0
  #from: number
  /** Epochs before it are over everywhere. */
  #passed: number

  constructor(options: SentRowsOptions) {
    const { connectors } = options.plan.graph
    this.#options = options
    this.#bytesMax = options.bytesMax ?? SENT_BYTES_MAX
    this.#targets = connectors.map(({ to }) => to)
    this.#exchanged = connectors.map(({ channel }) => channel === 'exchange')
    this.#from = options.epoch
    this.#passed = options.epoch
    this.#know(options.kept)
    options.world.count('bufferedBytes', 0)
  }

  /** A context of which what is sent is kept, and sent only to who wants it. */
  around(context: VertexContext): VertexContext {
    return {
      stage: context.stage,
      notifyAt: (time) => context.notifyAt(time),
      sendBy: (connector, parcel, time) => {
        this.#keep(connector, parcel, time[0]!)
        if (this.#isWanted(connector, parcel.partition, time[0]!)) {
          context.sendBy(connector, parcel, time)
        }
      },
    }
  }

  /** Begins a generation in which others begin at a checkpoint: what it takes to send again all that was sent since. */
  goOn(
    kept: readonly KeptWorker[],
    how: Omit<ResendOptions, 'world' | 'setup' | 'sent' | 'isWanted'>,
  ): Resend {
    this.#know(kept)
    return new Resend({
      ...how,
      world: this.#options.world,
      setup: this.#options.setup,
      sent: this.#since(how.from),
      isWanted: (connector, partition, epoch) => this.#isWanted(connector, partition, epoch),
    })
  }

  /** First epoch from which on all is kept; undefined while nothing is. */
  get from(): number | undefined {
    return this.#state === 'keeping' ? this.#from : undefined
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Call after each step, with the first epoch that is not over in this worker's view. */
  step(passed: number): void {
    if (passed <= this.#passed) return
    this.#passed = passed
    this.#forget(this.#home, passed)
  }

  /** The state before an epoch has just been copied for a checkpoint, and no row of it has been sent anywhere. */
  captured(epoch: number): void {
    if (this.#state === 'keeping') return
    this.#state = 'keeping'
    this.#from = epoch
    this.#tell('buffering-resumed', epoch)
  }

  /** Nobody begins at a checkpoint before an epoch any more. */
  forget(epoch: number): void {
    this.#from = Math.max(this.#from, epoch)
    this.#forget(this.#home, epoch)
    this.#forget(this.#away, epoch)
  }

  #know(kept: readonly KeptWorker[]): void {
    this.#wants = []
    for (const { worker, stages } of kept) {
      this.#wants[worker] = stages.map((place) => place?.wants ?? 0)
    }
  }

  /** Whether a receiver has not got all of an epoch already. */
  #isWanted(connector: ConnectorId, partition: PartitionId, epoch: number): boolean {
    const wants = this.#wants[this.#receiver(connector, partition)]
    return wants === undefined || epoch >= wants[this.#targets[connector]!]!
  }

  #keep(connector: ConnectorId, { partition, rows }: Parcel, epoch: number): void {
    if (this.#state === 'stopped') return
    const { world } = this.#options
    const isHome = this.#receiver(connector, partition) === world.process
    const epochs = isHome ? this.#home : this.#away
    let parcels = epochs.get(epoch)
    if (parcels === undefined) {
      parcels = new ParcelBuffer()
      epochs.set(epoch, parcels)
    }
    const { pointer, length } = rows
    const before = parcels.bytes
    parcels.append(connector, partition, world.region.memory.bytes(pointer, length))
    const bytes = parcels.bytes - before
    this.#bytes += bytes
    world.count('bufferedBytes', bytes)
    world.charge('message', bytes)
    if (this.#bytes > this.#bytesMax) this.#stop(epoch)
  }

  #receiver(connector: ConnectorId, partition: PartitionId): ProcessId {
    const { world, membership } = this.#options
    return this.#exchanged[connector]! ? membership.placement[partition]! : world.process
  }

  /** All that was sent until now of an epoch and of later ones, in their order. */
  #since(from: number): readonly SentEpoch[] {
    const sent: SentEpoch[] = []
    for (const [epoch, parcels] of [...this.#home, ...this.#away]) {
      if (epoch >= from) sent.push({ epoch, parcels, end: parcels.bytes })
    }
    return sent.sort((a, b) => a.epoch - b.epoch)
  }

  #forget(epochs: Map<number, ParcelBuffer>, until: number): void {
    for (const [epoch, { bytes }] of epochs) {
      if (epoch >= until) continue
      epochs.delete(epoch)
      this.#bytes -= bytes
    }
  }

  #stop(epoch: number): void {
    this.#tell('buffering-failed', epoch)
    this.#state = 'stopped'
    // What is being sent again is still held by who sends it.
    this.#away.clear()
    this.#home.clear()
    this.#bytes = 0
  }

  #tell(event: string, epoch: number): void {
    const { world, setup } = this.#options
    world.history.append(event, { tick: setup.ticks.endOf(epoch), bytes: this.#bytes })
  }
}
