/**
 * The queries that wait for auctions to close: 4 and 6.
 *
 * A timeout of `track` counts from a key's last event, and an auction's bids would put it off. So there are two: one of
 * auctions alone, whose keys leave when the time is over, and one of openings, bids and closings.
 */
import type { EventStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { auctionOf, auctionsIn, bidsIn, categoryOf, idOf, priceOf, sellerOf } from './events.ts'
import { categoryAveragesOracle, sellerAveragesOracle } from './oracle-auctions.ts'
import { INTERVAL, nameOf, query, readEvents } from './query.ts'

const LASTS = {
  kind: 'duration',
  default: '2s',
  description: 'how long an auction is open; a multiple of the interval',
} as const

type Sale = readonly [seller: string, category: string, price: number]

/** What happens to an auction; of one interval in this order, so that a bid in that in which it closes comes too late. */
const CLOSED = 0
const OPENED = 1
const BID = 2

type Happening =
  | readonly [kind: typeof CLOSED]
  | readonly [kind: typeof OPENED, seller: string, category: string]
  | readonly [kind: typeof BID, price: number]

/** The price is that of the highest bid, 0 before there is one. A list, of which no field's name is encoded: there are many. */
type Auction = readonly [isSold: 0 | 1, ...sale: Sale]

/** Auctions that closed with a bid, at the end of the interval in which they did. */
function sales(events: EventStream<string>, lasts: string): EventStream<[id: string, Sale]> {
  const auctions = auctionsIn(events)
  const opened = auctions.map((auction): [string, Happening] => [
    idOf(auction),
    [OPENED, sellerOf(auction), categoryOf(auction)],
  ])
  const closed = auctions
    .map((auction): [string, number] => [idOf(auction), OPENED])
    .track(
      (): number | null => OPENED,
      (): number | null => OPENED,
      lasts,
    )
    .changes()
    .filter(([, isOpen]) => isOpen === undefined)
    .map(([id]): [string, Happening] => [id, [CLOSED]])
  const bids = bidsIn(events)
    .map((bid): [string, number] => [auctionOf(bid), priceOf(bid)])
    .reduceByKey(greater)
    .map(([id, price]): [string, Happening] => [id, [BID, price]])
  return opened
    .union(bids, closed)
    .track(begun, happened, lasts, { time: ([kind]) => kind })
    .changes()
    .flatMap(([id, auction]): [string, Sale][] => {
      if (auction === undefined) return []
      const [isSold, ...sale] = auction
      return isSold ? [[id, sale]] : []
    })
}

const greater = (a: number, b: number): number => Math.max(a, b)

/** An auction begins when it opens: a bid before that is none. */
function begun(_id: string, happening: Happening): Auction | null {
  if (happening[0] !== OPENED) return null
  const [, seller, category] = happening
  return [0, seller, category, 0]
}

/** An auction that opens again while it is open goes on. One that closed stays as it is until it opens again, or leaves. */
function happened(id: string, auction: Auction, happening: Happening): Auction | null {
  const [isSold, seller, category, price] = auction
  if (isSold) return happening[0] === OPENED ? begun(id, happening) : auction
  switch (happening[0]) {
    case OPENED:
      return auction
    case BID:
      return [0, seller, category, Math.max(price, happening[1])]
    case CLOSED:
      return price > 0 ? [1, seller, category, price] : null
  }
}

const Q4 = { interval: INTERVAL, lasts: LASTS } as const satisfies ParameterSpecs

type Total = readonly [price: number, sales: number]

export function q4(given: GivenParameters): EventStream<[category: string, average: number]> {
  const { interval, lasts } = resolveParameters(nameOf(4), Q4, given)
  return sales(readEvents(interval), lasts)
    .map(([, [, category, price]]): [string, Total] => [category, [price, 1]])
    .runningReduce((a: Total, b: Total): Total => [a[0] + b[0], a[1] + b[1]])
    .changes()
    .map(([category, total]): [string, number] => [category, Math.floor(total![0] / total![1])])
    .collect('averages')
}

const Q6 = {
  interval: INTERVAL,
  lasts: LASTS,
  last: {
    kind: 'count',
    default: 10,
    min: 1,
    max: 1_000,
    description: 'sales of a seller that are averaged',
  },
} as const satisfies ParameterSpecs

export function q6(given: GivenParameters): EventStream<[seller: string, average: number]> {
  const { interval, lasts, last } = resolveParameters(nameOf(6), Q6, given)
  return sales(readEvents(interval), lasts)
    .map(([id, [seller, , price]]): [string, [number, number]] => [seller, [Number(id), price]])
    .track(
      (_seller, [, price]): readonly number[] | null => [price],
      (_seller, prices, [, price]): readonly number[] | null => [...prices, price].slice(-last),
      undefined,
      { time: ([id]) => id },
    )
    .changes()
    .map(([seller, prices]): [string, number] => [seller, average(prices!)])
    .collect('averages')
}

function average(prices: readonly number[]): number {
  return Math.floor(prices.reduce((total, price) => total + price, 0) / prices.length)
}

export const AUCTION_QUERIES: readonly Workload[] = [
  query({
    number: 4,
    module: 'auctions.ts',
    description:
      'Averages the prices at which auctions of a category were sold, rounded down; all auctions are open equally long.',
    parameters: Q4,
    operators:
      'filter, filter, map; filter, filter, map, track, changes, filter, map; filter, map, reduceByKey, map; union, track, changes, flatMap, map, runningReduce, changes, map',
    state: 'every auction that is open or was sold lately; a sum and a count a category',
    invariants: [
      'a category is put out at the end of each interval in which an auction of it was sold',
      'an average is between the least and the greatest price',
    ],
    oracle: categoryAveragesOracle,
  }),
  query({
    number: 6,
    module: 'auctions.ts',
    description:
      'Averages the prices of the last sales of a seller, rounded down; sales of one interval in the order of their auctions.',
    parameters: Q6,
    operators:
      'filter, filter, map; filter, filter, map, track, changes, filter, map; filter, map, reduceByKey, map; union, track, changes, flatMap, map, track, changes, map',
    state: 'every auction that is open or was sold lately; the last prices of every seller',
    invariants: [
      'a seller is put out at the end of an interval in which his last prices changed',
      'an average is between the least and the greatest price',
    ],
    oracle: sellerAveragesOracle,
  }),
]
