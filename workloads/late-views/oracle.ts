/**
 * What late views must put out: each window's views of a page once, at the first end of an interval that is `lateness` behind
 * the window's, or where the input ends; and at every end of an interval the views that came in it for windows that were out
 * before.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import type { TickEnd } from '../../engines/core/units.ts'
import { multiplesOf, type Oracle, type OracleInput } from '../oracle.ts'
import {
  type Binary,
  DigestSums,
  INTEGER,
  integerBody,
  keyLanes,
  type Lanes,
  listBody,
  partitionOfLane,
  TEXT,
} from '../oracle-digest.ts'
import { StampedCursor } from '../oracle-disorder.ts'
import { nanosOf } from '../oracle-folds.ts'
import { recordsOf } from '../oracle-keys.ts'
import { INPUT_TIME, type TimeParameters, timesOf } from '../oracle-times.ts'
import { urlOf } from '../page-views/oracle.ts'

export interface LateViewsParameters extends TimeParameters {
  readonly interval: string
  readonly length: string
  readonly slide: string
  readonly lateness: string
}

const LIST = 7

/** By end of a window and number of a page. */
type Views = Map<TickEnd, Map<number, number>>

/** Errors: throws for an event without a `url` of text, as the oracle of `page-views` does, and for one without its time. */
export function lateViewsOracle(parameters: LateViewsParameters): Oracle {
  const interval = nanosOf(parameters.interval)
  const length = nanosOf(parameters.length)
  const slide = nanosOf(parameters.slide)
  const lateness = Number.parseFloat(parameters.lateness) === 0 ? 0 : nanosOf(parameters.lateness)
  const known = new WeakMap<PoolBytes, Pages>()
  const pagesOf = ({ pool }: OracleInput): Pages => {
    const pages = known.get(pool) ?? new Pages(pool, parameters)
    known.set(pool, pages)
    return pages
  }
  return {
    *expect(input) {
      const { partitions } = input
      const pages = pagesOf(input)
      const cursor = new StampedCursor(input)
      const open: Views = new Map()
      const sums = { windows: new DigestSums(partitions), late: new DigestSums(partitions) }
      const { once, duration } = input.input
      for (const tick of multiplesOf(interval, duration)) {
        const missed: Views = new Map()
        let late = 0
        const isOut = (end: TickEnd, by: TickEnd): boolean => end + lateness <= by
        // When the input is over, so is the waiting.
        const isOver = once === true && tick + interval > duration
        for (let partition = 0; partition < partitions; partition++) {
          cursor.advance(partition, tick, (record, happenedAt) => {
            const eventTime = pages.times?.[record] ?? happenedAt
            const last = Math.floor((eventTime + length) / slide) * slide
            for (let end = last; end > eventTime; end -= slide) {
              count(isOut(end, tick - interval) ? missed : open, end, pages.pageOf[record]!)
            }
          })
        }
        // A late view is put out where the views of its window are.
        for (const { window, page, views } of rowsOf(missed)) {
          const { lane0, lane1 } = pages.lanes[page]!
          const partition = partitionOfLane(pages.lanesAt(window, page).lane0, partitions)
          sums.late.addInteger(partition, lane0, lane1, views)
          late += views
        }
        for (const { window, page, views } of rowsOf(open)) {
          if (!isOver && !isOut(window, tick)) continue
          const { lane0, lane1 } = pages.lanesAt(window, page)
          sums.windows.addInteger(partitionOfLane(lane0, partitions), lane0, lane1, views)
        }
        for (const window of open.keys()) if (isOut(window, tick)) open.delete(window)
        yield { output: 0, tick, digests: sums.windows.take() }
        yield { output: 1, tick, digests: sums.late.take(), late }
      }
    },
  }
}

function count(views: Views, window: TickEnd, page: number): void {
  const pages = views.get(window) ?? new Map<number, number>()
  views.set(window, pages)
  pages.set(page, (pages.get(page) ?? 0) + 1)
}

function* rowsOf(
  all: Views,
): Generator<{ readonly window: TickEnd; readonly page: number; readonly views: number }> {
  for (const [window, pages] of all) {
    for (const [page, views] of pages) yield { window, page, views }
  }
}

/** The pages of a pool, numbered. */
class Pages {
  readonly #names: readonly Binary[]
  /** By page: of its name as a key. */
  readonly lanes: readonly Lanes[]
  /** By record. */
  readonly pageOf: Uint32Array
  /** By record: when it happened, where it says so itself. */
  readonly times: Float64Array | undefined

  constructor(pool: PoolBytes, parameters: TimeParameters) {
    const numbers = new Map<Binary, number>()
    this.pageOf = Uint32Array.from(recordsOf(pool), (record) => {
      const url = urlOf(record)
      const number = numbers.get(url) ?? numbers.size
      numbers.set(url, number)
      return number
    })
    this.#names = [...numbers.keys()]
    this.times = parameters.time === INPUT_TIME ? undefined : timesOf(recordsOf(pool), parameters)
    this.lanes = this.#names.map((body) => keyLanes({ tag: TEXT, body }))
  }

  /** Of the key [end of the window, page]. */
  lanesAt(window: TickEnd, page: number): Lanes {
    const body = listBody([
      { tag: INTEGER, body: integerBody(window) },
      { tag: TEXT, body: this.#names[page]! },
    ])
    return keyLanes({ tag: LIST, body })
  }
}
