/**
 * Answers: each worker gives the rows of its partitions away, and what gathers them makes them whole.
 *
 * An answer is of one version of the table. After a fault a query is asked anew, perhaps of a later version; so parts are
 * gathered by version, and the first one that has all partitions is the answer.
 */
import { encodeCanonical } from '../columns/value-codec.ts'
import { compareEncoded, compareValues } from '../tables/plain-values.ts'
import type { Nanos, PartitionId, TickEnd } from '../units.ts'
import { askedAt, type Query, turnsBefore } from './query.ts'

type Row = readonly [key: unknown, value: unknown]

/** What one partition says. */
export interface AnswerPart {
  /** Index of the query, and which time of asking it is. */
  readonly query: number
  readonly turn: number
  readonly tick: TickEnd
  /** How many versions of the table are asked for. */
  readonly versions: number
  readonly partition: PartitionId
  readonly partitions: number
  /** Rows of the table in this partition, whether they are asked for or not. */
  readonly count: number
  readonly rows: readonly Row[]
  /** When it was given. */
  readonly at: Nanos
}

export interface Answer {
  /** Index of the query. */
  readonly query: number
  readonly askedAt: Nanos
  /** When its last part was given. */
  readonly answeredAt: Nanos
  /** The end of a period: the rows are those of the table then, with all that was due before. */
  readonly tick: TickEnd
  /** Rows of the table. */
  readonly count: number
  /** Of a `top` in its order, else ascending by the canonical bytes of keys. */
  readonly rows: readonly Row[]
}

interface Asking {
  /** By version, then by partition. */
  readonly parts: Map<TickEnd, Map<PartitionId, AnswerPart>>
  readonly answered: Set<TickEnd>
}

export class Answers {
  readonly all: Answer[] = []
  readonly #queries: readonly Query[]
  readonly #answered: ((answer: Answer) => void) | undefined
  readonly #askings = new Map<string, Asking>()
  /** Askings of which everything is answered. */
  #done = 0

  /** `answered` is called with each answer as it becomes whole. */
  constructor(queries: readonly Query[] = [], answered?: (answer: Answer) => void) {
    this.#queries = queries
    this.#answered = answered
  }

  add(part: AnswerPart): void {
    const asking = this.#askingOf(part)
    const { parts, answered } = asking
    if (answered.has(part.tick) || answered.size === part.versions) return
    const gathered = parts.get(part.tick) ?? new Map<PartitionId, AnswerPart>()
    parts.set(part.tick, gathered)
    gathered.set(part.partition, part)
    if (gathered.size < part.partitions) return
    answered.add(part.tick)
    parts.delete(part.tick)
    if (answered.size === part.versions) {
      parts.clear()
      this.#done += 1
    }
    const answer = whole(this.#queries[part.query]!, [...gathered.values()])
    this.all.push(answer)
    this.#answered?.(answer)
  }

  /** How many of the questions that are asked before an instant lack an answer. */
  missing(end: Nanos): number {
    return this.#queries.reduce((asked, query) => asked + turnsBefore(query, end), -this.#done)
  }

  #askingOf({ query, turn }: AnswerPart): Asking {
    const name = `${query} ${turn}`
    let asking = this.#askings.get(name)
    if (asking === undefined) {
      asking = { parts: new Map(), answered: new Set() }
      this.#askings.set(name, asking)
    }
    return asking
  }
}

function whole(query: Query, parts: readonly AnswerPart[]): Answer {
  const [{ tick, turn, query: index }] = parts as [AnswerPart]
  const rows = parts
    .flatMap((part) => part.rows)
    .map((row) => ({ row, key: encodeCanonical(row[0]) }))
  const { want } = query
  const top = typeof want === 'object' && 'top' in want ? want.top : undefined
  rows.sort((a, b) => {
    const byValue = top === undefined ? 0 : compareValues(b.row[1], a.row[1])
    return byValue || compareEncoded(a.key, b.key)
  })
  return {
    query: index,
    askedAt: askedAt(query, turn),
    answeredAt: Math.max(...parts.map(({ at }) => at)),
    tick,
    count: parts.reduce((count, part) => count + part.count, 0),
    rows: rows.slice(0, top).map(({ row }) => row),
  }
}
