/** What queries 4 and 6 must put out: average prices of auctions that were sold. Events are ASCII. */
import type { Nanos, TickEnd } from '../../engines/core/units.ts'
import type { Oracle } from '../oracle.ts'
import { type Binary, DigestSums, encode, keyLanes, partitionOfLane } from '../oracle-digest.ts'
import { type Came, keysDue, nanosOf, poolsBy } from '../oracle-folds.ts'

interface AuctionsParameters {
  readonly interval: string
  readonly lasts: string
}

/** Errors: throws for an auction that is two, since nobody has said which counts. */
export function categoryAveragesOracle(parameters: AuctionsParameters): Oracle {
  return salesOracle(parameters, () => {
    const totals = new Map<Binary, { price: number; sales: number }>()
    return (sold) => {
      for (const { category, price } of sold) {
        const total = totals.get(category) ?? { price: 0, sales: 0 }
        totals.set(category, { price: total.price + price, sales: total.sales + 1 })
      }
      const changed = new Set(sold.map(({ category }) => category))
      return [...changed].map((category) => {
        const { price, sales } = totals.get(category)!
        return [category, (price - (price % sales)) / sales]
      })
    }
  })
}

/** Errors: as above. */
export function sellerAveragesOracle(parameters: AuctionsParameters & { last: number }): Oracle {
  return salesOracle(parameters, () => {
    const lastOf = new Map<Binary, readonly number[]>()
    return (sold) => {
      const before = new Map(lastOf)
      const inOrder = [...sold].sort((a, b) => Number(a.id) - Number(b.id))
      for (const { seller, price } of inOrder) {
        const prices = [...(lastOf.get(seller) ?? []), price]
        lastOf.set(seller, prices.slice(Math.max(0, prices.length - parameters.last)))
      }
      return [...new Set(sold.map(({ seller }) => seller))].flatMap((seller) => {
        const prices = lastOf.get(seller)!
        if (prices.join() === before.get(seller)?.join()) return []
        const total = prices.reduce((a, b) => a + b)
        return [[seller, (total - (total % prices.length)) / prices.length] as const]
      })
    }
  })
}

interface Sale {
  readonly id: Binary
  readonly seller: Binary
  readonly category: Binary
  readonly price: number
}

/** From the sales of an interval to the rows that they change. */
type Averaging = (sold: readonly Sale[]) => readonly (readonly [key: Binary, value: number])[]

function salesOracle({ interval, lasts }: AuctionsParameters, averaging: () => Averaging): Oracle {
  const pools = poolsBy((record) => {
    const [kind, id, , price] = record.split('|')
    if (kind === 'A') return [record]
    return kind === 'B' ? [`B|${id}|${price}`] : []
  })
  return {
    *expect(input) {
      const pool = pools(input)
      const house = new AuctionHouse(pool.names, nanosOf(lasts))
      const rowsOf = averaging()
      const sums = new DigestSums(input.partitions)
      for (const { tick, came } of keysDue(pool, input, nanosOf(interval))) {
        for (const [key, value] of rowsOf(house.end(tick, came))) {
          const { lane0, lane1 } = keyLanes(encode(key))
          sums.addInteger(partitionOfLane(lane0, input.partitions), lane0, lane1, value)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

interface Auction {
  readonly id: Binary
  readonly seller: Binary
  readonly category: Binary
  /** Zero while it is not open. */
  closesAt: TickEnd
  /** Zero while there is no bid. */
  highest: number
}

/**
 * An auction is open from the interval in which it comes, for `lasts` from that interval's end. Until then, the interval in
 * which it closes not included, bids count; if it comes once more, that interval included, it stays open anew.
 */
class AuctionHouse {
  readonly #lasts: Nanos
  /** By number of the key: an auction that opens, or one with the price that is bid for it. */
  readonly #openings = new Map<number, Auction>()
  readonly #bids = new Map<number, readonly [Auction, price: number]>()
  readonly #closing = new Map<TickEnd, Auction[]>()

  constructor(names: readonly Binary[], lasts: Nanos) {
    this.#lasts = lasts
    const auctions = new Map<Binary, Auction>()
    names.forEach((name, number) => {
      const [kind, id = '', seller = '', category = ''] = name.split('|')
      if (kind !== 'A') return
      if (auctions.has(id)) throw new RangeError(`two auctions with the identifier ${id}`)
      const auction = { id, seller, category, closesAt: 0, highest: 0 }
      auctions.set(id, auction)
      this.#openings.set(number, auction)
    })
    names.forEach((name, number) => {
      const [kind, id = '', price] = name.split('|')
      const auction = auctions.get(id)
      if (kind === 'B' && auction !== undefined) this.#bids.set(number, [auction, Number(price)])
    })
  }

  /** Ends an interval. Gives the auctions that were sold in it. */
  end(tick: TickEnd, came: readonly Came[]): readonly Sale[] {
    for (const { id } of came) {
      const auction = this.#openings.get(id)
      if (auction === undefined) continue
      if (auction.closesAt === 0) auction.highest = 0
      auction.closesAt = tick + this.#lasts
      const closing = this.#closing.get(auction.closesAt) ?? []
      this.#closing.set(auction.closesAt, closing)
      closing.push(auction)
    }
    const sold: Sale[] = []
    for (const auction of this.#closing.get(tick) ?? []) {
      if (auction.closesAt !== tick) continue
      auction.closesAt = 0
      const { id, seller, category, highest } = auction
      if (highest > 0) sold.push({ id, seller, category, price: highest })
    }
    this.#closing.delete(tick)
    for (const { id } of came) {
      const [auction, price] = this.#bids.get(id) ?? []
      if (auction !== undefined && auction.closesAt > 0) {
        auction.highest = Math.max(auction.highest, price!)
      }
    }
    return sold
  }
}
