/** What the words of the language take besides functions and durations (`stream.ts`). */
import type { Nanos } from '../units.ts'
import type { Duration } from './duration.ts'
import type { SourceFormat } from './plan.ts'
import type { RecordTime } from './record-times.ts'

export interface SourceOptions {
  /**
   * A record is a line of text, the JSON value in it, an object of these columns (CSV), or a pair of 32-bit integers. By
   * default JSON where the URL's path ends in .json(l), .ndjson, .csv or .tsv, else text.
   */
  readonly format?: SourceFormat
  /**
   * Records come as [event time, record]: the time when each happened, of an input that delivers them late. It is that of the
   * input's log (`true`), or one that records carry in a field, such as `{ field: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' }`:
   * then of JSON or columns.
   */
  readonly stamped?: boolean | RecordTime
}

export interface WindowOptions<V> {
  /** Undoes `merge`, inverse(merge(a, b), b) = a: the window is then kept by adding the newest interval and taking out the one that left. */
  readonly inverse?: (total: V, leaving: V) => V
  /** How often the window emits: a multiple of the interval, at most the length. By default the stream's period. */
  readonly slide?: Duration
}

export interface EventTimeOptions<K, V> {
  /** When a record happened: logical time, in ns; `stamped` makes it of times that records carry. */
  readonly time: (record: readonly [K, V]) => Nanos
  /** How long after its end a window is kept open, by the clock of periods: '0s' for no longer than its last period. */
  readonly lateness: Duration
  /** From one window's end to the next, at most the length. By default the stream's period. */
  readonly slide?: Duration
}

export interface TrackOptions<K, V, S> {
  /** Events of a key and period come in this order, and where it is equal in that of their canonical bytes. */
  readonly time?: (event: V) => Nanos
  /** What a key that timed out is for one more period, after which it is asked again; null, as without this, to let it leave. */
  readonly expired?: (key: K, state: S) => S | null
}

export interface IterateOptions {
  /** Rounds after which nothing is fed back. Without it, a loop must end by itself within 10,000. */
  readonly rounds?: number
  /** Empties the loop's operators when a period enters; else they go on from where the last one left them. */
  readonly fresh?: boolean
}

/** What the body of a loop makes of its variable. */
export interface LoopBody<N, R> {
  /** What the next round begins with. */
  readonly next: N
  /** What leaves the loop: its net changes over all rounds of a period. */
  readonly result: R
}
