/**
 * Nexmark: nine queries over the events of an auction house, a workload each. What each one asks, and where it departs from
 * Nexmark's SQL, is in `README.md`.
 */
import type { Workload } from '../workload.ts'
import { AUCTION_QUERIES } from './auctions.ts'
import { BID_QUERIES } from './bids.ts'
import { PEOPLE_QUERIES } from './people.ts'

/** Query 0 first. */
export const NEXMARK: readonly Workload[] = [
  ...BID_QUERIES,
  ...PEOPLE_QUERIES,
  ...AUCTION_QUERIES,
].sort((a, b) => (a.name < b.name ? -1 : 1))
