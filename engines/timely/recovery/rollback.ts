/**
 * Rollback: after a failure every worker goes back to one durable checkpoint, and lost partitions move (Naiad §3.4).
 *
 *   listing ──coordinator: manifests──▶ choosing ──the newest one──▶ restore, to all ──▶ each reads its states
 *   choosing ◀──a seal is wrong: the one before──┤
 *                                                └──all are whole──▶ begin, to all ──▶ restored
 *
 * The coordinator alone chooses the checkpoint, so that all workers go back to the same one even if the coordinator of an
 * earlier generation has just finished another. Nobody begins before all have read theirs: then nothing has to be taken
 * back when a state is torn, and nobody works ahead of a worker that cannot take its messages yet. Without a checkpoint the
 * run begins again: the input is replayable, and what is committed again has the same digests.
 */
import { assert } from '../../core/assert.ts'
import { RecoveryError, StorageError } from '../../core/errors.ts'
import { orFlaw } from '../../core/recovery/sealed-blob.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import {
  type CoordinationMessage,
  decodeManifest,
  MANIFEST_PREFIX,
  type Manifest,
  manifestName,
  manifestPlace,
  type RollbackMessage,
} from './coordination.ts'
import { decodeState, type OperatorState } from './state-blob.ts'
import type { StorageEnd, StorageRequests } from './storage-requests.ts'

export interface PartitionState {
  readonly partition: PartitionId
  readonly operators: readonly OperatorState[]
}

export interface Restored {
  /** First epoch to be done. */
  readonly epoch: number
  readonly states: readonly PartitionState[]
}

export interface RollbackOptions {
  readonly self: ProcessId
  /** Live workers, ascending; the first one coordinates. */
  readonly workers: readonly ProcessId[]
  /** What this worker owns now. */
  readonly partitions: readonly PartitionId[]
  /** Hash of the plan. */
  readonly plan: string
  readonly requests: StorageRequests
  send(to: ProcessId, message: CoordinationMessage): void
  /** A checkpoint is passed over. */
  unusable(found: { readonly manifest: string; readonly reason: string }): void
  restored(restored: Restored): void
}

/** The beginning of the run, where a manifest's name would be. */
const BEGINNING = null

export class Rollback {
  #options: RollbackOptions
  /** Of the coordinator: what is left to be tried, and who has read all of what is being tried. */
  #candidates: (string | typeof BEGINNING)[] = []
  #whole = new Set<ProcessId>()
  /** Number of the checkpoint that is being tried, from 1. */
  #attempt = 0
  #read: Restored | undefined

  constructor(options: RollbackOptions) {
    this.#options = options
    if (options.workers[0] !== options.self) return
    options.requests.list(MANIFEST_PREFIX, ({ outcome, names, reason }) => {
      if (outcome === 'failed') throw lost('the list of checkpoints', reason)
      this.#candidates = candidatesOf(names ?? [])
      this.#choose(undefined)
    })
  }

  receive(from: ProcessId, message: RollbackMessage): void {
    if (message.kind === 'restore') this.#restore(message.attempt, message.manifest)
    else if (message.kind === 'read') this.#gather(from, message)
    else {
      assert(this.#read !== undefined, 'begin before all states are read')
      this.#options.restored(this.#read)
    }
  }

  #choose(flaw: string | undefined): void {
    const { workers, requests, plan, send } = this.#options
    this.#attempt += 1
    this.#whole.clear()
    const announce = (manifest: Manifest | null): void => {
      for (const to of workers) send(to, { kind: 'restore', attempt: this.#attempt, manifest })
    }
    const name = this.#candidates.shift()
    if (name === undefined) throw noneLeft(flaw)
    if (name === BEGINNING) {
      announce(null)
      return
    }
    requests.read(name, (end) => {
      const manifest = whole(name, end, (bytes) => decodeManifest({ name, plan }, bytes))
      if (typeof manifest === 'string') this.#passOver(name, manifest)
      else announce(manifest)
    })
  }

  #passOver(manifest: string, reason: string): void {
    this.#options.unusable({ manifest, reason })
    this.#choose(reason)
  }

  #gather(
    from: ProcessId,
    { attempt, manifest, flaw }: Extract<CoordinationMessage, { kind: 'read' }>,
  ): void {
    if (attempt !== this.#attempt) return
    if (flaw !== null) {
      this.#passOver(manifest, flaw)
      return
    }
    this.#whole.add(from)
    if (this.#whole.size < this.#options.workers.length) return
    for (const to of this.#options.workers) this.#options.send(to, { kind: 'begin' })
  }

  #restore(attempt: number, manifest: Manifest | null): void {
    const { partitions, requests, plan, workers, send } = this.#options
    this.#attempt = attempt
    const epoch = manifest === null ? 0 : manifest.epoch
    const states: PartitionState[] = []
    const left = new Set(manifest === null ? [] : partitions)
    let flaw: string | null = null
    const finish = (): void => {
      if (left.size > 0 || attempt !== this.#attempt) return
      this.#read = { epoch, states }
      const name = manifest === null ? '' : manifestName(manifest.epoch, manifest.generation)
      send(workers[0]!, { kind: 'read', attempt, manifest: name, flaw })
    }
    for (const partition of left) {
      const saved = manifest!.states.find((state) => state.partition === partition)
      assert(saved !== undefined, `the checkpoint at epoch ${epoch} lacks partition ${partition}`)
      const { name } = saved
      requests.read(name, (end) => {
        const operators = whole(name, end, (bytes) => decodeState({ name, plan }, bytes))
        if (typeof operators === 'string') flaw ??= operators
        else states.push({ partition, operators })
        left.delete(partition)
        finish()
      })
    }
    finish()
  }
}

/**
 * Manifests to be tried, the newest first, and the beginning. A generation that has made two checkpoints has let go of the
 * input before the last but one (`checkpoint.ts`): nothing older can be gone back to.
 */
export function candidatesOf(names: readonly string[]): (string | typeof BEGINNING)[] {
  const newest = new Map<number, number>()
  let floor = 0
  for (const name of names.toReversed()) {
    const { epoch, generation } = manifestPlace(name)
    if (newest.has(generation)) floor = Math.max(floor, epoch)
    else newest.set(generation, epoch)
  }
  const left = names.filter((name) => manifestPlace(name).epoch >= floor).toReversed()
  return floor > 0 ? left : [...left, BEGINNING]
}

/** What is decoded of a blob, or in words why it is of no use. */
function whole<T>(name: string, end: StorageEnd, decode: (bytes: Uint8Array) => T): T | string {
  const { outcome, bytes, reason } = end
  if (outcome !== 'done' || bytes === undefined) return `${name}: ${reason ?? outcome}`
  return orFlaw(() => decode(bytes))
}

function noneLeft(flaw: string | undefined): StorageError {
  return new StorageError({
    asked: 'a checkpoint to go back to',
    found: `none is whole; of the last one tried: ${flaw}`,
    rule: 'a rollback restores every partition of one durable checkpoint whose input is still there',
    remedy: 'Look at the storage; the run cannot go on',
  })
}

function lost(what: string, reason: string | undefined): RecoveryError {
  return new RecoveryError({
    asked: `${what} for a rollback`,
    found: `the storage did not give it${reason === undefined ? '' : ` (${reason})`}`,
    rule: 'a rollback restores every partition of one durable checkpoint',
    remedy: 'Look at the storage; the run cannot go on',
  })
}
