/**
 * What workers tell each other about checkpoints and rollbacks. Rare, so as JSON text.
 *
 *   worker ──skipped or saved──▶ coordinator ──settled──▶ all       at a snapshot (`barrier-snapshots.ts`)
 *   worker ──captured──▶ coordinator ──resume──▶ all workers        at a checkpoint (`checkpoint.ts`)
 *   worker ──saved──▶ coordinator ──durable──▶ all workers          when it is written
 *   coordinator ──restore──▶ all workers ──read──▶ coordinator ──begin──▶ all workers
 *                                                                   after a new generation (`rollback.ts`)
 *   worker ──kept──▶ coordinator                                    before that, where some may go on (`takeover.ts`)
 *
 * The coordinator is the lowest live worker of the generation.
 */
import {
  type BlobFormat,
  type BlobIdentity,
  type BlobWriter,
  openBlob,
  sealBlob,
} from '../../core/recovery/sealed-blob.ts'
import type { PartitionId } from '../../core/units.ts'
import type { LogPart } from './log-coverage.ts'
import { padded } from './log-segment.ts'
import type { Kept, KeptWorker } from './takeover.ts'

export interface SavedState {
  readonly partition: PartitionId
  /** Blob that holds the partition's state. */
  readonly name: string
}

export interface Manifest {
  readonly generation: number
  /** First epoch that is not in the state; its tick's start is the checkpoint's instant. */
  readonly epoch: number
  /** Every partition once, ascending. */
  readonly states: readonly SavedState[]
}

export type CoordinationMessage =
  /** The state before the epoch is copied. */
  | { readonly kind: 'captured'; readonly epoch: number }
  | { readonly kind: 'resume'; readonly epoch: number }
  | {
      readonly kind: 'saved'
      readonly epoch: number
      /** `null` when the storage failed: the checkpoint is given up. */
      readonly states: readonly SavedState[] | null
    }
  /** The worker takes no part in a snapshot: the one before is under way, as far as it knows. */
  | { readonly kind: 'skipped'; readonly epoch: number }
  /** A snapshot is durable or given up; the next one may begin. */
  | { readonly kind: 'settled'; readonly epoch: number; readonly durable: boolean }
  /** The oldest checkpoint that a rollback may still choose begins here; no input before it is needed. */
  | { readonly kind: 'durable'; readonly epoch: number }
  | RollbackMessage

export type RollbackMessage =
  /** What this worker goes on with, if the others and the checkpoint let it; null: nothing. */
  | { readonly kind: 'kept'; readonly kept: Kept | null }
  /**
   * Read the states of a checkpoint, and what was logged since then. `null`: there is none, it is the beginning. Attempts are
   * counted from 1.
   */
  | {
      readonly kind: 'restore'
      readonly attempt: number
      readonly manifest: Manifest | null
      readonly log: readonly LogPart[]
      /** Who goes on without it. */
      readonly kept: readonly KeptWorker[]
    }
  /**
   * All that is this worker's is read: `null`, or in words what is wrong with a state or, if it is named, with a segment of
   * the log.
   */
  | {
      readonly kind: 'read'
      readonly attempt: number
      readonly manifest: string
      readonly segment: string | null
      readonly flaw: string | null
    }
  /** All workers have read theirs. */
  | { readonly kind: 'begin' }

/** Whether a message is for who rolls back; others may be from workers that have begun already. */
export function isOfRollback(message: CoordinationMessage): message is RollbackMessage {
  return ['kept', 'restore', 'read', 'begin'].includes(message.kind)
}

export function encodeCoordination(message: CoordinationMessage): Uint8Array {
  return Buffer.from(JSON.stringify(message), 'utf8')
}

export function decodeCoordination(bytes: Uint8Array): CoordinationMessage {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as CoordinationMessage
}

export const MANIFEST_FORMAT: BlobFormat = { mark: 0x314d5354, version: 2 }

export function encodeManifest(seal: BlobIdentity & BlobWriter, manifest: Manifest): Uint8Array {
  const text = Buffer.from(JSON.stringify(manifest), 'utf8')
  return sealBlob(MANIFEST_FORMAT, seal, { length: text.length, fill: (body) => body.set(text) })
}

/** Errors: `StorageError`, as `openBlob`. */
export function decodeManifest(identity: BlobIdentity, blob: Uint8Array): Manifest {
  const body = openBlob(MANIFEST_FORMAT, identity, blob)
  return JSON.parse(Buffer.from(body).toString('utf8')) as Manifest
}

export const MANIFEST_PREFIX = 'timely/manifest/'

/** Names ascend with the epoch, then with the generation. */
export function manifestName(epoch: number, generation: number): string {
  return `${MANIFEST_PREFIX}${padded(epoch)}-${padded(generation)}`
}

export function manifestPlace(name: string): Pick<Manifest, 'epoch' | 'generation'> {
  const [epoch, generation] = name.slice(MANIFEST_PREFIX.length).split('-').map(Number)
  return { epoch: epoch!, generation: generation! }
}

export function stateName(generation: number, epoch: number, partition: PartitionId): string {
  return `timely/state/${padded(generation)}/${padded(epoch)}/${padded(partition)}`
}
