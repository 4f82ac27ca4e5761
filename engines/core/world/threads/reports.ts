/** What a process tells the supervisor beside commits: its history, the rows that a run keeps, and parts of answers. */
import { deserialize, serialize } from 'node:v8'
import type { RunMemory } from '../../columns/memory.ts'
import type { HistoryEvent, HistoryFields, HistoryLog } from '../../metrics/history.ts'
import type { CommittedRows } from '../../output/commit.ts'
import type { KeptRows } from '../../output/kept-rows.ts'
import type { AnswerPart, Answers } from '../../queries/answer.ts'
import type { Nanos, ProcessId } from '../../units.ts'
import { ChunkReader, ChunkWriter } from './chunk-stream.ts'
import type { RingSpan } from './ring.ts'

const KIND_HISTORY = 0
const KIND_ROWS = 1
const KIND_ANSWER = 2
const QUEUE_BYTES_MAX = 64 * 1024 * 1024

export class ReportWriter implements HistoryLog {
  #reports: ChunkWriter
  #now: () => Nanos

  constructor(
    memory: RunMemory,
    span: RingSpan,
    reporter: {
      readonly process: ProcessId
      readonly incarnation: number
      readonly now: () => Nanos
    },
  ) {
    this.#reports = new ChunkWriter(memory, span, {
      name: `reports of process ${reporter.process}`,
      incarnation: reporter.incarnation,
      queueBytesMax: QUEUE_BYTES_MAX,
    })
    this.#now = reporter.now
  }

  append(event: string, fields: HistoryFields = {}): void {
    const record = { at: this.#now(), event, fields }
    this.#reports.push(KIND_HISTORY, Buffer.from(JSON.stringify(record)))
    this.pump()
  }

  keepRows(rows: CommittedRows): void {
    this.#reports.push(KIND_ROWS, serialize(rows))
    this.pump()
  }

  /** Who asked waits for it. */
  answer(part: AnswerPart): void {
    this.#reports.push(KIND_ANSWER, serialize(part))
    this.pump()
    this.#reports.wakeReader()
  }

  /** Whether something waits for room on the ring. */
  get pending(): boolean {
    return this.#reports.pending
  }

  ready(): boolean {
    return this.#reports.unblocked
  }

  /** Moves what it can; the supervisor is woken only when the ring is half full. */
  pump(): void {
    if (!this.#reports.pending) return
    this.#reports.pump()
    if (this.#reports.halfFull()) this.#reports.wakeReader()
  }
}

/** The supervisor's side of one process's reports. */
export class ReportReader {
  #reports: ChunkReader
  #process: ProcessId

  constructor(memory: RunMemory, span: RingSpan, process: ProcessId) {
    this.#reports = new ChunkReader(memory, span)
    this.#process = process
  }

  drain(record: {
    readonly history: { push(event: HistoryEvent): unknown }
    readonly rows: Pick<KeptRows, 'add'>
    readonly answers: Answers
  }): void {
    this.#reports.poll((kind, bytes, incarnation) => {
      if (kind === KIND_ROWS) {
        record.rows.add(deserialize(bytes) as CommittedRows)
        return
      }
      if (kind === KIND_ANSWER) {
        record.answers.add(deserialize(bytes) as AnswerPart)
        return
      }
      const { at, event, fields } = JSON.parse(Buffer.from(bytes).toString()) as HistoryEvent
      record.history.push({ at, process: this.#process, incarnation, event, fields })
    })
  }
}
