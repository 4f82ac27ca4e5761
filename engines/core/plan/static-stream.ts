/**
 * Static data in the language: an input that is read once and wholly, and what is computed of it before the run. It ends in
 * `static()`, which a stream may be joined with:
 *
 *   const campaigns = readStatic<Ad>('file:ads.json').map((ad) => [ad.id, ad.campaign]).static('campaigns')
 *   events.map((event) => [event.ad, 1]).join(campaigns)
 *
 * It is computed by the engine that runs the plan, in a run of its own before (`statics/with-statics.ts`), and every process holds
 * all of it.
 */
import { type Duration, formatDuration } from './duration.ts'
import type { PlanFunction } from './plan.ts'
import { addStep } from './steps.ts'
import { type EventStream, readSource, StaticData } from './stream.ts'
import type { SourceOptions } from './stream-options.ts'

/** What is bounded has one period: all of it. Whoever runs it sets the interval. */
const INTERVAL: Duration = formatDuration(1_000_000_000)

/** Rows of an input that is read once: the words that need no time. */
export class StaticStream<T> {
  readonly #stream: EventStream<T>
  readonly #url: string

  constructor(stream: EventStream<T>, url: string) {
    this.#stream = stream
    this.#url = url
  }

  map<K, V>(f: (record: T) => readonly [K, V]): StaticStream<[K, V]>
  map<U>(f: (record: T) => U): StaticStream<U>
  map(f: PlanFunction): StaticStream<unknown> {
    return this.#then(this.#stream.map(f))
  }

  filter<U extends T>(f: (record: T) => record is U): StaticStream<U>
  filter(f: (record: T) => boolean): StaticStream<T>
  filter(f: PlanFunction): StaticStream<unknown> {
    return this.#then(this.#stream.filter(f))
  }

  flatMap<K, V>(f: (record: T) => Iterable<readonly [K, V]>): StaticStream<[K, V]>
  flatMap<U>(f: (record: T) => Iterable<U>): StaticStream<U>
  flatMap(f: PlanFunction): StaticStream<unknown> {
    return this.#then(this.#stream.flatMap(f))
  }

  /** Record x becomes [f(x), x]. */
  keyBy<K>(f: (record: T) => K): StaticStream<[K, T]> {
    return this.#then(this.#stream.keyBy(f))
  }

  union(...others: readonly StaticStream<T>[]): StaticStream<T> {
    return this.#then(this.#stream.union(...others.map((other) => other.#stream)))
  }

  distinct(): StaticStream<T> {
    return this.#then(this.#stream.distinct())
  }

  reduceByKey<K, V>(
    this: StaticStream<readonly [K, V]>,
    f: (a: V, b: V) => V,
  ): StaticStream<[K, V]> {
    return this.#then(this.#stream.reduceByKey(f))
  }

  groupByKey<K, V>(this: StaticStream<readonly [K, V]>): StaticStream<[K, V[]]> {
    return this.#then(this.#stream.groupByKey())
  }

  /** The rows, as what streams may be joined with: of [key, value] pairs. Errors name it; by default its input's URL. */
  static(name = this.#url): T extends readonly [infer K, infer V] ? StaticData<K, V> : never {
    const rows = addStep({ kind: 'collect' }, [this.#stream.step], name)
    return new StaticData(rows, name) as never
  }

  #then<U>(stream: EventStream<U>): StaticStream<U> {
    return new StaticStream(stream, this.#url)
  }
}

/** The records of an input that is read once and wholly, before the run: of the types that `readStream` gives. */
// biome-ignore lint/suspicious/noExplicitAny: as of `readStream`.
export function readStatic<T = any>(
  url: string,
  options: Omit<SourceOptions, 'stamped'> = {},
): StaticStream<T> {
  const stream = readSource(url, INTERVAL, { ...options, static: true })
  return new StaticStream(stream as EventStream<T>, url)
}
