/**
 * A new driver learns where the one before it was: from the newest record that is whole, and from what workers say.
 *
 *   listing ──names──▶ reading: the newest one, and while it is torn, damaged or gone, the one before ──▶ found
 *
 * Where there is no record nothing was forgotten, and all begins with the first batch. A worker may know of a later horizon than
 * the record that was found, if that is not the last one: then its word counts, since what lies behind it is gone.
 */
import { StorageError } from '../../core/errors.ts'
import { orFlaw } from '../../core/recovery/sealed-blob.ts'
import type { Inbound, World } from '../../core/world/world.ts'
import { type CheckpointId, horizonOf } from './checkpoint-file.ts'
import { BEGINNING, type DriverRecord, decodeRecord, RECORD_PREFIX } from './driver-record.ts'

type StorageEnd = Extract<Inbound, { kind: 'storage' }>

export class Takeover {
  #world: World
  /** Hash of the plan. */
  #plan: string
  #began = false
  #request: number | undefined
  /** Records in storage, oldest first; undefined until they are listed. */
  #names: readonly string[] | undefined
  /** How many of them have been tried, from the newest on. */
  #tried = 0
  #record: DriverRecord | undefined
  /** The durable checkpoints with the last horizon that a worker knows. */
  #told: readonly CheckpointId[] = []

  constructor(world: World, plan: string) {
    this.#world = world
    this.#plan = plan
  }

  /** Whether it has not asked for anything yet. */
  get isNew(): boolean {
    return !this.#began
  }

  /** Names of the records that storage has, oldest first. */
  get names(): readonly string[] {
    return this.#names ?? []
  }

  /** The name of the record that was found whole; empty where there are none. */
  get name(): string {
    return this.names.at(-this.#tried) ?? ''
  }

  /** Where to go on, when it is known. Complete when all live workers have said what they know. */
  get found(): DriverRecord | undefined {
    const record = this.#record
    const horizon = horizonOf(this.#told)
    if (record === undefined || horizon <= horizonOf(record.checkpoints)) return record
    return {
      ...record,
      completed: Math.max(record.completed, horizon),
      checkpoints: this.#told,
    }
  }

  /** Asks storage for what is needed next. */
  step(): void {
    this.#began = true
    if (this.#request !== undefined || this.#record !== undefined) return
    const { storage } = this.#world
    const names = this.#names
    this.#request =
      names === undefined ? storage.list(RECORD_PREFIX) : storage.read(names.at(-1 - this.#tried)!)
  }

  /** Takes a storage completion. Errors: `StorageError` where there are records, and none is whole. */
  ended({ request, outcome, names, bytes, reason }: StorageEnd): void {
    if (request !== this.#request) return
    this.#request = undefined
    if (this.#names === undefined) {
      // One that failed is asked for again.
      if (outcome === 'done') this.#names = names ?? []
    } else {
      this.#read(outcome === 'done' ? bytes : undefined, reason ?? outcome)
    }
    if (this.#names?.length === 0) this.#record = BEGINNING
  }

  /** The durable checkpoints that a worker knows of. */
  told(checkpoints: readonly CheckpointId[]): void {
    if (horizonOf(checkpoints) > horizonOf(this.#told)) this.#told = checkpoints
  }

  #read(blob: Uint8Array | undefined, reason: string): void {
    this.#tried += 1
    const { name } = this
    const read =
      blob === undefined ? reason : orFlaw(() => decodeRecord({ name, plan: this.#plan }, blob))
    if (typeof read !== 'string') {
      this.#record = read
      return
    }
    this.#world.history.append('driver-record-damaged', { name, reason: read })
    if (this.#tried === this.names.length) throw this.#nothingWhole(read)
  }

  #nothingWhole(last: string): StorageError {
    return new StorageError(
      {
        asked: 'the record of the driver before this one',
        found: `none of ${this.names.length} can be read: ${last}`,
        rule: 'a new driver must know which checkpoints are durable and which batches are completed',
        remedy: 'Look at the storage of the run',
      },
      { names: this.names },
    )
  }
}
