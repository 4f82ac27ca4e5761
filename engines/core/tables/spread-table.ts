/**
 * Tables in which the least or greatest integers spread along events, until none changes any more: what a table of extremes
 * (`extremes-table.ts`) and its join with all events (`integer-join.ts`) give together when each pair (event, row) of the join is
 * a row of the table again (`operators/spread-form.ts`). Where events all go both ways, `union-table.ts` is cheaper.
 *
 * One table has all partitions of a worker: what leads from one of its keys to another is gone along at once, best values first,
 * so that hardly a row changes twice. Keys of others have entries too, with the best value that has come to them from here: so
 * each is told once a round, and never what it knows. Such rows are no state: without them others are told again.
 *
 *   takeRows, takeEvents ──▶ settle ──▶ spread until it is done ──▶ visitChanges, visitReached
 */
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import { sortBytes } from '../kernels/spread-layout.ts'
import type { PartitionId } from '../units.ts'
import type { JoinSide } from './join-arrivals.ts'
import { type EntryLists, eventsIn, SpreadEntries, type SpreadOptions } from './spread-entries.ts'
import type { WordWriter } from './word-writer.ts'

export interface SpreadTable {
  /** So many events are about to come: there will be room for about as many keys as they name. */
  expect(events: number): void
  /** Takes pairs (key, value) of keys of its partitions. */
  takeRows(rows: Bytes): void
  /** Takes a message of pairs (key, event), keys of its partitions (`join-arrivals.ts`): overwrites it, and has it until `settle`. */
  takeEvents(message: Bytes): void
  /** All of a round has been taken. */
  settle(): void
  /** Spreads values for about 0.1 ms. Returns whether all is done. */
  spread(): boolean
  /** Visits the rows of its partitions that changed since the last call, at most about 64 KiB a visit. */
  visitChanges(visit: (rows: Bytes) => void): void
  /** The same of keys of other partitions that a better value has come to: pairs (event, row) of the join. */
  visitReached(visit: (rows: Bytes) => void): void
  /** Keys of one of its partitions that have a row or events. */
  keysOf(partition: PartitionId): number
  /** How often a row has gone to events of its key, or a set of keys has become part of another. */
  readonly steps: number
  /** Rows, or events, of one of its partitions, when all has spread. */
  save(side: JoinSide, partition: PartitionId): Uint8Array
  /** Takes in what was saved. Errors: `StorageError` when the bytes are of another kind. */
  restore(side: JoinSide, saved: Uint8Array): void
  release(): void
}

const LISTS = {
  headsAt: 4,
  tailsAt: 4,
  workAt: 4,
  queueAt: 4,
  waveAt: 4,
} as const satisfies EntryLists

const EVENTS_A_PIECE = 16_384

export class IntegerSpread implements SpreadTable {
  readonly #options: SpreadOptions
  readonly #entries: SpreadEntries
  /** Messages with events of this round, as numbers of entries. */
  #arrived: Bytes[] = []

  constructor(options: SpreadOptions) {
    this.#options = options
    this.#entries = new SpreadEntries(options, LISTS)
  }

  get steps(): number {
    return this.#entries.get('steps')
  }

  expect(events: number): void {
    this.#entries.expect(events)
  }

  takeRows(rows: Bytes): void {
    this.#entries.take(rows, 1, this.#options.kernels.spreadRows)
  }

  takeEvents(message: Bytes): void {
    this.#takeEvents(eventsIn(this.#options.region.memory, message))
  }

  settle(): void {
    const { kernels, region } = this.#options
    this.#appendEvents()
    const bytes = sortBytes(this.#entries.get('queued'))
    const scratch = bytes === 0 ? 0 : region.allocate(bytes)
    kernels.spreadSort(this.#entries.at, scratch)
    if (bytes > 0) region.free(scratch, bytes)
  }

  spread(): boolean {
    return this.#options.kernels.spreadRun(this.#entries.at, EVENTS_A_PIECE) === 1
  }

  visitChanges(visit: (rows: Bytes) => void): void {
    this.#entries.visit(0, visit)
  }

  visitReached(visit: (rows: Bytes) => void): void {
    this.#entries.visit(1, visit)
  }

  keysOf(partition: PartitionId): number {
    return this.#entries.keysOf(partition)
  }

  save(side: JoinSide, partition: PartitionId): Uint8Array {
    const entries = this.#entries
    if (side === 'rows') return entries.saveRows(partition)
    return entries.saveEvents((words) => {
      const size = entries.get('size')
      for (let number = 0; number < size; number++) {
        if (entries.word('partsAt', number) === partition) this.#putEvents(number, words)
      }
    })
  }

  restore(side: JoinSide, saved: Uint8Array): void {
    const pairs = this.#entries.loaded(side, saved)
    pairs.visitRows((chunk) => {
      if (side === 'rows') this.takeRows(chunk)
      else this.#takeEvents(chunk)
    })
    this.#appendEvents()
    pairs.release()
    this.#options.kernels.spreadForget(this.#entries.at)
  }

  release(): void {
    this.#entries.release()
  }

  /** Overwrites the pairs, which stay where they are until they are appended. */
  #takeEvents(events: Bytes): void {
    this.#entries.take(events, 2, this.#options.kernels.spreadEvents)
    this.#arrived.push(events)
  }

  #appendEvents(): void {
    const { kernels } = this.#options
    const entries = this.#entries
    const arrived = this.#arrived
    if (arrived.length === 0) return
    const events = arrived.reduce((sum, { length }) => sum + length / PAIR_BYTES, 0)
    entries.reserve(events + 2 * entries.get('arrived'))
    kernels.spreadAppend(entries.at)
    for (const { pointer, length } of arrived) {
      kernels.spreadPut(entries.at, pointer, length / PAIR_BYTES)
    }
    this.#arrived = []
  }

  #putEvents(number: number, words: WordWriter): void {
    const entries = this.#entries
    const { u32 } = this.#options.region.memory
    const heap = entries.get('heapAt') >>> 2
    for (let chunk = entries.word('headsAt', number); chunk !== 0; chunk = u32[heap + chunk]!) {
      const end = heap + chunk + 2 + u32[heap + chunk + 1]!
      for (let at = heap + chunk + 2; at < end; at++) {
        words.put(entries.keyOf(number))
        words.put(entries.keyOf(u32[at]!))
      }
    }
  }
}
