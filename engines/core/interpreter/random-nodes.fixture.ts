/**
 * Random plans over pairs of small keys and small integers, as nodes: for the interpreter's property test.
 *
 * A step names a word and which streams before it, of the kind that the word takes, it reads; so any list of steps is a
 * plan, and shrinking needs no repair. Words whose records are no pairs of integers are made into such by a map, and those
 * that multiply records are reduced, so that plans stay small. Every node is an output.
 */
import type { NodeId, Plan, PlanNode } from '../plan/plan.ts'
import { seconds } from '../units.ts'

export const INTERVAL = seconds(1)

/** What is longer or larger makes slower runs, of which nothing new is learned. */
const PERIOD_MAX = 4
const SIZE_MAX = 4

export const RANDOM_WORDS = [
  ...(['map', 'filter', 'flatMap', 'keyBy', 'exchange', 'union', 'reduceByKey', 'window'] as const),
  ...(['runningReduce', 'reduceByWindow', 'topK', 'query', 'groupByKey', 'cogroup'] as const),
  ...(['join', 'distinct', 'tableJoin', 'track', 'eventWindow', 'stamp'] as const),
] as const

export interface RandomStep {
  readonly word: (typeof RANDOM_WORDS)[number]
  /** Which streams it reads, counted back from the last of the kind. */
  readonly from: number
  readonly other: number
  /** In periods of what it reads. */
  readonly slide: number
  /** What a length is more than the slide, and the like. */
  readonly more: number
  /** Of two ways, which. */
  readonly flag: boolean
}

type Unnumbered<N = PlanNode> = N extends PlanNode ? Omit<N, 'id'> : never
type Pair = [key: unknown, value: number]

const sum = (a: number, b: number): number => a + b
const difference = (a: number, b: number): number => a - b
const largest = (a: number, b: number): number => Math.max(a, b)

interface Extent {
  /** In intervals. */
  readonly period: number
  /** How many times the records of the source it has at most, or a table's changes, about. */
  readonly size: number
}

interface RandomStream extends Extent {
  readonly id: NodeId
}

const fits = ({ period, size }: Extent): boolean => period <= PERIOD_MAX && size <= SIZE_MAX

export function randomPlan(steps: readonly RandomStep[]): Plan {
  const nodes = new Nodes()
  for (const each of steps) nodes.add(each)
  return nodes.plan()
}

class Nodes {
  readonly #nodes: PlanNode[] = []
  readonly #events: RandomStream[] = []
  readonly #tables: RandomStream[] = []

  constructor() {
    const source = { kind: 'source', url: 'file:pairs', interval: INTERVAL } as const
    this.#pairs(source, { period: 1, size: 1 })
  }

