/**
 * The language of plans: streams that describe, and compute nothing.
 *
 * Each method adds a step to a graph; `planOf` numbers what is connected with a stream and makes a `Plan` of it. The
 * words are those of D-Streams §3.2; the seed's example works as it stands:
 *
 *   const pageViews = readStream(url, '1s')
 *   const ones = pageViews.map((event) => [event.url, 1])
 *   const counts = ones.runningReduce((a, b) => a + b)
 *
 * Functions are pure: they run on any worker, again after a fault, and never change their arguments. Reduces are
 * associative and commutative, to the last bit: engines fold in the order in which records come, which is another one in
 * another run and after a fault. So a sum of fractions is none, for it is rounded: sum integers (cents, or [sum, count]
 * for an average). Maxima of fractions are. A reduce that is seen to break this is refused while it runs, on either engine
 * (`operators/reduce-laws.ts`).
 */
import { ConfigurationError } from '../errors.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { commonPeriod, type Duration, parseDuration, parseSlack } from './duration.ts'
import { type EventWindowRow, lateRows, windowRows } from './event-time.ts'
import { formatOf, parseJson, parseStampedJson } from './formats.ts'
import { difference, sum } from './functions.ts'
import { type PlanFunction, ROUNDS_MAX } from './plan.ts'
import { type RecordTime, stampBy } from './record-times.ts'
import { addStep, type Draft, type Step, Stream } from './steps.ts'
import type {
  EventTimeOptions,
  IterateOptions,
  LoopBody,
  SourceOptions,
  TrackOptions,
  WindowOptions,
} from './stream-options.ts'

export { type BatchRows, type Described, planOf, Stream } from './steps.ts'

/**
 * A stream of records. One of `[key, value]` pairs has the keyed operators as well.
 *
 * Durations are texts with a unit. Errors: `ConfigurationError` for a duration that is none; whether lengths fit the
 * interval is checked when the plan is cut (`buildDataflow`).
 */
export class EventStream<T> extends Stream {
  map<K, V>(f: (record: T) => readonly [K, V]): EventStream<[K, V]>
  map<U>(f: (record: T) => U): EventStream<U>
  map(f: PlanFunction): EventStream<unknown> {
    return this.#then({ kind: 'map', f })
  }

  filter<U extends T>(f: (record: T) => record is U): EventStream<U>
  filter(f: (record: T) => boolean): EventStream<T>
  filter(f: PlanFunction): EventStream<unknown> {
    return this.#then({ kind: 'filter', f })
  }

  flatMap<K, V>(f: (record: T) => Iterable<readonly [K, V]>): EventStream<[K, V]>
  flatMap<U>(f: (record: T) => Iterable<U>): EventStream<U>
  flatMap(f: PlanFunction): EventStream<unknown> {
    return this.#then({ kind: 'flatMap', f })
  }

  /** Record x becomes [f(x), x]. */
  keyBy<K>(f: (record: T) => K): EventStream<[K, T]> {
    return this.#then({ kind: 'keyBy', f })
  }

  /** Record x becomes [T, x], where T is the end of the period in which it is emitted. Refused where that is the tick. */
  stamp(): EventStream<[at: TickEnd, record: T]> {
    return this.#then({ kind: 'stamp' })
  }

  /** A named piece of a plan: `f` of this stream. It sees no batch and no time, since results do not depend on the tick. */
  transform<S extends Stream>(f: (stream: this) => S): S {
    return f(this)
  }

  union(...others: readonly EventStream<T>[]): EventStream<T> {
    const streams = [this, ...others]
    const period = streams.map((stream) => stream.period).reduce(commonPeriod)
    return new EventStream(
      addStep(
        { kind: 'union' },
        streams.map((stream) => stream.step),
      ),
      period,
    )
  }

  /** Each record once, in the tick in which it came for the first time ever. Keeps every record. */
  distinct(): EventStream<T> {
    return this.#then({ kind: 'distinct' })
  }

  /** Pairs as they are, each moved to the partition of its key, in the tick in which they came. */
  exchange<K, V>(this: EventStream<readonly [K, V]>): EventStream<[K, V]> {
    return new EventStream(addStep({ kind: 'exchange' }, [this.step]), this.period)
  }

  /** One pair a key and period: the interval for a source, the slide behind a window. */
  reduceByKey<K, V>(this: EventStream<readonly [K, V]>, f: (a: V, b: V) => V): EventStream<[K, V]> {
    return new EventStream(addStep({ kind: 'reduceByKey', f }, [this.step]), this.period)
  }

  /** All values of a key and period, ascending by their canonical bytes: they come in no order that could be kept. */
  groupByKey<K, V>(this: EventStream<readonly [K, V]>): EventStream<[K, V[]]> {
    return new EventStream(addStep({ kind: 'groupByKey' }, [this.step]), this.period)
  }

