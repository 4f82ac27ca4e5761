/**
 * The driver's log: writes its records (`driver-record.ts`) to storage while jobs go on, one at a time.
 *
 *   a batch is completed, or a checkpoint's files are all there ─▶ written ─durable─▶ `recorded`: what is behind it may be forgotten
 *
 * A record says how things stand, so one takes the place of all that were not written yet: short batches share one
 * (`RECORD_EVERY`), unless a horizon waits for it. The last `KEPT` of them stay: should the newest be damaged, there is another.
 * One that storage refuses is written again, later and with what is true then; until one is durable nothing is forgotten. Where a
 * horizon waits for it, and storage has refused so many in a row as it may refuse a file of a checkpoint (`FAILURES_MAX`), the run ends
 * when there is no room for more (`refused`).
 *
 * Where nobody would read them none are written, and all is as recorded at once.
 */
import type { Membership } from '../../core/membership/membership.ts'
import { milliseconds, type Nanos } from '../../core/units.ts'
import type { Inbound, World } from '../../core/world/world.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import { horizonOf } from './checkpoint-file.ts'
import { BEGINNING, type DriverRecord, encodeRecord, recordName } from './driver-record.ts'

/** Batches that are shorter share a record: to run some of them again costs less than to make each of their records durable. */
const RECORD_EVERY: Nanos = milliseconds(200)
const KEPT = 2
/** Where storage has refused so many in a row, it may be that no horizon moves any more. As with a checkpoint's file. */
const FAILURES_MAX = 3

type StorageEnd = Extract<Inbound, { kind: 'storage' }>

export interface DriverLogParts {
  /** Whether there are records at all. */
  readonly isKept: boolean
  /** Hash of the plan. */
  readonly plan: string
  /** The driver's, now. */
  readonly membership: () => Pick<Membership, 'generation' | 'term'>
  readonly completed: () => BatchNumber
  /** What the horizon will be once it is recorded. */
  readonly horizon: () => BatchNumber
  /** How things stand: `completed` and `horizon` are in it. */
  readonly record: () => DriverRecord
  /** A record with this horizon is durable. */
  readonly recorded: (horizon: BatchNumber) => void
  /** Storage refuses one record after the other, and a horizon waits: which, and why. Errors: `StorageError` where it cannot wait. */
  readonly refused: (name: string, reason: string) => void
}

export class DriverLog {
  #world: World
  #parts: DriverLogParts
  /** The last that is durable. */
  #last: DriverRecord = BEGINNING
  #number = 0
  #writing:
    | { readonly request: number; readonly name: string; readonly record: DriverRecord }
    | undefined
  /** The next one is not written before; one that a horizon waits for, not before `#retryAt`. */
  #dueAt: Nanos = 0
  #retryAt: Nanos = 0
  /** Records that storage has refused since the last that is durable. */
  #failures = 0
  /** Records in storage, oldest first. */
  #names: string[] = []

  constructor(world: World, parts: DriverLogParts) {
    this.#world = world
    this.#parts = parts
  }

  /** Completed batches that a durable record has. */
  get recorded(): BatchNumber {
    return this.#last.completed
  }

  /** Takes over what drivers before have left: it goes as theirs would have. */
  adopt(names: readonly string[]): void {
    this.#names = [...names]
  }

  /** Writes what is new, if it is time for it. */
  step(now: Nanos): void {
    if (this.#writing !== undefined) return
    const { isKept, completed, record } = this.#parts
    const isAwaited = this.#isAwaited
    if (!isAwaited && completed() <= this.#last.completed) return
    if (!isKept) this.#durable(record())
    else if (now >= (isAwaited ? this.#retryAt : this.#dueAt)) this.#write(now, record())
  }

  /** Takes a storage completion; returns whether it was that of a record. */
  ended({ request, outcome, reason }: StorageEnd): boolean {
    const writing = this.#writing
    if (request !== writing?.request) return false
    this.#writing = undefined
    const { storage, history } = this.#world
    if (outcome !== 'done') {
      this.#retryAt = this.#world.now() + RECORD_EVERY
      this.#dueAt = this.#retryAt
      history.append('driver-record-failed', { name: writing.name, reason: reason ?? outcome })
      this.#world.count('driverRecordsFailed', 1)
      this.#failures += 1
      if (this.#isAwaited && this.#failures >= FAILURES_MAX) {
        this.#parts.refused(writing.name, reason ?? outcome)
      }
      return true
    }
    this.#failures = 0
    this.#names.push(writing.name)
    for (const name of this.#names.splice(0, this.#names.length - KEPT)) storage.remove(name)
    this.#durable(writing.record)
    return true
  }

  /** Whether a horizon waits for the next record. */
  get #isAwaited(): boolean {
    return this.#parts.horizon() > horizonOf(this.#last.checkpoints)
  }

  #write(now: Nanos, record: DriverRecord): void {
    const { process, incarnation, storage } = this.#world
    const { generation, term } = this.#parts.membership()
    this.#number += 1
    const name = recordName(term, this.#number)
    const seal = { name, plan: this.#parts.plan, generation, process, incarnation }
    const bytes = encodeRecord(seal, record)
    this.#world.count('driverRecordBytes', bytes.length)
    this.#dueAt = now + RECORD_EVERY
    this.#writing = { request: storage.write(name, bytes), name, record }
  }

  #durable(record: DriverRecord): void {
    this.#last = record
    this.#parts.recorded(horizonOf(record.checkpoints))
  }
}
