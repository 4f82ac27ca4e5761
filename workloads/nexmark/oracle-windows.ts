/** What queries 5 and 7 must put out: the auction with the most bids, and the highest bid, of windows. */
import type { Oracle } from '../oracle.ts'
import { type Binary, DigestSums, encode, keyLanes, partitionOfLane } from '../oracle-digest.ts'
import { keysDue, nanosOf, poolsBy, windowTopOracle } from '../oracle-folds.ts'

export function hotItemOracle(window: { readonly length: string; readonly slide: string }): Oracle {
  const lengths = { length: nanosOf(window.length), slide: nanosOf(window.slide) }
  const auctionsOf = (record: Binary) => (isBid(record) ? [record.split('|')[1]!] : [])
  return windowTopOracle(auctionsOf, lengths, 1)
}

interface Bid {
  readonly auction: Binary
  readonly bidder: Binary
  readonly price: number
}

export function highestBidOracle({ length }: { readonly length: string }): Oracle {
  const pools = poolsBy((record) => (isBid(record) ? [record] : []))
  return {
    *expect(input) {
      const pool = pools(input)
      const bids = pool.names.map(bidOf)
      const key = keyLanes(encode('highest'))
      const partition = partitionOfLane(key.lane0, input.partitions)
      const sums = new DigestSums(input.partitions)
      let shown: Bid | undefined
      for (const { tick, came } of keysDue(pool, input, nanosOf(length))) {
        let highest: Bid | undefined
        for (const { id } of came) {
          const bid = bids[id]!
          if (highest === undefined || isHigher(bid, highest)) highest = bid
        }
        if (highest === undefined) {
          if (shown !== undefined) sums.addGone(partition, key.lane0, key.lane1)
        } else if (highest !== shown) {
          const { price, auction, bidder } = highest
          sums.addRow(partition, key, encode([price, auction, bidder]))
        }
        shown = highest
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

function isBid(record: Binary): boolean {
  return record.startsWith('B|')
}

function bidOf(record: Binary): Bid {
  const [, auction = '', bidder = '', price = ''] = record.split('|')
  return { auction, bidder, price: Number(price) }
}

/** By price; of equal ones by auction, then by bidder, as bytes. */
function isHigher(a: Bid, b: Bid): boolean {
  if (a.price !== b.price) return a.price > b.price
  return a.auction === b.auction ? a.bidder > b.bidder : a.auction > b.auction
}
