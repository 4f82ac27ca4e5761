/**
 * The message log of a worker (Naiad §3.4: a vertex may log what it processes, and then restores sooner): between two
 * checkpoints, the rows that its partitions got from sources, continually written and durable. After a failure all go back to
 * the last tick rather than to the last checkpoint.
 *
 *   checkpoint ─── epochs whose rows are in the log of every worker ───▶ the last tick ─── input is read again ───▶
 *
 * What is logged is what has come through the exchange, combined: all that a partition's state depends on beside the
 * checkpoint. It is copied as it is, parcel by parcel; nobody looks at a record. What operators send to each other, in loops
 * too, is not: replay runs them again (`log-replay.ts`), which costs no input and no combining, and gives equal digests
 * since reduces are associative and commutative. Differs from Naiad, whose vertices each log what they process and wait for it:
 * input can be read again and a tick has one digest, so here nobody waits for the log, neither a commit nor a message.
 *
 *   rows ──▶ a segment of at most `SEGMENT_BYTES` ──it is full, or a tick is over and nothing is being written──▶ written
 *
 * So while storage is busy, what ticks have brought gathers, and is made durable by one write (group commit).
 *
 * Capacity: at `HELD_BYTES` that are not durable, sources of this worker wait; beyond `LOST_BYTES`, since others may go on
 * sending, or when a write fails, the log stops until the next checkpoint, from which it begins anew: `logging-failed`,
 * `logging-resumed`. Until then a rollback goes back to where it ended.
 */
import { type Bytes, discard } from '../../core/columns/memory.ts'
import type { ProcessSetup } from '../../core/engine.ts'
import type { Membership } from '../../core/membership/membership.ts'
import type { HistoryFields } from '../../core/metrics/history.ts'
import type { PartitionId } from '../../core/units.ts'
import type { World } from '../../core/world/world.ts'
import type { Vertex } from '../graph/vertex.ts'
import type { TimelyPlan } from '../lower.ts'
import {
  LOG_PREFIX,
  PARCEL_BYTES,
  sealSegment,
  segmentHead,
  segmentName,
  segmentPlace,
  writeParcel,
} from './log-segment.ts'
import { loggedPaths } from './logged-paths.ts'
import type { StorageRequests } from './storage-requests.ts'

/** What is sealed at once: to copy it and to sum it up takes less than a step. */
const SEGMENT_BYTES = 1024 * 1024
/** Segments that are written at once. */
const WRITES_MAX = 4
/** Bytes that are not durable: at which sources wait, and at which the log ends. */
const HELD_BYTES = 16 * 1024 * 1024
const LOST_BYTES = 64 * 1024 * 1024

export interface MessageLogOptions {
  readonly world: World
  readonly setup: ProcessSetup
  readonly plan: TimelyPlan
  readonly requests: StorageRequests
  readonly membership: Membership
  /** First epoch whose rows are not in a log yet. */
  readonly epoch: number
  /** Removes the logs of earlier generations when nobody can need them. */
  readonly clears: boolean
}

interface Segment {
  readonly name: string
  readonly bytes: number
  /** No row of this epoch or of a later one is in it, or in one before it. */
  readonly ends: number
}

interface Waiting extends Segment {
  readonly blob: Uint8Array
}

export class MessageLog {
  readonly #options: MessageLogOptions
  readonly #paths: ReadonlySet<number>
  #state: 'logging' | 'stopped' = 'logging'
  /** The open segment; it begins with a head that stays. */
  #buffer = new Uint8Array(64 * 1024)
  readonly #headBytes: number
  #used: number
  #sequence = 0
  /** Of the open segment; see `log-segment.ts`. */
  #begins: number
  /** No row of this epoch or of a later one has come. */
  #ends: number
  /** Epochs before it are over everywhere. */
  #passed: number
  /** Of the last segment. */
  #whole: number
  #writing = 0
  #waiting: Waiting[] = []
  /** Bytes of segments that are being written, or wait for it. */
  #outstanding = 0
  /** Durable, in the order in which they became so. */
  #durable: Segment[] = []
  #hasCleared = false

  constructor(options: MessageLogOptions) {
    const { world, setup, plan, membership, epoch } = options
    this.#options = options
    this.#paths = loggedPaths(setup.dataflow, plan)
    const head = segmentHead(membership.placement)
    this.#headBytes = head.length
    this.#used = head.length
    this.#reserve(head.length)
    this.#buffer.set(head)
    this.#begins = epoch
    this.#ends = epoch
    this.#passed = epoch
    this.#whole = epoch
    world.count('loggedBytes', 0)
  }

  /** Whether rows of a path are logged. */
  takes(path: number): boolean {
    return this.#paths.has(path)
  }

