/**
 * The streams that a random plan has so far, by type, and what is known of them beforehand: how many records they have.
 *
 * Who asks for a type of which there is none gets the simplest one. A stream whose records would be too many is not made:
 * windows, unions and joins multiply. Estimates are of the plan alone, so that it is the same whatever its input is.
 */
import { sum } from '../plan/functions.ts'
import type { RankStream, Stream } from '../plan/stream.ts'
import type { EventKind, Place } from './random-plan.ts'
import {
  type Lists,
  mixed,
  type Pair,
  type Pairs,
  paired,
  present,
  type Table,
  type Text,
} from './random-plan-functions.ts'

export type Ranks = RankStream<number, Pair>

interface StreamTypes {
  readonly text: Text
  readonly pairs: Pairs
  readonly lists: Lists
  readonly tables: Table
  readonly ranks: Ranks
}

export type StreamType = keyof StreamTypes

/**
 * A join of keys whose types differ is refused while it runs (`plan/joined-keys.ts`). Of text no matter. Strange are numbers that
 * no loop can take for nodes.
 */
export type KeyType = 'text' | 'number' | 'strange' | 'array' | 'several'

/** What is known of a stream. */
export interface Shape {
  readonly keys: KeyType
  /** It emits in every tick, and not only at the ends of its period. */
  readonly everyTick: boolean
  /** Records of an interval, at most, as long as nothing is lost. */
  readonly size: number
  /** Those of a key and period. */
  readonly many: number
}

export interface Made<S extends Stream = Stream> extends Shape {
  readonly stream: S
}

/** Records of an interval at the highest rate that is drawn (`experiments/campaign/arbitrary.ts`). */
const SOURCE_SIZE = 30
/** What is known of a source. */
export const SOURCE = {
  everyTick: true,
  size: SOURCE_SIZE,
  many: SOURCE_SIZE,
} as const satisfies Partial<Shape>
export const SIZE_MAX = 600
/** Changes of a row in an interval: its ticks. */
export const CHANGES = 4

export class Stock {
  readonly #made: Readonly<Record<StreamType, Made[]>> = {
    text: [],
    pairs: [],
    lists: [],
    tables: [],
    ranks: [],
  }

  pick<T extends StreamType>(type: T, place: Place): Made<StreamTypes[T]> {
    if (this.#made[type].length === 0) this.#makeOne(type)
    return picked(this.#made[type], place) as Made<StreamTypes[T]>
  }

  /** One with this period, if there is any. */
  pickOfPeriod<T extends EventKind>(
    type: T,
    place: Place,
    { period }: Stream,
  ): Made<StreamTypes[T]> | undefined {
    const fitting = this.#made[type].filter(({ stream }) => stream.period === period)
    return fitting.length === 0 ? undefined : (picked(fitting, place) as Made<StreamTypes[T]>)
  }

  /** Makes a stream and keeps it, unless it is too large. */
  keep<T extends StreamType>(
    type: T,
    { keys, everyTick, size, many }: Shape,
    make: () => StreamTypes[T],
  ): Stream | undefined {
    // What was made would be put out, though nobody reads it.
    if (size > SIZE_MAX) return undefined
    const stream = make()
    this.#made[type].push({ stream, keys, everyTick, size, many })
    return stream
  }

  #makeOne(type: StreamType): void {
    switch (type) {
      case 'text': {
        const pairs = this.pick('pairs', 0)
        this.keep('text', { ...pairs, keys: 'text' }, () =>
          pairs.stream.map(([key, value]) => `${mixed(key)} ${value}`),
        )
        return
      }
      case 'pairs': {
        const text = this.pick('text', 0)
        this.keep('pairs', { ...text, keys: 'text' }, () => paired(text.stream, 'ones'))
        return
      }
      case 'lists': {
        const pairs = this.pick('pairs', 0)
        const shape = { ...pairs, everyTick: false, many: 1 }
        this.keep('lists', shape, () => pairs.stream.groupByKey())
        return
      }
      case 'tables': {
        const pairs = this.pick('pairs', 0)
        const shape = { ...pairs, many: CHANGES }
        this.keep('tables', shape, () => pairs.stream.runningReduce(sum))
        return
      }
      case 'ranks': {
        const table = this.pick('tables', 0)
        const shape = { ...table, size: 2 * CHANGES, many: 2 * CHANGES }
        this.keep('ranks', shape, () => table.stream.topK(2))
      }
    }
  }

  /** Pairs that a table of this period can be joined with. */
  eventsFor({ stream, keys }: Made<Table>, place: Place): Pairs {
    const events = this.pickOfPeriod('pairs', place, stream)
    return events !== undefined && canMeet(events.keys, keys) ? events.stream : present(stream)
  }
}

export function canMeet(left: KeyType, right: KeyType): boolean {
  return left === right && left !== 'several'
}

function picked(all: readonly Made[], place: Place): Made {
  return all[all.length - 1 - (place % all.length)]!
}
