/**
 * The launch message: all that the driver has to say to one worker in one step (D-Streams §4.2: control messages
 * were tuned for many small tasks; here one message carries many).
 *
 *   acknowledged u32   reports up to this number have arrived
 *   end u32            of a loop that is run as jobs: the batch behind its last round; 0 while it goes on
 *   recorded u32       completed batches that the driver's record has: no other driver will ask for what was done of them
 *   evicted u32        shuffle blocks of batches up to it may go, though recovery would read them
 *   checkpoints, releases, saves, moves, groups: u32 counts, then
 *     checkpoint  batch u32, generation u32                        durable and still read, ascending; none: as before.
 *                                                                  Blocks that only tasks up to the last one read may go
 *     release  rdd u16, partition u16, batch u32                   a table without readers
 *     save     0 u16, partition u16, batch u32                     a partition to be written to the checkpoint of a batch
 *     move     rdd u16, partition u16, batch u32, worker u32       a shuffle block that is not with its partition's owner;
 *                                                                  a table that is read here and lies elsewhere
 *     group    stage u16, mask u16, batch u32, count u16, count × partition u16, aligned to 4; mask 0: tasks to be
 *              dropped, if they are not done, since another worker has done them
 */
import type { PartitionId, ProcessId } from '../../core/units.ts'
import { type BatchNumber, blockOfKey, type RddId, type StageId } from '../rdd/rdd.ts'
import type { CheckpointId } from '../recovery/checkpoint-file.ts'
import type { WireReader, WireWriter } from './wire.ts'

/** In place of a mask. */
export const DROP = 0

export interface TaskGroup {
  readonly stage: StageId
  readonly batch: BatchNumber
  readonly mask: number
  readonly partitions: PartitionId[]
}

export interface Move {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly worker: ProcessId
}

export interface Launch {
  readonly acknowledged: number
  /** Infinite while a loop goes on; undefined without one. */
  readonly end: BatchNumber | undefined
  readonly recorded: BatchNumber
  readonly evicted: BatchNumber
  readonly checkpoints: readonly CheckpointId[]
  /** Block keys; those of saves have no rdd. */
  readonly releases: number[]
  readonly saves: number[]
  readonly moves: Move[]
  readonly groups: TaskGroup[]
}

export function writeLaunch(writer: WireWriter, launch: Launch): void {
  writer.clear()
  writer.u32(launch.acknowledged)
  writer.u32(Number.isFinite(launch.end) ? launch.end! : 0)
  writer.u32(launch.recorded)
  writer.u32(launch.evicted)
  writer.u32(launch.checkpoints.length)
  writer.u32(launch.releases.length)
  writer.u32(launch.saves.length)
  writer.u32(launch.moves.length)
  writer.u32(launch.groups.length)
  for (const { batch, generation } of launch.checkpoints) {
    writer.u32(batch)
    writer.u32(generation)
  }
  for (const key of launch.releases) writeKey(writer, key)
  for (const key of launch.saves) writeKey(writer, key)
  for (const move of launch.moves) {
    writer.u16(move.rdd)
    writer.u16(move.partition)
    writer.u32(move.batch)
    writer.u32(move.worker)
  }
  for (const group of launch.groups) {
    writer.u16(group.stage)
    writer.u16(group.mask)
    writer.u32(group.batch)
    writer.u16(group.partitions.length)
    for (const partition of group.partitions) writer.u16(partition)
    writer.align(4)
  }
}

/** `end` is 0 while it is not known, or without a loop. */
export type LaunchHeader = Readonly<Record<'acknowledged' | 'end' | 'recorded' | 'evicted', number>>

export interface LaunchVisitor {
  begin(header: LaunchHeader): void
  checkpoints(durable: readonly CheckpointId[]): void
  release(rdd: RddId, batch: BatchNumber, partition: PartitionId): void
  save(checkpoint: BatchNumber, partition: PartitionId): void
  move(move: Move): void
  task(stage: StageId, batch: BatchNumber, partition: PartitionId, mask: number): void
  drop(stage: StageId, batch: BatchNumber, partition: PartitionId): void
}

export function readLaunch(reader: WireReader, visitor: LaunchVisitor): void {
  const [acknowledged, end, recorded] = [reader.u32(), reader.u32(), reader.u32()]
  visitor.begin({ acknowledged, end, recorded, evicted: reader.u32() })
  const checkpoints = reader.u32()
  const releases = reader.u32()
  const saves = reader.u32()
  const moves = reader.u32()
  const groups = reader.u32()
  if (checkpoints > 0) {
    visitor.checkpoints(
      Array.from({ length: checkpoints }, () => ({
        batch: reader.u32(),
        generation: reader.u32(),
      })),
    )
  }
  for (let i = 0; i < releases + saves; i++) {
    const rdd = reader.u16()
    const partition = reader.u16()
    const batch = reader.u32()
    if (i < releases) visitor.release(rdd, batch, partition)
    else visitor.save(batch, partition)
  }
  for (let i = 0; i < moves; i++) {
    const rdd = reader.u16()
    const partition = reader.u16()
    const batch = reader.u32()
    visitor.move({ rdd, partition, batch, worker: reader.u32() })
  }
  for (let i = 0; i < groups; i++) {
    const stage = reader.u16()
    const mask = reader.u16()
    const batch = reader.u32()
    const count = reader.u16()
    for (let t = 0; t < count; t++) {
      const partition = reader.u16()
      if (mask === DROP) visitor.drop(stage, batch, partition)
      else visitor.task(stage, batch, partition, mask)
    }
    reader.align(4)
  }
}

function writeKey(writer: WireWriter, key: number): void {
  const { rdd, batch, partition } = blockOfKey(key)
  writer.u16(rdd)
  writer.u16(partition)
  writer.u32(batch)
}
