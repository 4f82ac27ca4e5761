/**
 * Tables in which the least or greatest integers spread along events that all go both ways: for each event (a, b) there is
 * (b, a), of the same period. So keys that events connect come to one value, and are one set: a set that meets another becomes
 * part of it, and nothing goes from key to key. What differs from `spread-table.ts` is the way to the same rows.
 *
 * Keys of others are in sets, too: if two keys lead to the same one of another worker, they are connected by it, since there
 * it leads to both. So hardly more goes around than which sets of several workers are one: each key of others is told the best
 * value of its set, once a round, and never what it was told before.
 *
 * That a worker's part of a graph is worked on to its end before anything is exchanged is a loop of Naiad that is asynchronous
 * (§2.4), with more than a vertex at a time: Tian et al., "From 'Think Like a Vertex' to 'Think Like a Graph'", VLDB 2013.
 *
 * Of events that go from one key of its partitions to another one direction is kept, in order of arrival: for checkpoints.
 */
import { PAIR_BYTES } from '../columns/batch.ts'
import type { Bytes } from '../columns/memory.ts'
import { UNION_PAIRS_AT_ONCE } from '../kernels/spread-layout.ts'
import type { PartitionId } from '../units.ts'
import type { JoinSide } from './join-arrivals.ts'
import { type EntryLists, eventsIn, SpreadEntries, type SpreadOptions } from './spread-entries.ts'
import type { SpreadTable } from './spread-table.ts'
import type { WordWriter } from './word-writer.ts'

const LISTS = {
  parentsAt: 4,
  circlesAt: 4,
  valuesAt: 4,
  mergedAt: 4,
  improvedAt: 4,
} as const satisfies EntryLists

const PAIR_WORDS = PAIR_BYTES / 4

export class IntegerUnion implements SpreadTable {
  readonly #options: SpreadOptions
  readonly #entries: SpreadEntries

  constructor(options: SpreadOptions) {
    this.#options = options
    this.#entries = new SpreadEntries(options, LISTS)
  }

  get steps(): number {
    return this.#entries.get('steps')
  }

  expect(events: number): void {
    this.#entries.expect(events)
    this.#entries.reserve((Math.ceil(events) + UNION_PAIRS_AT_ONCE) * PAIR_WORDS)
  }

  takeRows(rows: Bytes): void {
    this.#entries.take(rows, 1, this.#options.kernels.unionRows)
  }

  takeEvents(message: Bytes): void {
    this.#takeEvents(eventsIn(this.#options.region.memory, message))
  }

  settle(): void {
    this.#options.kernels.unionSettle(this.#entries.at)
  }

  /** Values are where sets are. */
  spread(): boolean {
    return true
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
    if (side === 'rows') return this.#entries.saveRows(partition)
    return this.#entries.saveEvents((words) => this.#putEvents(partition, words))
  }

  restore(side: JoinSide, saved: Uint8Array): void {
    const pairs = this.#entries.loaded(side, saved)
    pairs.visitRows((chunk) => {
      if (side === 'rows') this.takeRows(chunk)
      else this.#takeEvents(chunk)
    })
    pairs.release()
    this.#options.kernels.unionForget(this.#entries.at)
  }

  release(): void {
    this.#entries.release()
  }

  #takeEvents(events: Bytes): void {
    this.#entries.reserve((events.length / PAIR_BYTES + UNION_PAIRS_AT_ONCE) * PAIR_WORDS)
    this.#entries.take(events, 2, this.#options.kernels.unionEvents)
  }

  /** Events of keys of a partition. One that leads back to its key has been kept as often as it came. */
  #putEvents(partition: PartitionId, words: WordWriter): void {
    const entries = this.#entries
    const { u32 } = this.#options.region.memory
    const heap = entries.get('heapAt') >>> 2
    const end = heap + entries.get('heapUsed')
    const put = (from: number, to: number): void => {
      if (entries.word('partsAt', from) !== partition) return
      words.put(entries.keyOf(from))
      words.put(entries.keyOf(to))
    }
    for (let at = heap + 1; at < end; at += PAIR_WORDS) {
      const [from, to] = [u32[at]!, u32[at + 1]!]
      put(from, to)
      if (from !== to) put(to, from)
    }
  }
}