  plan(): Plan {
    const outputs = this.#nodes.map(({ id }): PlanNode => {
      return { id: this.#nodes.length + id, kind: 'collect', input: id, name: `of ${id}` }
    })
    return { nodes: [...this.#nodes, ...outputs] }
  }

  add(drawn: RandomStep) {
    const { word, flag, slide, more } = drawn
    const from = pick(this.#events, drawn.from)
    const { id: input, period, size } = from
    const unit = period * INTERVAL
    const lengths = { length: (slide + more) * unit, slide: slide * unit }
    const held = { period: slide * period, size: size * Math.ceil((slide + more) / slide) }
    const twice = { period, size: 2 * size }
    switch (word) {
      case 'map':
        return this.#pairs({ kind: word, input, f: ([k, v]: Pair) => [v % 3, text(k)] }, from)
      case 'filter':
        return this.#pairs({ kind: word, input, f: ([, v]: Pair) => v % 2 === 0 }, from)
      case 'flatMap':
        if (!fits(twice)) return
        return this.#pairs(
          {
            kind: word,
            input,
            f: ([k, v]: Pair) => [
              [k, 1],
              ['b', v],
            ],
          },
          twice,
        )
      case 'keyBy':
        return this.#mapped({ kind: word, input, f: ([, v]: Pair) => v % 2 }, from)
      case 'exchange':
      case 'distinct':
        return this.#pairs({ kind: word, input }, from)
      case 'reduceByKey':
        return this.#pairs({ kind: word, input, f: flag ? sum : largest }, from)
      case 'runningReduce':
        return this.#table({ kind: word, input, f: flag ? sum : largest }, from)
      case 'window':
        if (fits(held)) this.#pairs({ kind: word, input, ...lengths }, held)
        return
      case 'reduceByWindow': {
        const how = { merge: flag ? sum : largest, ...(flag && { inverse: difference }) }
        if (fits(held)) this.#table({ kind: word, input, ...lengths, ...how }, held)
        return
      }
      case 'groupByKey':
      case 'stamp':
        return this.#mapped({ kind: word, input }, from)
      case 'track': {
        const timeout = { timeout: (more + 1) * unit }
        const track = { kind: word, input, ...TRACK, ...(flag && timeout) } as const
        return this.#table(slide === 1 ? track : { ...track, ...IN_ANOTHER_WAY }, from)
      }
      case 'eventWindow': {
        const how = { lateness: (more * unit) / 2, merge: largest, time: eventTime }
        if (fits(held)) this.#mapped({ kind: word, input, ...how, ...lengths }, { ...held, period })
        return
      }
      default:
        return this.#addOfTwo(word, drawn, from)
    }
  }

  #addOfTwo(
    word: 'union' | 'cogroup' | 'join' | 'topK' | 'query' | 'tableJoin',
    { from: place, other, more }: RandomStep,
    left: RandomStream,
  ) {
    if (word === 'union') {
      const right = pick(this.#events, other)
      const period = divisor(left.period, right.period)
      const both = { period, size: left.size + right.size }
      if (fits(both)) this.#pairs({ kind: word, inputs: [left.id, right.id] }, both)
      return
    }
    if (word === 'cogroup' || word === 'join') {
      const right = pick(
        this.#events.filter(({ period }) => period === left.period),
        other,
      )
      const node = { kind: word, inputs: [left.id, right.id] } as const
      return word === 'join' ? this.#reduced(node, left) : this.#mapped(node, left)
    }
    if (this.#tables.length === 0) return
    const table = pick(this.#tables, place)
    if (word === 'query') return this.#table({ kind: word, input: table.id, name: 'asked' }, table)
    if (word === 'topK') {
      const ranks = this.#push({ kind: word, input: table.id, k: more + 1 })
      return this.#mapped({ kind: 'changes', input: ranks }, table)
    }
    // Of the table's changes, if of nothing else.
    const right = pick(
      this.#events.filter(({ period }) => period === table.period),
      other,
    )
    this.#reduced({ kind: word, inputs: [table.id, right.id] }, table)
  }

  #push(node: Unnumbered): NodeId {
    const id = this.#nodes.length
    this.#nodes.push({ id, ...node } as PlanNode)
    return id
  }

  /** What puts out pairs of a key and an integer. */
  #pairs(node: Unnumbered, { period, size }: Extent): void {
    this.#events.push({ id: this.#push(node), period, size })
  }

  /** What puts out other records. */
  #mapped(node: Unnumbered, extent: Extent): void {
    this.#pairs({ kind: 'map', input: this.#push(node), f: pairOf }, extent)
  }

  /** What puts out many of them. */
  #reduced(node: Unnumbered, extent: Extent): void {
    const input = this.#push({ kind: 'map', input: this.#push(node), f: pairOf })
    this.#pairs({ kind: 'reduceByKey', input, f: sum }, extent)
  }

  #table(node: Unnumbered, { period, size }: Extent): void {
    const id = this.#push(node)
    this.#tables.push({ id, period, size })
    this.#mapped({ kind: 'changes', input: id }, { period, size })
  }
}

const TRACK = {
  initialise: (_key: unknown, event: number) => (event % 4 === 0 ? null : event),
  update: (_key: unknown, state: number, event: number) => {
    const next = (2 * state + event) % 7
    return next === 5 ? null : next
  },
} as const

const IN_ANOTHER_WAY = {
  time: (event: number) => -event,
  expired: (_key: unknown, state: number) => (state % 2 === 0 ? -state : null),
} as const

/** Half intervals: some before and some after their arrival. */
const eventTime = ([, value]: Pair): number => (Math.abs(value) % 24) * (INTERVAL / 2)

const text = (value: unknown): number => JSON.stringify(value)?.length ?? 0

/** A pair of a key and an integer, from whatever. */
function pairOf(record: readonly unknown[]): Pair {
  return [record.length === 4 ? record[2] : record[0], text(record.at(-1)) + text(record)]
}

function pick(streams: readonly RandomStream[], place: number): RandomStream {
  return streams[streams.length - 1 - (place % streams.length)]!
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
