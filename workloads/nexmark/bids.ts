/** The queries that look at bids alone: 0, 1, 2, 5 and 7. */
import { difference, sum } from '../../engines/core/plan/functions.ts'
import type { EventStream, RankStream, TableStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { auctionOf, bidderOf, bidsIn, priceOf } from './events.ts'
import { currencyOracle, passThroughOracle, selectionOracle } from './oracle-bids.ts'
import { highestBidOracle, hotItemOracle } from './oracle-windows.ts'
import { INTERVAL, nameOf, query, readEvents, WINDOW } from './query.ts'

type Bid = readonly [auction: string, bidder: string, price: number]

const Q0 = { interval: INTERVAL } as const satisfies ParameterSpecs

export function q0(given: GivenParameters): EventStream<Bid> {
  const { interval } = resolveParameters(nameOf(0), Q0, given)
  return bidsIn(readEvents(interval))
    .map((bid): Bid => [auctionOf(bid), bidderOf(bid), priceOf(bid)])
    .collect('bids')
}

const Q1 = { interval: INTERVAL } as const satisfies ParameterSpecs

/** Euros for a thousand dollars. */
const EUROS = 908

export function q1(given: GivenParameters): EventStream<Bid> {
  const { interval } = resolveParameters(nameOf(1), Q1, given)
  return bidsIn(readEvents(interval))
    .map((bid): Bid => {
      return [auctionOf(bid), bidderOf(bid), Math.floor((priceOf(bid) * EUROS) / 1_000)]
    })
    .collect('bids')
}

const Q2 = {
  interval: INTERVAL,
  divisor: {
    kind: 'count',
    default: 123,
    min: 1,
    max: 1_000_000,
    description: 'takes the auctions whose number it divides',
  },
} as const satisfies ParameterSpecs

export function q2(given: GivenParameters): EventStream<[auction: string, price: number]> {
  const { interval, divisor } = resolveParameters(nameOf(2), Q2, given)
  return bidsIn(readEvents(interval))
    .filter((bid) => Number(auctionOf(bid)) % divisor === 0)
    .map((bid): [string, number] => [auctionOf(bid), priceOf(bid)])
    .collect('bids')
}

const Q5 = {
  interval: INTERVAL,
  length: WINDOW,
  slide: { kind: 'duration', default: '2s', description: 'slide of the windows' },
} as const satisfies ParameterSpecs

export function q5(given: GivenParameters): RankStream<number, [auction: string, bids: number]> {
  const { interval, length, slide } = resolveParameters(nameOf(5), Q5, given)
  return bidsIn(readEvents(interval))
    .map((bid): [string, number] => [auctionOf(bid), 1])
    .reduceByWindow(length, sum, { slide, inverse: difference })
    .topK(1)
    .collect('hottest')
}

const Q7 = { interval: INTERVAL, length: WINDOW } as const satisfies ParameterSpecs

/** The price first: bids are compared by it. */
type PricedBid = readonly [price: number, auction: string, bidder: string]

export function q7(given: GivenParameters): TableStream<'highest', PricedBid> {
  const { interval, length } = resolveParameters(nameOf(7), Q7, given)
  return bidsIn(readEvents(interval))
    .map((bid): ['highest', PricedBid] => [
      'highest',
      [priceOf(bid), auctionOf(bid), bidderOf(bid)],
    ])
    .reduceByWindow(length, higher, { slide: length })
    .collect('highest')
}

/** The greater price, of equal ones the auction that is greater as text, then the bidder. */
function higher(a: PricedBid, b: PricedBid): PricedBid {
  if (a[0] !== b[0]) return a[0] > b[0] ? a : b
  if (a[1] !== b[1]) return a[1] > b[1] ? a : b
  return a[2] > b[2] ? a : b
}

export const BID_QUERIES: readonly Workload[] = [
  query({
    number: 0,
    module: 'bids.ts',
    description: 'Passes all bids through: what it costs to take an event apart and put it out.',
    parameters: Q0,
    operators: 'filter, map',
    state: 'none',
    invariants: ['every bid is put out once, in the tick and on the partition in which it came'],
    oracle: passThroughOracle,
  }),
  query({
    number: 1,
    module: 'bids.ts',
    description: 'Puts out all bids in euros, of which 908 are a thousand dollars, rounded down.',
    parameters: Q1,
    operators: 'filter, map',
    state: 'none',
    invariants: ['every bid is put out once, at less than its price'],
    oracle: currencyOracle,
  }),
  query({
    number: 2,
    module: 'bids.ts',
    description: 'Selects the bids on auctions whose number a divisor divides.',
    parameters: Q2,
    operators: 'filter, filter, map',
    state: 'none',
    invariants: ['the divisor divides every number that is put out'],
    oracle: ({ divisor }) => selectionOracle(divisor),
  }),
  query({
    number: 5,
    module: 'bids.ts',
    description:
      'Shows the auction with the most bids in a sliding window; of equal ones that with the smaller bytes.',
    parameters: Q5,
    operators: 'filter, map, reduceByWindow, topK',
    state: 'one count an auction and interval; the rank',
    invariants: ['no auction has more bids in the window', 'put out only when it changed'],
    oracle: hotItemOracle,
  }),
  query({
    number: 7,
    module: 'bids.ts',
    description:
      'Shows the highest bid of windows that follow one another; of equal prices the auction, then the bidder, that is greater as text.',
    parameters: Q7,
    operators: 'filter, map, reduceByWindow',
    state: 'one bid an interval',
    invariants: [
      'no bid in the window has a higher price',
      'put out only when it is another than in the window before, and as gone when there was none',
    ],
    oracle: highestBidOracle,
  }),
]
