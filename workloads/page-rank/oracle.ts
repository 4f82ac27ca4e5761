/**
 * What PageRank must put out: of each page of an interval’s links its rank after so many rounds.
 *
 * By the formula over arrays of all pages: rank ← 3/20 · 2^30 + gifts − 3/20 · gifts, where a page gives each of its links an
 * equal part of its rank. All of it in whole numbers, each term rounded down.
 */
import { multiplesOf, type Oracle } from '../oracle.ts'
import { DigestSums } from '../oracle-digest.ts'
import { nanosOf } from '../oracle-folds.ts'
import { type Came, dueOf, type Link, linkIn, NodeKeys } from '../oracle-graphs.ts'

export interface PageRankParameters {
  readonly interval: string
  readonly rounds: number
}

const ONE = 1_073_741_824

/** Errors: throws for a line that is no link, on which the plan fails. */
export function pageRankOracle({ interval, rounds }: PageRankParameters): Oracle {
  const links = dueOf(linkIn)
  return {
    *expect(input) {
      const due = links(input)
      const keys = new NodeKeys(input.partitions)
      const sums = new DigestSums(input.partitions)
      for (const tick of multiplesOf(nanosOf(interval), input.input.duration)) {
        const web = new Web(due(tick))
        const ranks = web.ranks(rounds)
        for (const [place, page] of web.pages.entries()) {
          const { partition, lane0, lane1 } = keys.of(page)
          sums.addInteger(partition, lane0, lane1, ranks[place]!)
        }
        yield { output: 0, tick, digests: sums.take() }
      }
    },
  }
}

/** Three twentieths, rounded down; exact, since a rank is far below 2^50. */
function threeTwentieths(amount: number): number {
  const tripled = 3 * amount
  return (tripled - (tripled % 20)) / 20
}

class Web {
  readonly pages: number[] = []
  readonly #places = new Map<number, number>()
  /** By link, as often as it came: places of both ends. */
  readonly #from: number[] = []
  readonly #to: number[] = []
  readonly #linksFrom: number[] = []

  constructor(links: Iterable<Came<Link | undefined>>) {
    for (const [link, times] of links) {
      if (link === undefined) continue
      const [from, to] = [this.#placeOf(link[0]), this.#placeOf(link[1])]
      for (let time = 0; time < times; time++) {
        this.#from.push(from)
        this.#to.push(to)
      }
      this.#linksFrom[from]! += times
    }
  }

  /** By place. */
  ranks(rounds: number): Float64Array {
    let ranks = new Float64Array(this.pages.length).fill(ONE)
    for (let round = 0; round < rounds; round++) {
      const gifts = new Float64Array(ranks.length)
      for (const [link, from] of this.#from.entries()) {
        const rank = ranks[from]!
        const links = this.#linksFrom[from]!
        gifts[this.#to[link]!]! += (rank - (rank % links)) / links
      }
      ranks = gifts.map((gift) => threeTwentieths(ONE) + gift - threeTwentieths(gift))
    }
    return ranks
  }

  #placeOf(page: number): number {
    const known = this.#places.get(page)
    if (known !== undefined) return known
    this.#places.set(page, this.pages.length)
    this.#linksFrom.push(0)
    return this.pages.push(page) - 1
  }
}