  /** All values of a key and period from both streams, of equal periods; a key that only one of them has too. */
  cogroup<K, V, W>(
    this: EventStream<readonly [K, V]>,
    other: EventStream<readonly [K, W]>,
  ): EventStream<[K, [V[], W[]]]> {
    return new EventStream(addStep({ kind: 'cogroup' }, [this.step, other.step]), this.period)
  }

  /**
   * With another stream, of an equal period: each two values of a key that come in one period. With static data: each
   * record with each of the static rows of its key.
   */
  join<K, V, W>(
    this: EventStream<readonly [K, V]>,
    other: EventStream<readonly [K, W]>,
  ): EventStream<[K, [V, W]]>
  join<K, V, W>(
    this: EventStream<readonly [K, V]>,
    other: StaticData<K, W>,
  ): EventStream<[K, [V, W]]>
  join(other: Stream | StaticData<unknown, unknown>): EventStream<[unknown, [unknown, unknown]]> {
    const draft: Draft =
      other instanceof StaticData ? { kind: 'staticJoin', static: other.name } : { kind: 'join' }
    return new EventStream(addStep(draft, [this.step, other.step]), this.period)
  }

  /** A table of each key's reduce over everything so far. */
  runningReduce<K, V>(this: EventStream<readonly [K, V]>, f: (a: V, b: V) => V): TableStream<K, V> {
    return new TableStream(addStep({ kind: 'runningReduce', f }, [this.step]), this.period)
  }

  /**
   * A table of each key's state, which its events make and change; where a function returns null, the key leaves. A key that
   * has had no event for `timeout`, counted from the end of its last event's period, expires at the end of a period, after
   * the events that came in it. Without one it stays until a function returns null; a run whose keys only become more says so
   * (`state-unbounded`). Needs no associative function: events of a period are put in order first.
   */
  track<K, V, S>(
    this: EventStream<readonly [K, V]>,
    initialise: (key: K, event: V) => S | null,
    update: (key: K, state: S, event: V) => S | null,
    timeout?: Duration,
    options: TrackOptions<K, V, S> = {},
  ): TableStream<K, S> {
    const { time, expired } = options
    const draft = {
      kind: 'track',
      initialise,
      update,
      ...(timeout !== undefined && { timeout: parseDuration(timeout, 'the timeout of track') }),
      ...(time && { time }),
      ...(expired && { expired }),
    } as const
    return new TableStream(addStep(draft, [this.step]), this.period)
  }

  /** At each slide, all records of the last `length`. */
  window(length: Duration, slide?: Duration): EventStream<T> {
    const lengths = this.#window('window', length, slide)
    return new EventStream(addStep({ kind: 'window', ...lengths }, [this.step]), lengths.slide)
  }

  /**
   * A table of each key's reduce over the last `length`, emitted at each slide. Without an inverse the intervals of the
   * window are added anew for each slide; with one, a slide costs what came and what left.
   */
  reduceByWindow<K, V>(
    this: EventStream<readonly [K, V]>,
    length: Duration,
    merge: (a: V, b: V) => V,
    how: WindowOptions<V> | ((total: V, leaving: V) => V) = {},
  ): TableStream<K, V> {
    const { inverse, slide }: WindowOptions<V> = typeof how === 'function' ? { inverse: how } : how
    const lengths = this.#window('reduceByWindow', length, slide)
    const draft = {
      kind: 'reduceByWindow',
      ...lengths,
      merge,
      ...(inverse && { inverse }),
    } as const
    return new TableStream(addStep(draft, [this.step]), lengths.slide)
  }

  /** A table of one row, `'count'` → how many records the last `length` had; no row when it had none. */
  countByWindow(
    length: Duration,
    options: { slide?: Duration } = {},
  ): TableStream<'count', number> {
    return this.map(countedOnce).reduceByWindow(length, sum, { ...options, inverse: difference })
  }

  /**
   * Each key's reduce over windows of the time when records happened, `[end - length, end)`: emitted once, at the first end
   * of a period that is `lateness` behind the window's, or where an input ends that has an end. What comes after it for a
   * window is counted in `late`, which is collected too where nothing reads it: no record is lost in silence.
   */
  reduceByEventTime<K, V>(
    this: EventStream<readonly [K, V]>,
    length: Duration,
    merge: (a: V, b: V) => V,
    how: EventTimeOptions<K, V>,
  ): {
    readonly windows: EventStream<[[end: Nanos, key: K], V]>
    readonly late: EventStream<[K, number]>
  } {
    const { time, slide } = how
    const lengths = this.#window('reduceByEventTime', length, slide)
    const lateness = parseSlack(how.lateness, 'the lateness of reduceByEventTime')
    const draft = { kind: 'eventWindow', ...lengths, lateness, merge, time } as const
    const emitted = new EventStream<EventWindowRow<K, V>>(addStep(draft, [this.step]), this.period)
    return { windows: emitted.flatMap(windowRows), late: emitted.flatMap(lateRows) }
  }

