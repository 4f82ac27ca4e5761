/**
 * A spilled block as a blob: sealed like a checkpoint, so that one which is torn or damaged is found out when it is read
 * back. It belongs to a life of a worker, whatever the generation, and is scratch: a dead worker's disk is lost with it.
 */
import { discard } from '../../core/columns/memory.ts'
import { type BlobFormat, openBlob, orFlaw, sealBlob } from '../../core/recovery/sealed-blob.ts'
import type { World } from '../../core/world/world.ts'

const SPILL_FORMAT: BlobFormat = { mark: 0x4c505344, version: 2 }
const NOTHING = new Uint8Array(0)

export interface Spill {
  readonly name: string
  /** Hash of the plan. */
  readonly plan: string
}

/** Takes the bytes away from the caller. Returns the number of the request. */
export function writeSpill(
  { storage, process, incarnation }: Pick<World, 'storage' | 'process' | 'incarnation'>,
  { name, plan }: Spill,
  bytes: Uint8Array,
): number {
  const seal = { name, plan, generation: 0, process, incarnation }
  const body = { length: bytes.length, fill: (to: Uint8Array) => to.set(bytes) }
  const blob = sealBlob(SPILL_FORMAT, seal, body)
  discard(bytes)
  return storage.writeScratch(name, blob)
}

/** The bytes of the block, or in words what is wrong with the blob. */
export function openSpill(spill: Spill, blob: Uint8Array | undefined): Uint8Array | string {
  return orFlaw(() => openBlob(SPILL_FORMAT, spill, blob ?? NOTHING))
}
