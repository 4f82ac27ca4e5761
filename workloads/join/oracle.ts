/**
 * What the join must put out: of each key the page of every view in the window with the page of every click in the
 * interval, as often as both came.
 */
import type { Digest } from '../../engines/core/output/digest.ts'
import { multiplesOf, type Oracle } from '../oracle.ts'
import {
  type Binary,
  DigestSums,
  digestOfRow,
  keyLanes,
  listBody,
  partitionOfLane,
  TEXT,
} from '../oracle-digest.ts'
import { countDue, drained, nanosOf, poolsBy } from '../oracle-folds.ts'
import { KeyCounts, type KeyedPool } from '../oracle-keys.ts'
import { DueCursor } from '../oracle-ranges.ts'

export interface JoinParameters {
  readonly interval: string
  readonly length: string
}

export function joinOracle(parameters: JoinParameters): Oracle {
  const interval = nanosOf(parameters.interval)
  const length = nanosOf(parameters.length)
  const pools = poolsBy(relevant)
  return {
    *expect(input) {
      const pool = pools(input)
      const { partitions } = input
      const events = new Events(pool)
      const counts = new KeyCounts(pool.size)
      const inWindow = new Float64Array(pool.size)
      const [arriving, leaving] = [new DueCursor(input), new DueCursor(input)]
      const sums = new DigestSums(partitions)
      for (const tick of multiplesOf(interval, input.input.duration)) {
        countDue({ pool, cursor: arriving, counts, sign: 1, partitions, tick })
        const came = drained(counts)
        for (const { id, times } of came) inWindow[id]! += times
        if (tick > length) {
          countDue({ pool, cursor: leaving, counts, sign: -1, partitions, tick: tick - length })
          for (const { id, times } of drained(counts)) inWindow[id]! += times
        }
        for (const { id: click, times } of came) {
          for (const view of events.viewsFor(click)) {
            if (inWindow[view] === 0) continue
            const partition = partitionOfLane(events.lane0(click), partitions)
            sums.addDigest(partition, events.pair(view, click), inWindow[view]! * times)
          }
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

/** What matters of an event: its type, user, ad and page. */
function relevant(record: Binary): readonly Binary[] {
  const [type, user, ad, page] = record.split('|')
  return type === 'view' || type === 'click' ? [[type, user, ad, page].join('|')] : []
}

interface Event {
  readonly isView: boolean
  readonly key: Binary
  readonly page: Binary
}

/** Views and clicks of a pool, by their numbers. */
class Events {
  readonly #events: readonly Event[]
  readonly #lanes = new Map<Binary, number>()
  readonly #views = new Map<Binary, number[]>()
  readonly #pairs = new Map<number, Digest>()

  constructor({ names }: KeyedPool) {
    this.#events = names.map((name) => {
      const [type, user, ad, page = ''] = name.split('|')
      return { isView: type === 'view', key: `${user}|${ad}`, page }
    })
    this.#events.forEach(({ isView, key }, id) => {
      if (!this.#lanes.has(key)) this.#lanes.set(key, keyLanes({ tag: TEXT, body: key }).lane0)
      const views = this.#views.get(key) ?? []
      this.#views.set(key, views)
      if (isView) views.push(id)
    })
  }

  /** None for a view. */
  viewsFor(click: number): readonly number[] {
    const { isView, key } = this.#events[click]!
    return isView ? [] : this.#views.get(key)!
  }

  lane0(event: number): number {
    return this.#lanes.get(this.#events[event]!.key)!
  }

  /** The digest of the row of a view and a click. */
  pair(view: number, click: number): Digest {
    const place = view * this.#events.length + click
    let digest = this.#pairs.get(place)
    if (digest === undefined) {
      const [viewed, clicked] = [this.#events[view]!, this.#events[click]!]
      const pages = [viewed, clicked].map(({ page }) => ({ tag: TEXT, body: page }))
      digest = digestOfRow({ tag: TEXT, body: viewed.key }, { tag: 7, body: listBody(pages) })
      this.#pairs.set(place, digest)
    }
    return digest
  }
}
