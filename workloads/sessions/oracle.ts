/** What sessions must put out: of each client that had an event the views of its session, or that it has ended. */
import type { Nanos, TickEnd } from '../../engines/core/units.ts'
import { multiplesOf, type Oracle } from '../oracle.ts'
import {
  type Binary,
  binaryOf,
  DigestSums,
  keyLanes,
  type Lanes,
  partitionOfLane,
  TEXT,
  textOf,
} from '../oracle-digest.ts'
import { countDue, nanosOf, poolsBy } from '../oracle-folds.ts'
import { KeyCounts, type KeyedPool } from '../oracle-keys.ts'
import { DueCursor } from '../oracle-ranges.ts'

export interface SessionsParameters {
  readonly interval: string
  readonly timeout: string
}

/** Keys of the pool: a client's views, and its exits. */
const VIEW = 'v'
const EXIT = 'x'

/**
 * Errors: throws for an event without a `client` of text, so that the verdict is *unknown*. The plan fails on what is no
 * JSON; a `client` of another kind it tracks as it is, which nobody has said is right.
 */
export function sessionsOracle(parameters: SessionsParameters): Oracle {
  const interval = nanosOf(parameters.interval)
  const timeout = nanosOf(parameters.timeout)
  const pools = poolsBy((record) => [keyOf(record)])
  return {
    *expect(input) {
      const pool = pools(input)
      const clients = clientsOf(pool)
      const sessions = new Sessions(clients.lanes.length, timeout)
      const counts = new KeyCounts(pool.size)
      const sums = new DigestSums(input.partitions)
      const cursor = new DueCursor(input)
      for (const tick of multiplesOf(interval, input.input.duration)) {
        countDue({ pool, cursor, counts, sign: 1, partitions: input.partitions, tick })
        const came = new Map<number, Came>()
        counts.drain((id, events) => {
          const client = clients.clientOf[id]!
          const each = came.get(client) ?? { views: 0, exits: false }
          if (pool.names[id]!.startsWith(EXIT)) each.exits = true
          else each.views += events
          came.set(client, each)
        })
        sessions.end(tick, came, (client, views) => {
          const { lane0, lane1 } = clients.lanes[client]!
          const partition = partitionOfLane(lane0, input.partitions)
          if (views === 0) sums.addGone(partition, lane0, lane1)
          else sums.addInteger(partition, lane0, lane1, views)
        })
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

function keyOf(record: Binary): Binary {
  // Bytes of UTF-8 pass through JSON as they are; only an escape makes a character that is not a byte.
  const isPlain = !record.includes('\\u')
  const event = JSON.parse(isPlain ? record : textOf(record))
  if (typeof event?.client !== 'string') {
    throw new TypeError(
      `the truth for the record ${record}: an event without a client. Each record is a JSON object with who it is of, such as ` +
        '{"client":"c"}; of another it is not said whose it is. Leave such records out of the input, or give them a client.',
    )
  }
  return (event.type === 'exit' ? EXIT : VIEW) + (isPlain ? event.client : binaryOf(event.client))
}

/** Clients of a pool, numbered, with the number of each key's client. */
function clientsOf({ names }: KeyedPool): {
  clientOf: readonly number[]
  lanes: readonly Lanes[]
} {
  const numbers = new Map<Binary, number>()
  const clientOf = names.map((name) => {
    const client = name.slice(1)
    const number = numbers.get(client) ?? numbers.size
    numbers.set(client, number)
    return number
  })
  return { clientOf, lanes: [...numbers.keys()].map((body) => keyLanes({ tag: TEXT, body })) }
}

/** Events of a client in one interval. */
interface Came {
  views: number
  exits: boolean
}

class Sessions {
  readonly #timeout: Nanos
  /** By client: views of its session; zero: it has none. */
  readonly #views: Float64Array
  /** By client: the end of the interval of its last view. */
  readonly #last: Float64Array
  /** Clients by the end of an interval in which they had views. */
  readonly #seen = new Map<TickEnd, readonly number[]>()

  constructor(clients: number, timeout: Nanos) {
    this.#timeout = timeout
    this.#views = new Float64Array(clients)
    this.#last = new Float64Array(clients)
  }

  /** Ends an interval. Shows each client whose session is another one now; it has no views where it has ended. */
  end(
    tick: TickEnd,
    came: ReadonlyMap<number, Came>,
    show: (client: number, views: number) => void,
  ): void {
    const seen: number[] = []
    for (const [client, { views, exits }] of came) {
      const before = this.#views[client]!
      const now = exits ? 0 : before + views
      if (now > 0) {
        this.#last[client] = tick
        seen.push(client)
      }
      this.#views[client] = now
      if (now !== before) show(client, now)
    }
    this.#seen.set(tick, seen)
    const silentSince = tick - this.#timeout
    for (const client of this.#seen.get(silentSince) ?? []) {
      if (this.#views[client] === 0 || this.#last[client] !== silentSince) continue
      this.#views[client] = 0
      show(client, 0)
    }
    this.#seen.delete(silentSince)
  }
}
