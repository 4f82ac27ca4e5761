/**
 * Makes the streams of a random plan (`random-plan.ts`), step by step.
 *
 * Periods stay divisors of 12 intervals, so that their common multiple is short; streams are joined only with those of their
 * period. So no plan is refused.
 */
import { difference, sum } from '../plan/functions.ts'
import { type Described, type EventStream, readStream, type Stream } from '../plan/stream.ts'
import { NANOS_PER_MILLISECOND } from '../units.ts'
import type { Loop, PairChange, Place, PlanStep, RandomPlan, Span } from './random-plan.ts'
import {
  changedPairs,
  changedText,
  largest,
  listed,
  mixed,
  type Pair,
  type Pairs,
  paired,
  present,
  REDUCES,
  smallest,
  staticSums,
  type Table,
  type Text,
  trackedBy,
} from './random-plan-functions.ts'
import { iterated, iteratedTable, labelled } from './random-plan-loops.ts'
import {
  CHANGES,
  canMeet,
  type KeyType,
  type Made,
  type Shape,
  SIZE_MAX,
  SOURCE,
  Stock,
} from './random-plan-stock.ts'

/** In intervals. */
const PERIODS: ReadonlySet<number> = new Set([1, 2, 3, 4, 6])

const KEYS = { ones: 'text', lengths: 'number', 'by-first': 'array' } as const

/** What keys become where several of them become one. */
const MERGED: Readonly<Partial<Record<PairChange, KeyType>>> = {
  swap: 'number',
  'few-keys': 'number',
  'strange-keys': 'strange',
}

/** Of a join; made when the join is. */
interface Side extends Shape {
  readonly pairs: () => Pairs
}

const asItIs = (made: Made<Pairs>): Side => ({ ...made, pairs: () => made.stream })

type StepOf<W extends PlanStep['word']> = Extract<PlanStep, { word: W }>

/** What a process imports and calls. Outputs of a step are named by its word and place. */
export function randomPlan({ plan }: { readonly plan: RandomPlan }): Described {
  const maker = new PlanMaker(plan)
  plan.steps.forEach((step, index) => {
    const made = maker.make(step, index)
    for (let out = 0; out < step.out; out++) {
      made?.collect(`${step.word}-${index}${out === 0 ? '' : '-again'}`)
    }
  })
  return maker.source
}

class PlanMaker {
  readonly source: Text | Pairs
  readonly #interval: number
  readonly #stock = new Stock()

  constructor({ format, intervalMs }: RandomPlan) {
    this.#interval = intervalMs * NANOS_PER_MILLISECOND
    this.source = this.#read(format, `${intervalMs}ms`)
  }

