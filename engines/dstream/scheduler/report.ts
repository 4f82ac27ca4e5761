/**
 * The report: what a worker has done since its last one, in one message a step.
 *
 *   number u32, hello u32, tasks u32, saves u32, then
 *     task   stage u16, partition u16, batch u32, mask u32
 *     save   rdd u16, partition u16, batch u32, bytes u32
 *
 * A *hello* is a worker's first report in a generation: it has adopted it, runs nothing, and repeats what the driver has
 * not acknowledged (reports of an older generation are dropped on the way).
 */
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, RddId, StageId } from '../rdd/rdd.ts'
import type { WireReader, WireWriter } from './wire.ts'

export interface TaskDone {
  readonly stage: StageId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly mask: number
}

export interface BlockSaved {
  readonly rdd: RddId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly bytes: number
}

export interface ReportVisitor {
  begin(number: number, hello: boolean): void
  done(task: TaskDone): void
  saved(block: BlockSaved): void
}

export function writeReport(
  writer: WireWriter,
  header: { readonly number: number; readonly hello: boolean },
  content: { readonly done: readonly TaskDone[]; readonly saved: readonly BlockSaved[] },
): void {
  writer.clear()
  writer.u32(header.number)
  writer.u32(header.hello ? 1 : 0)
  writer.u32(content.done.length)
  writer.u32(content.saved.length)
  for (const task of content.done) {
    writer.u16(task.stage)
    writer.u16(task.partition)
    writer.u32(task.batch)
    writer.u32(task.mask)
  }
  for (const block of content.saved) {
    writer.u16(block.rdd)
    writer.u16(block.partition)
    writer.u32(block.batch)
    writer.u32(block.bytes)
  }
}

export function readReport(reader: WireReader, visitor: ReportVisitor): void {
  const number = reader.u32()
  const hello = reader.u32() === 1
  const tasks = reader.u32()
  const saves = reader.u32()
  visitor.begin(number, hello)
  for (let i = 0; i < tasks; i++) {
    const stage = reader.u16()
    const partition = reader.u16()
    const batch = reader.u32()
    visitor.done({ stage, partition, batch, mask: reader.u32() })
  }
  for (let i = 0; i < saves; i++) {
    const rdd = reader.u16()
    const partition = reader.u16()
    const batch = reader.u32()
    visitor.saved({ rdd, partition, batch, bytes: reader.u32() })
  }
}
