/**
 * Events as the supervisor keeps them while a run goes on: the newest as they are, all before them in a file of the run. A driver
 * tells of every batch.
 */
import type { HistoryEvent } from '../../metrics/history.ts'
import type { ScratchFile } from './scratch-file.ts'

/** Events in memory: about 1 MiB. */
const EVENTS_MAX = 4_096

export class KeptHistory implements Iterable<HistoryEvent> {
  #file: ScratchFile
  #eventsMax: number
  #events: HistoryEvent[] = []
  #news: HistoryEvent[] | undefined

  constructor(file: ScratchFile, eventsMax = EVENTS_MAX) {
    this.#file = file
    this.#eventsMax = eventsMax
  }

  /** Errors: `StorageError` where those before it cannot be written. */
  push(event: HistoryEvent): void {
    if (this.#events.length === this.#eventsMax) {
      this.#file.append(Buffer.from(JSON.stringify(this.#events)))
      this.#events = []
    }
    this.#events.push(event)
    this.#news?.push(event)
  }

  /** Whoever waits for something that the run itself tells of: from now on there are news to be taken. */
  watch(): void {
    this.#news ??= []
  }

  /** What was added since the last call. */
  takeNews(): readonly HistoryEvent[] {
    const news = this.#news ?? []
    if (news.length > 0) this.#news = []
    return news
  }

  /** In the order in which they were added. Errors: `StorageError`. */
  *[Symbol.iterator](): Generator<HistoryEvent, void, undefined> {
    for (const bytes of this.#file.pieces()) {
      yield* JSON.parse(Buffer.from(bytes.buffer).toString()) as HistoryEvent[]
    }
    yield* this.#events
  }
}
