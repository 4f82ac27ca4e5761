/**
 * The inventory: what a worker has, told to a driver that knows nothing of it yet (D-Streams §4.1: when the master fails, workers
 * reconnect to the new one and report their partitions). It goes before the hello, in as many messages as it takes.
 *
 *   checkpoints u32, blocks u32, tasks u32, 0 u32, then
 *     checkpoint  batch u32, generation u32                         durable and still read, as the worker was told last
 *     block       rdd u16, partition u16, batch u32                 is here, and stays until this driver says otherwise
 *     task        stage u16, partition u16, batch u32, feeds u32    its commits are visible
 */
import { MAKE_EMISSION } from '../dstream/dstream.ts'
import { blockKey, blockOfKey } from '../rdd/rdd.ts'
import type { CheckpointId } from '../recovery/checkpoint-file.ts'
import type { TaskDone } from './report.ts'
import type { WireReader, WireWriter } from './wire.ts'

export interface Inventory {
  readonly checkpoints: readonly CheckpointId[]
  /** Their keys. */
  readonly blocks: readonly number[]
  /** Of batches that may not be completed. */
  readonly finished: readonly TaskDone[]
}

/** Of blocks, and of tasks, in one message: it must fit into a link's ring with room to spare. */
const ENTRIES_MAX = 512

/** Calls `send` for each message, with what is to be sent in the writer. */
export function writeInventory(
  writer: WireWriter,
  { checkpoints, blocks, finished }: Inventory,
  send: () => void,
): void {
  const most = Math.max(blocks.length, finished.length, Math.min(1, checkpoints.length))
  for (let at = 0; at < most; at += ENTRIES_MAX) {
    writePart(writer, {
      checkpoints: at === 0 ? checkpoints : [],
      blocks: blocks.slice(at, at + ENTRIES_MAX),
      finished: finished.slice(at, at + ENTRIES_MAX),
    })
    send()
  }
}

function writePart(writer: WireWriter, { checkpoints, blocks, finished }: Inventory): void {
  writer.clear()
  writer.u32(checkpoints.length)
  writer.u32(blocks.length)
  writer.u32(finished.length)
  writer.u32(0)
  for (const { batch, generation } of checkpoints) {
    writer.u32(batch)
    writer.u32(generation)
  }
  for (const key of blocks) {
    const { rdd, batch, partition } = blockOfKey(key)
    writer.u16(rdd)
    writer.u16(partition)
    writer.u32(batch)
  }
  for (const { stage, partition, batch, feeds } of finished) {
    writer.u16(stage)
    writer.u16(partition)
    writer.u32(batch)
    writer.u32(feeds ? 1 : 0)
  }
}

export function readInventory(reader: WireReader): Inventory {
  const [checkpoints, blocks, finished] = [reader.u32(), reader.u32(), reader.u32()]
  reader.u32()
  return {
    checkpoints: Array.from({ length: checkpoints }, () => ({
      batch: reader.u32(),
      generation: reader.u32(),
    })),
    blocks: Array.from({ length: blocks }, () => {
      const [rdd, partition] = [reader.u16(), reader.u16()]
      return blockKey(rdd, reader.u32(), partition)
    }),
    finished: Array.from({ length: finished }, () => {
      const [stage, partition] = [reader.u16(), reader.u16()]
      const batch = reader.u32()
      const feeds = reader.u32() === 1
      return { stage, partition, batch, mask: MAKE_EMISSION, feeds, dropped: false }
    }),
  }
}