  /**
   * A loop: `body` is given what a round begins with (round 0: this stream), and says what the next one begins with and what
   * leaves. It ends when a round puts nothing out. The D-Stream engine has no loops, and refuses it.
   */
  iterate<R extends Stream>(
    body: (looping: EventStream<T>) => LoopBody<EventStream<T>, R>,
    { rounds = ROUNDS_MAX, fresh = false }: IterateOptions = {},
  ): R {
    const looping = this.#then<T>({ kind: 'loop', rounds, fresh })
    const { next, result } = body(looping)
    const step = addStep({ kind: 'iterate' }, [looping.step, next.step, result.step])
    const Result = result.constructor as new (step: Step, period: Nanos) => R
    return new Result(step, this.period)
  }

  #then<U>(draft: Draft): EventStream<U> {
    return new EventStream(addStep(draft, [this.step]), this.period)
  }

  #window(kind: string, length: Duration, slide: Duration | undefined) {
    return {
      length: parseDuration(length, `the length of ${kind}`),
      slide: slide === undefined ? this.period : parseDuration(slide, `the slide of ${kind}`),
    }
  }
}

const countedOnce = (): readonly ['count', number] => ['count', 1]

/** A table that changes: rank → [key, value], from `topK`. */
export class RankStream<K, V> extends Stream {
  /** The rows that changed, as an event stream; a row that left has the value `undefined`. */
  changes(): EventStream<[K, V | undefined]> {
    return new EventStream(addStep({ kind: 'changes' }, [this.step]), this.period)
  }
}

/** A table that changes: key → value, from `runningReduce`, `track` and the windows. */
export class TableStream<K, V> extends RankStream<K, V> {
  /** The k rows with the greatest values, ties by ascending key bytes, as a table rank (from 1) → [key, value]. */
  topK(k: number): RankStream<number, [K, V]> {
    return new RankStream(addStep({ kind: 'topK', k }, [this.step]), this.period)
  }

  /**
   * With events of an equal period: each row that changed with all events of its key so far, each event with the row of its
   * key as it is at the end of the period, if there is one. Keeps every event.
   */
  join<W>(other: EventStream<readonly [K, W]>): EventStream<[K, [V, W]]> {
    return new EventStream(addStep({ kind: 'tableJoin' }, [this.step, other.step]), this.period)
  }

  /** Names a table that nothing collects, to ask for it while the run lasts. The timely engine answers no queries: refused. */
  query(name: string): this {
    addStep({ kind: 'query' }, [this.step], name)
    return this
  }
}

/** Rows that are computed once and wholly before a run, from `readStatic`: what a stream may be joined with. */
export class StaticData<K, V> {
  readonly step: Step
  readonly name: string
  /** Never set: what rows are, for types. */
  readonly row?: readonly [K, V]

  constructor(step: Step, name: string) {
    this.step = step
    this.name = name
  }
}

/**
 * The stream of an input's records, cut into intervals: the periods of everything that reduces by interval.
 *
 * Text is `string`; give the type of other records: `readStream<PageView>(url, '1s')`.
 */
export function readStream<T>(
  url: string,
  interval: Duration,
  options: SourceOptions & { readonly stamped: true | RecordTime },
): EventStream<[at: Nanos, record: T]>
// biome-ignore lint/suspicious/noExplicitAny: the seed's example reads fields of events that have no declared type.
export function readStream<T = any>(
  url: string,
  interval: Duration,
  options?: SourceOptions,
): EventStream<T>
export function readStream(
  url: string,
  interval: Duration,
  options: SourceOptions = {},
): EventStream<unknown> {
  return readSource(url, interval, options)
}

/** What `readStream` and `readStatic` have in common. */
export function readSource(
  url: string,
  interval: Duration,
  options: SourceOptions & { readonly static?: true },
): EventStream<unknown> {
  const { format = formatOf(url), stamped = false } = options
  const period = parseDuration(interval, `the interval of readStream('${url}')`)
  if (url === '') {
    throw new ConfigurationError({
      asked: 'readStream',
      found: 'an empty URL',
      rule: 'a stream reads a named input',
      remedy: `Name one, like 'file:input.txt'`,
    })
  }
  const isText = format === 'text' || format === 'u32x2'
  if (typeof stamped === 'object' && isText) throw noFields(url, stamped)
  const draft = {
    kind: 'source',
    url,
    interval: period,
    ...(format !== 'text' && format !== 'json' && { format }),
    ...(stamped === true && { stamped }),
    ...(options.static && { static: options.static }),
  } as const
  const source = new EventStream<string>(addStep(draft, []), period)
  if (isText) return source
  if (stamped === true) return source.map(parseStampedJson as PlanFunction)
  const records = source.map(parseJson)
  return stamped === false ? records : records.map(stampBy(stamped))
}

function noFields(url: string, { field }: RecordTime): ConfigurationError {
  return new ConfigurationError({
    asked: `readStream('${url}') with event time from the field ${field}`,
    found: 'records without fields',
    rule: 'Fields are those of JSON, or columns',
    remedy: `Name an input like 'file:events.jsonl', or give it the format json`,
  })
}