  #read(format: RandomPlan['format'], interval: string): Text | Pairs {
    if (format === 'u32x2') {
      const pairs = readStream<Pair>('input:pairs', interval, { format })
      this.#stock.keep('pairs', { ...SOURCE, keys: 'number' }, () => pairs)
      return pairs
    }
    const lines = readStream<string>('input:lines', interval)
    this.#stock.keep('text', { ...SOURCE, keys: 'text' }, () => lines)
    return lines
  }

  /** Nothing where it would be too large. */
  make(step: PlanStep, index: number): Stream | undefined {
    const stock = this.#stock
    switch (step.word) {
      case 'narrow':
        return this.#narrow(step)
      case 'pair': {
        const from = stock.pick('text', step.from)
        const many = this.#inPeriod(from)
        const keys = KEYS[step.how]
        return stock.keep('pairs', { ...from, keys, many }, () => paired(from.stream, step.how))
      }
      case 'stamp':
        return this.#stamp(step)
      case 'union':
        return this.#union(step)
      case 'distinct': {
        const from = stock.pick(step.of, step.from) as Made<EventStream<unknown>>
        return stock.keep(step.of, from, () => from.stream.distinct() as never)
      }
      case 'window': {
        const from = stock.pick(step.of, step.from) as Made<EventStream<unknown>>
        const { length, slide, times } = this.#lengths(from.stream, step.span)
        const shape = {
          ...from,
          everyTick: false,
          size: from.size * times,
          many: from.many * times,
        }
        return stock.keep(step.of, shape, () => from.stream.window(length, slide) as never)
      }
      case 'countByWindow': {
        const { stream } = stock.pick(step.of, step.from) as Made<EventStream<unknown>>
        const { length, slide } = this.#lengths(stream, step.span)
        const shape = { keys: 'text', everyTick: false, size: 1, many: 1 } as const
        return stock.keep('tables', shape, () => stream.countByWindow(length, { slide }) as Table)
      }
      case 'changes':
        return this.#changes(step)
      case 'topK': {
        const from = stock.pick('tables', step.from)
        const size = step.k * CHANGES
        const shape = { ...from, size, many: size }
        return stock.keep('ranks', shape, () => from.stream.topK(step.k))
      }
      case 'tableJoin':
        return this.#tableJoin(step, index)
      default:
        return this.#ofPairs(step, index)
    }
  }

  #narrow(step: StepOf<'narrow'>): Stream | undefined {
    const stock = this.#stock
    if (step.of === 'text') {
      const from = stock.pick('text', step.from)
      const { how } = step
      const factor = how === 'words' || how === 'split' ? 2.5 : how === 'twice' ? 2 : 1
      const shape = { ...from, size: from.size * factor, many: from.many * factor }
      return stock.keep('text', shape, () => changedText(from.stream, how))
    }
    if (step.of === 'lists') {
      const from = stock.pick('lists', step.from)
      const pairs = () => from.stream.map(([key, value]): Pair => [key, mixed(value)])
      return stock.keep('pairs', from, pairs)
    }
    const from = stock.pick('pairs', step.from)
    const { how } = step
    if (how === 'listed') {
      const shape = { ...from, keys: 'number', many: this.#inPeriod(from) } as const
      return stock.keep('lists', shape, () => listed(from.stream))
    }
    const keys = MERGED[how]
    const shape = keys === undefined ? from : { ...from, keys, many: this.#inPeriod(from) }
    return stock.keep('pairs', shape, () => changedPairs(from.stream, how))
  }

  #stamp(step: StepOf<'stamp'>): Stream | undefined {
    const from = this.#stock.pick(step.of, step.from) as Made<EventStream<unknown>>
    const period = this.#duration(from.stream, 1)
    const shape = {
      keys: 'number',
      everyTick: false,
      size: from.size,
      many: this.#inPeriod(from),
    } as const
    return this.#stock.keep('pairs', shape, () => {
      // What emits in every tick has no period to be stamped with.
      const whole = from.everyTick ? from.stream.window(period, period) : from.stream
      return whole.stamp().map(([at, record]): Pair => [at, mixed(record)])
    })
  }

  #union(step: StepOf<'union'>): Stream | undefined {
    const from = this.#stock.pick(step.of, step.from) as Made<EventStream<unknown>>
    const other = this.#stock.pick(step.of, step.with) as Made<EventStream<unknown>>
    const keys = from.keys === other.keys ? from.keys : 'several'
    const shape = {
      keys,
      everyTick: from.everyTick || other.everyTick,
      size: from.size + other.size,
      many: from.many + other.many,
    } as const
    return this.#stock.keep(step.of, shape, () => from.stream.union(other.stream) as never)
  }

  #changes(step: StepOf<'changes'>): Stream | undefined {
    if (step.of === 'tables') {
      const from = this.#stock.pick('tables', step.from)
      return this.#stock.keep('pairs', from, () => present(from.stream))
    }
    const from = this.#stock.pick('ranks', step.from)
    const keys = from.keys === 'text' ? 'text' : 'several'
    return this.#stock.keep('pairs', { ...from, keys }, () =>
      from.stream
        .changes()
        .map(([rank, row]): Pair => [row === undefined ? 'nobody' : row[0], rank]),
    )
  }

  /** All events are kept, and a row that changes meets all of its key: so there is one a key and period. */
  #tableJoin(step: StepOf<'tableJoin'>, index: number): Stream | undefined {
    const from = this.#stock.pick('tables', step.from)
    const shape = { ...from, everyTick: false, size: from.size * CHANGES, many: CHANGES }
    return this.#stock.keep('lists', shape, () => {
      if (step.out > 0) from.stream.collect(`rows-of-${index}`)
      return from.stream.join(this.#stock.eventsFor(from, step.with).reduceByKey(smallest))
    })
  }

  #ofPairs(
    step: StepOf<
      | 'exchange'
      | 'reduceByKey'
      | 'groupByKey'
      | 'cogroup'
      | 'join'
      | 'staticJoin'
      | 'runningReduce'
      | 'reduceByWindow'
      | 'track'
      | 'reduceByEventTime'
      | 'iterate'
    >,
    index: number,
  ): Stream | undefined {
    const stock = this.#stock
    const from = stock.pick('pairs', step.from)
    const { stream } = from
    const once = { ...from, everyTick: false, many: 1 }
    switch (step.word) {
      case 'exchange':
        return stock.keep('pairs', from, () => stream.exchange())
      case 'reduceByKey':
        return stock.keep('pairs', once, () => stream.reduceByKey(REDUCES[step.reduce]))
      case 'groupByKey':
        return stock.keep('lists', once, () => stream.groupByKey())
      case 'cogroup': {
        const [left, right] = this.#meeting(from, step.with)
        const shape = { ...once, keys: left.keys, size: left.size + right.size }
        return stock.keep('lists', shape, () => left.pairs().cogroup(right.pairs()))
      }
      case 'join':
        return this.#join(...this.#meeting(from, step.with))
      case 'staticJoin':
        // A row a key, so that there are no more records than before.
        return stock.keep('lists', from, () => stream.join(staticSums().static(`kinds-${index}`)))
      case 'runningReduce': {
        const shape = { ...from, many: from.everyTick ? CHANGES : 1 }
        return stock.keep('tables', shape, () => stream.runningReduce(REDUCES[step.reduce]))
      }
      case 'reduceByWindow': {
        const { length, slide, times } = this.#lengths(stream, step.span)
        const options = step.how === 'inverse' ? { slide, inverse: difference } : { slide }
        const merge = step.how === 'largest' ? largest : sum
        const shape = { ...once, size: from.size * times }
        return stock.keep('tables', shape, () => stream.reduceByWindow(length, merge, options))
      }
      case 'track': {
        const timeout = step.timeout === 0 ? undefined : this.#duration(stream, step.timeout)
        return stock.keep('tables', once, () => trackedBy(stream, step.how, timeout))
      }
      case 'reduceByEventTime':
        return this.#byEventTime(step, from, index)
      case 'iterate': {
        const { loop, result } = step
        if (result === 'labels') return this.#labels(from, loop)
        if (result === 'table') {
          return stock.keep('tables', once, () => iteratedTable(stream, loop))
        }
        return stock.keep('pairs', once, () => iterated(stream, loop))
      }
    }
  }

  /** Nodes are numbers, and there are at most two to an edge. */
  #labels(from: Made<Pairs>, loop: Loop): Stream | undefined {
    const shape = { keys: 'number', everyTick: false, size: 2 * from.size, many: 1 } as const
    return this.#stock.keep('tables', shape, () =>
      labelled(from.keys === 'number' ? from.stream : changedPairs(from.stream, 'few-keys'), loop),
    )
  }

  /** Each record meets all of its key on the other side: which has one a key where that would be too many. */
  #join(left: Side, right: Side): Stream | undefined {
    const fits = left.size * right.many <= SIZE_MAX
    const times = fits ? right.many : 1
    const shape = {
      keys: left.keys,
      everyTick: false,
      size: left.size * times,
      many: left.many * times,
    }
    return this.#stock.keep('lists', shape, () =>
      left.pairs().join(fits ? right.pairs() : right.pairs().reduceByKey(largest)),
    )
  }

  #byEventTime(
    step: StepOf<'reduceByEventTime'>,
    from: Made<Pairs>,
    index: number,
  ): Stream | undefined {
    const { stream, size } = from
    const { period } = stream
    const slide = step.span.slide
    const length = Math.max(step.span.length, slide)
    const times = Math.ceil(length / slide)
    const shape = {
      keys: 'array',
      everyTick: false,
      size: size * times,
      many: times,
    } as const
    return this.#stock.keep('pairs', shape, () => {
      const { windows, late } = stream.reduceByEventTime(this.#duration(stream, length), sum, {
        // Some are before their time, and some are late.
        time: ([, value]) => (Math.abs(value) % 12) * period,
        lateness: step.lateness === 0 ? '0s' : this.#duration(stream, step.lateness),
        slide: this.#duration(stream, slide),
      })
      this.#stock.keep('pairs', { ...shape, keys: from.keys, size }, () =>
        late.collect(`late-${index}`),
      )
      return windows.map(([[end, key], value]): Pair => [[end / period, key], value % 65_521])
    })
  }

  /** A stream and another one of its period, their keys made alike where their types are not. */
  #meeting(from: Made<Pairs>, place: Place): readonly [Side, Side] {
    const other = this.#stock.pickOfPeriod('pairs', place, from.stream)!
    const sides = [from, other] as const
    if (canMeet(from.keys, other.keys)) return [asItIs(from), asItIs(other)]
    const [left, right] = sides.map((side): Side => {
      const shape = { ...side, keys: 'number', many: this.#inPeriod(side) } as const
      return { ...shape, pairs: () => changedPairs(side.stream, 'few-keys') }
    })
    return [left!, right!]
  }

  #inPeriod({ stream, size }: Made): number {
    return (size * stream.period) / this.#interval
  }

  #duration({ period }: Stream, periods: number): string {
    return `${(period / NANOS_PER_MILLISECOND) * periods}ms`
  }

  /** The lengths of a window; `times` is how often it puts out each record. */
  #lengths(stream: Stream, span: Span) {
    const slides = PERIODS.has((stream.period / this.#interval) * span.slide) ? span.slide : 1
    const length = Math.max(span.length, slides)
    return {
      length: this.#duration(stream, length),
      slide: this.#duration(stream, slides),
      times: length / slides,
    }
  }
}
