/**
 * Rollback: after a failure every worker goes back to the last durable checkpoint, and lost partitions move (Naiad §3.4).
 *
 *   listing ──coordinator: manifests──▶ reading the last one ──▶ announced to all ──▶ restoring ──states read──▶ restored
 *
 * The coordinator alone chooses the checkpoint, so that all workers go back to the same one even if the coordinator of an
 * earlier generation has just finished another. Without a checkpoint the run begins again: the input is replayable, and
 * what is committed again has the same digests.
 */
import { assert } from '../../core/assert.ts'
import { RecoveryError } from '../../core/errors.ts'
import type { PartitionId, ProcessId } from '../../core/units.ts'
import {
  type CoordinationMessage,
  decodeManifest,
  MANIFEST_PREFIX,
  type Manifest,
} from './coordination.ts'
import { decodeState, type OperatorState } from './state-blob.ts'
import type { StorageRequests } from './storage-requests.ts'

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
  restored(restored: Restored): void
}

export class Rollback {
  #options: RollbackOptions

  constructor(options: RollbackOptions) {
    this.#options = options
    if (options.workers[0] !== options.self) return
    options.requests.list(MANIFEST_PREFIX, ({ outcome, names, reason }) => {
      if (outcome === 'failed') throw lost('the list of checkpoints', reason)
      this.#choose(names ?? [])
    })
  }

  receive(message: CoordinationMessage): void {
    if (message.kind === 'restore') this.#restore(message.manifest)
  }

  #choose(names: readonly string[]): void {
    const { workers, requests, plan, send } = this.#options
    const announce = (manifest: Manifest | null): void => {
      for (const worker of workers) send(worker, { kind: 'restore', manifest })
    }
    const name = names[names.length - 1]
    if (name === undefined) {
      announce(null)
      return
    }
    requests.read(name, ({ outcome, bytes, reason }) => {
      if (outcome === 'failed') throw lost(name, reason)
      // Removed meanwhile by a coordinator that was: there is an earlier one, or none was needed.
      if (bytes === undefined) this.#choose(names.slice(0, -1))
      else announce(decodeManifest({ name, plan }, bytes))
    })
  }

  #restore(manifest: Manifest | null): void {
    const { partitions, requests, restored, plan } = this.#options
    if (manifest === null) {
      restored({ epoch: 0, states: [] })
      return
    }
    const { epoch } = manifest
    const states: PartitionState[] = []
    const finish = (): void => {
      if (states.length === partitions.length) restored({ epoch, states })
    }
    for (const partition of partitions) {
      const saved = manifest.states.find((state) => state.partition === partition)
      assert(saved !== undefined, `the checkpoint at epoch ${epoch} lacks partition ${partition}`)
      requests.read(saved.name, ({ outcome, bytes, reason }) => {
        if (outcome !== 'done' || bytes === undefined) throw lost(saved.name, reason)
        states.push({ partition, operators: decodeState({ name: saved.name, plan }, bytes) })
        finish()
      })
    }
    finish()
  }
}

function lost(what: string, reason: string | undefined): RecoveryError {
  return new RecoveryError({
    asked: `${what} for a rollback`,
    found: `the storage did not give it${reason === undefined ? '' : ` (${reason})`}`,
    rule: 'a rollback restores every partition of one durable checkpoint',
    remedy: 'Look at the storage; the run cannot go on',
  })
}
