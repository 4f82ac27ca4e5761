/**
 * The driver's record: what its successor cannot learn from anybody else, one blob for each timestep (D-Streams §4.1: per
 * timestep, a file with what the master needs, renamed into place).
 *
 *   the seal of `core/recovery/sealed-blob.ts`, then words u32:
 *   completed, end, fed back, checkpoints, queries; checkpoint: batch, generation; query: turn
 *
 * What is not in it. The plan: each process rebuilds it, and its hash is in the seal. Term, lives and placement: the authority
 * has them. Blocks, and tasks that are done: workers say so (`scheduler/inventory.ts`). Where batches end: the tick log of a run
 * has one decision, its configuration; who makes others has to add them here. A checkpoint that is under way: it is given up,
 * and a later one saves it all. Files that outputs save: their names are logical times, so writing them again is harmless.
 *
 * It is written beside the work (`driver-log.ts`), so a driver may die with batches that no record has. They are not lost, and not cut
 * otherwise: the input is replayable, and where a batch ends is a function of the tick log alone. So the new driver closes them
 * again, as the same batches, and they are run again as far as no worker says that they are done; a commit that is made twice has
 * the same digest. What could not be made again is what is forgotten, so nothing is forgotten before the record that no
 * longer needs it is durable.
 */
import {
  type BlobFormat,
  type BlobIdentity,
  type BlobWriter,
  openBlob,
  sealBlob,
} from '../../core/recovery/sealed-blob.ts'
import type { RunConfig } from '../../core/run-config.ts'
import type { BatchNumber } from '../rdd/rdd.ts'
import type { CheckpointId } from './checkpoint-file.ts'

/** Of a loop that is run as jobs. */
export interface RoundsRecord {
  /** The batch behind the last round; 0 while it is not known. */
  readonly end: BatchNumber
  /** The last batch that put something out for the next round. */
  readonly fedBack: BatchNumber
}

export interface DriverRecord {
  /** All batches up to it are completed: their commits are visible. */
  readonly completed: BatchNumber
  /** Durable, and still read; ascending. The last one's batch is the horizon. */
  readonly checkpoints: readonly CheckpointId[]
  /** By query: the first turn that is not answered. */
  readonly asked: readonly number[]
  readonly rounds: RoundsRecord
}

export const NO_ROUNDS: RoundsRecord = { end: 0, fedBack: 0 }

/** Of a run in which no batch has been completed. */
export const BEGINNING: DriverRecord = {
  completed: 0,
  checkpoints: [],
  asked: [],
  rounds: NO_ROUNDS,
}

export const RECORD_FORMAT: BlobFormat = { mark: 0x44524453, version: 1 }

export const RECORD_PREFIX = 'dstream/driver/'

/** Names are in the order in which records were written. */
export function recordName(term: number, number: number): string {
  return RECORD_PREFIX + [term, number].map((part) => String(part).padStart(10, '0')).join('/')
}

/** Whether somebody takes over from a lost driver. Where survivors take over from the dead, none of them is a driver. */
export function replacesDriver({ replacement }: Pick<RunConfig, 'replacement'>): boolean {
  return replacement === 'respawn'
}

export function encodeRecord(seal: BlobIdentity & BlobWriter, record: DriverRecord): Uint8Array {
  const { completed, checkpoints, asked, rounds } = record
  const counts = [checkpoints.length, asked.length]
  const words = [completed, rounds.end, rounds.fedBack, ...counts]
  for (const { batch, generation } of checkpoints) words.push(batch, generation)
  words.push(...asked)
  return sealBlob(RECORD_FORMAT, seal, {
    length: words.length * 4,
    fill(body) {
      const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
      for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true)
    },
  })
}

/** Errors: `StorageError`, as `openBlob`. */
export function decodeRecord(identity: BlobIdentity, blob: Uint8Array): DriverRecord {
  const body = openBlob(RECORD_FORMAT, identity, blob)
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  let at = 0
  const word = (): number => {
    at += 4
    return view.getUint32(at - 4, true)
  }
  const completed = word()
  const rounds = { end: word(), fedBack: word() }
  const [checkpoints, asked] = [word(), word()]
  return {
    completed,
    rounds,
    checkpoints: Array.from({ length: checkpoints }, () => ({
      batch: word(),
      generation: word(),
    })),
    asked: Array.from({ length: asked }, word),
  }
}