  /** Logs rows that a partition of this worker gets by a path, before it does anything with them. */
  append(path: number, partition: PartitionId, { pointer, length }: Bytes, epoch: number): void {
    // What is replayed is in a log already.
    if (epoch < this.#options.epoch) return
    if (this.#state === 'logging') {
      const bytes = PARCEL_BYTES + length
      if (this.#used > this.#headBytes && this.#used + bytes > SEGMENT_BYTES) this.#seal()
      this.#reserve(this.#used + bytes)
      const rows = this.#options.world.region.memory.bytes(pointer, length)
      writeParcel(this.#buffer, this.#used, { path, partition, epoch, rows })
      this.#used += bytes
    }
    if (epoch >= this.#ends) this.#ends = epoch + 1
  }

  /** A vertex whose rows by the paths of this log are logged before it takes them. */
  before(vertex: Vertex): Vertex {
    const paths = this.#options.plan.paths.map((path) =>
      path !== undefined && this.takes(path) ? path : undefined,
    )
    return {
      isReentrant: vertex.isReentrant === true,
      onRecv: (connector, parcel, time) => {
        const path = paths[connector]
        if (path !== undefined) this.append(path, parcel.partition, parcel.rows, time[0]!)
        vertex.onRecv(connector, parcel, time)
      },
      onNotify: (time) => vertex.onNotify(time),
    }
  }

  /** Whether sources are to wait. */
  get congested(): boolean {
    return this.#outstanding > HELD_BYTES
  }

  /** Call after each step, with the first epoch that is not over in this worker's view. */
  step(passed: number): void {
    // After the last tick nobody needs to come back.
    if (passed <= this.#passed || passed >= this.#options.plan.epochs) return
    this.#passed = passed
    this.#sealPassed()
  }

  /** The state before an epoch has just been copied for a checkpoint, and no row of it has been sent anywhere. */
  captured(epoch: number): void {
    if (this.#state === 'logging') return
    this.#state = 'logging'
    // What was lost had numbers, or has this one.
    this.#sequence += 1
    this.#used = this.#headBytes
    this.#begins = epoch
    this.#ends = epoch
    this.#passed = epoch
    this.#whole = epoch
    this.#tell('logging-resumed')
  }

  /** No rollback goes back beyond an epoch any more. */
  forget(epoch: number): void {
    const { requests, clears } = this.#options
    const kept: Segment[] = []
    for (const segment of this.#durable) {
      if (segment.ends > epoch) kept.push(segment)
      else requests.remove(segment.name)
    }
    this.#durable = kept
    if (clears && epoch > this.#options.epoch && !this.#hasCleared) this.#clear()
  }

  #sealPassed(): void {
    if (this.#state === 'logging' && this.#writing === 0 && this.#passed > this.#whole) this.#seal()
  }

  /** Makes a segment of what has come since the last one. */
  #seal(): void {
    const { world, setup, membership } = this.#options
    const { process, incarnation } = world
    const { generation } = membership
    const name = segmentName({
      generation,
      worker: process,
      sequence: this.#sequence,
      begins: this.#begins,
      whole: this.#passed,
    })
    const blob = sealSegment(
      { name, plan: setup.dataflow.hash, generation, process, incarnation },
      this.#buffer.subarray(0, this.#used),
    )
    // Copied, and summed up.
    world.charge('message', blob.length)
    this.#sequence += 1
    this.#used = this.#headBytes
    this.#begins = this.#ends
    this.#whole = this.#passed
    this.#outstanding += blob.length
    this.#waiting.push({ name, bytes: blob.length, ends: this.#ends, blob })
    if (this.#outstanding > LOST_BYTES) {
      this.#stop(`${this.#outstanding} bytes wait to be written, where ${LOST_BYTES} may`)
    } else this.#write()
  }

  #write(): void {
    const { world, requests } = this.#options
    while (this.#writing < WRITES_MAX) {
      const segment = this.#waiting.shift()
      if (segment === undefined) return
      const { name, bytes, ends, blob } = segment
      this.#writing += 1
      requests.write(name, blob, ({ outcome, reason }) => {
        this.#writing -= 1
        this.#outstanding -= bytes
        if (outcome === 'done') {
          world.count('loggedBytes', bytes)
          this.#durable.push({ name, bytes, ends })
        } else this.#stop(reason ?? outcome)
        this.#write()
        this.#sealPassed()
      })
    }
  }

  /** Gives up what is not being written yet. */
  #stop(reason: string): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#used = this.#headBytes
    for (const { bytes, blob } of this.#waiting) {
      this.#outstanding -= bytes
      discard(blob)
    }
    this.#waiting = []
    this.#options.world.count('logsFailed', 1)
    this.#tell('logging-failed', { reason })
  }

  #tell(event: string, fields: HistoryFields = {}): void {
    const { world, setup } = this.#options
    world.history.append(event, { tick: setup.ticks.endOf(this.#passed), ...fields })
  }

  /** Makes room in the open segment for so many bytes in all. */
  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return
    const buffer = new Uint8Array(2 ** Math.ceil(Math.log2(bytes)))
    buffer.set(this.#buffer.subarray(0, this.#used))
    this.#buffer = buffer
  }

  /** Two checkpoints of this generation are durable: nobody goes back to before it. */
  #clear(): void {
    const { requests, membership } = this.#options
    this.#hasCleared = true
    requests.list(LOG_PREFIX, ({ names = [] }) => {
      for (const name of names) {
        if (segmentPlace(name).generation < membership.generation) requests.remove(name)
      }
    })
  }
}
