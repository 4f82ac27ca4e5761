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
import { ConfigurationError, PlanError } from '../errors.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { commonPeriod, type Duration, parseDuration } from './duration.ts'
import { difference, sum } from './functions.ts'
import type { NodeId, Plan, PlanFunction, PlanNode } from './plan.ts'

type Draft<N = PlanNode> = N extends PlanNode ? Omit<N, 'id' | 'input' | 'inputs' | 'name'> : never

/** A node in the making: numbered when the plan is built. */
interface Step {
  /** Order of construction, over all streams of the process. */
  readonly order: number
  readonly draft: Draft
  readonly inputs: readonly Step[]
  readonly readers: Step[]
  /** Only of an output; by default its path, or its number. */
  readonly name?: string
}

let steps = 0

function addStep(draft: Draft, inputs: readonly Step[], name?: string): Step {
  const step: Step = { order: steps++, draft, inputs, readers: [], ...(name && { name }) }
  for (const input of inputs) input.readers.push(step)
  return step
}

/** Rows of one tick: a table's changed rows, or an event stream's records with the value 1 (pairs as they are). */
export type BatchRows = readonly (readonly [key: unknown, value: unknown])[]

/** What every stream has: outputs. They return the stream, so that a plan can go on from it. */
export abstract class Stream {
  readonly step: Step
  /** How often it emits at least: the interval, or the slide of the window that it is behind. */
  readonly period: Nanos

  constructor(step: Step, period: Nanos) {
    this.step = step
    this.period = period
  }

  /** Commits what the stream emits, under a name. A stream that nothing reads is collected without being asked. */
  collect(name?: string): this {
    addStep({ kind: 'collect' }, [this.step], name)
    return this
  }

  /** Commits what the stream emits and writes it to a file per tick and partition under `path`. No engine does yet: refused. */
  save(path: string): this {
    addStep({ kind: 'save', path }, [this.step], path)
    return this
  }

  /**
   * Commits what the stream emits and calls `f` for each tick and partition. After a fault it may be called again. No engine
   * does yet: refused.
   */
  foreachBatch(f: (rows: BatchRows, tick: TickEnd) => void): this {
    addStep({ kind: 'foreachBatch', f }, [this.step])
    return this
  }
}

export interface WindowOptions<V> {
  /** Undoes `merge`, inverse(merge(a, b), b) = a: the window is then kept by adding the newest interval and taking out the one that left. */
  readonly inverse?: (total: V, leaving: V) => V
  /** How often the window emits: a multiple of the interval, at most the length. By default the stream's period. */
  readonly slide?: Duration
}

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

  /** One pair a key and period: the interval for a source, the slide behind a window. */
  reduceByKey<K, V>(this: EventStream<readonly [K, V]>, f: (a: V, b: V) => V): EventStream<[K, V]> {
    return new EventStream(addStep({ kind: 'reduceByKey', f }, [this.step]), this.period)
  }

  /** A table of each key's reduce over everything so far. */
  runningReduce<K, V>(this: EventStream<readonly [K, V]>, f: (a: V, b: V) => V): TableStream<K, V> {
    return new TableStream(addStep({ kind: 'runningReduce', f }, [this.step]), this.period)
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

/** A table that changes: key → value, from `runningReduce` and the windows. */
export class TableStream<K, V> extends RankStream<K, V> {
  /** The k rows with the greatest values, ties by ascending key bytes, as a table rank (from 1) → [key, value]. */
  topK(k: number): RankStream<number, [K, V]> {
    return new RankStream(addStep({ kind: 'topK', k }, [this.step]), this.period)
  }
}

export interface SourceOptions {
  /** A record is a line of text, or the JSON value in it. By default JSON where the URL's path ends in .json(l) or .ndjson. */
  readonly format?: 'text' | 'json'
}

/**
 * The stream of an input's records, cut into intervals: the periods of everything that reduces by interval.
 *
 * Text is `string`; give the type of other records: `readStream<PageView>(url, '1s')`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the seed's example reads fields of events that have no declared type.
export function readStream<T = any>(
  url: string,
  interval: Duration,
  options: SourceOptions = {},
): EventStream<T> {
  const period = parseDuration(interval, `the interval of readStream('${url}')`)
  if (url === '') {
    throw new ConfigurationError({
      asked: 'readStream',
      found: 'an empty URL',
      rule: 'a stream reads a named input',
      remedy: `Name one, like 'file:input.txt'`,
    })
  }
  const source = addStep({ kind: 'source', url, interval: period }, [])
  const format = options.format ?? (/\.(jsonl?|ndjson)([?#]|$)/.test(url) ? 'json' : 'text')
  if (format === 'text') return new EventStream(source, period)
  return new EventStream(addStep({ kind: 'map', f: parseJson }, [source]), period)
}

const parseJson = (line: string): unknown => JSON.parse(line)

/** What a module's plan function may return. */
export type Described = Stream | readonly Stream[] | Plan

/**
 * The plan of streams: everything connected with them, in order of construction. A stream that nothing reads gets a
 * `collect`. Outputs without a name are called `output-0`, `output-1`, … by their place among the outputs.
 *
 * Errors: `PlanError` for what is neither a stream nor a plan.
 */
export function planOf(described: Described): Plan {
  if (isPlan(described)) return described
  const streams = Array.isArray(described) ? described : [described]
  if (streams.length === 0 || !streams.every((stream) => stream instanceof Stream)) {
    throw new PlanError({
      asked: 'a plan',
      found: streams.length === 0 ? 'no stream' : `a value of type ${typeof described}`,
      rule: 'a plan is made from a stream, an array of streams, or a plan',
      remedy: 'Return the stream that readStream began',
    })
  }
  const connected = connectedWith(streams.map((stream) => (stream as Stream).step))
  const unread = connected.filter((step) => step.readers.length === 0 && !isOutput(step.draft))
  const implicit = unread.map((step, index): Step => {
    return { order: steps + index, draft: { kind: 'collect' }, inputs: [step], readers: [] }
  })
  return { nodes: numbered([...connected, ...implicit]) }
}

function isPlan(described: Described): described is Plan {
  return typeof described === 'object' && described !== null && 'nodes' in described
}

function isOutput(draft: Draft): boolean {
  return draft.kind === 'collect' || draft.kind === 'save' || draft.kind === 'foreachBatch'
}

function connectedWith(from: readonly Step[]): Step[] {
  const seen = new Set<Step>(from)
  // A set visits what is added while it is walked.
  for (const step of seen) {
    for (const neighbour of step.inputs) seen.add(neighbour)
    for (const neighbour of step.readers) seen.add(neighbour)
  }
  return [...seen].sort((a, b) => a.order - b.order)
}

function numbered(ordered: readonly Step[]): PlanNode[] {
  const ids = new Map<Step, NodeId>()
  let outputs = 0
  return ordered.map((step, id) => {
    ids.set(step, id)
    const inputs = step.inputs.map((input) => ids.get(input)!)
    const { kind } = step.draft
    return {
      id,
      ...step.draft,
      ...(kind === 'union' ? { inputs } : kind === 'source' ? {} : { input: inputs[0]! }),
      ...(isOutput(step.draft) && { name: step.name ?? `output-${outputs++}` }),
    } as PlanNode
  })
}
