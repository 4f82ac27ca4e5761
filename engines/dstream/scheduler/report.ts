/**
 * The report: what a worker has done since its last one, in one message a step.
 *
 *   number u32, hello u32, evicted u32, shuffle bytes u32, tasks u32, files u32, then
 *     task   stage u16, partition u16, batch u32, mask u16, flags u16: 1 feeds, 2 dropped
 *     file   flags u16: 1 refused, partition u16, checkpoint u32, bytes u32; of one that is refused, why: text
 *
 * A *hello* is a worker's first report in a generation: it has adopted it, runs nothing, and repeats what the driver has
 * not acknowledged (reports of an older generation are dropped on the way).
 */
import type { PartitionId } from '../../core/units.ts'
import type { BatchNumber, StageId } from '../rdd/rdd.ts'
import type { WireReader, WireWriter } from './wire.ts'

const FEEDS = 1
const DROPPED = 2
const REFUSED = 1

/** A task has ended: it is done, or it was dropped as the driver had asked. */
export interface TaskDone {
  readonly stage: StageId
  readonly batch: BatchNumber
  readonly partition: PartitionId
  readonly mask: number
  /** It left something for the next round of a loop. */
  readonly feeds: boolean
  /** Nothing of it was stored or committed. */
  readonly dropped: boolean
}

/** A partition's file of a checkpoint is durable, or storage has refused it time and again. */
export interface FileEnded {
  /** The checkpoint. */
  readonly batch: BatchNumber
  readonly partition: PartitionId
  /** Of what is durable. */
  readonly bytes: number
  /** Why it is not. */
  readonly refusal?: string | undefined
}

export interface ReportHeader {
  readonly number: number
  readonly hello: boolean
  /** The batch up to which the worker has let shuffle blocks go, and what those after it take. */
  readonly evicted: BatchNumber
  readonly shuffleBytes: number
}

export interface ReportVisitor {
  begin(header: ReportHeader): void
  done(task: TaskDone): void
  ended(file: FileEnded): void
}

export function writeReport(
  writer: WireWriter,
  header: ReportHeader,
  content: { readonly done: readonly TaskDone[]; readonly files: readonly FileEnded[] },
): void {
  writer.clear()
  writer.u32(header.number)
  writer.u32(header.hello ? 1 : 0)
  writer.u32(header.evicted)
  writer.u32(header.shuffleBytes)
  writer.u32(content.done.length)
  writer.u32(content.files.length)
  for (const task of content.done) {
    writer.u16(task.stage)
    writer.u16(task.partition)
    writer.u32(task.batch)
    writer.u16(task.mask)
    writer.u16((task.feeds ? FEEDS : 0) | (task.dropped ? DROPPED : 0))
  }
  for (const file of content.files) {
    writer.u16(file.refusal === undefined ? 0 : REFUSED)
    writer.u16(file.partition)
    writer.u32(file.batch)
    writer.u32(file.bytes)
    if (file.refusal !== undefined) writer.text(file.refusal)
  }
}

export function readReport(reader: WireReader, visitor: ReportVisitor): void {
  const number = reader.u32()
  const hello = reader.u32() === 1
  const evicted = reader.u32()
  const shuffleBytes = reader.u32()
  const tasks = reader.u32()
  const files = reader.u32()
  visitor.begin({ number, hello, evicted, shuffleBytes })
  for (let i = 0; i < tasks; i++) {
    const stage = reader.u16()
    const partition = reader.u16()
    const batch = reader.u32()
    const mask = reader.u16()
    const flags = reader.u16()
    const feeds = (flags & FEEDS) !== 0
    visitor.done({ stage, partition, batch, mask, feeds, dropped: (flags & DROPPED) !== 0 })
  }
  for (let i = 0; i < files; i++) {
    const isRefused = reader.u16() === REFUSED
    const partition = reader.u16()
    const batch = reader.u32()
    const bytes = reader.u32()
    const refusal = isRefused ? reader.text() : undefined
    visitor.ended({ partition, batch, bytes, refusal })
  }
}
