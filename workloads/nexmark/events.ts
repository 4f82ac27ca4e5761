/**
 * Events of Nexmark as they are read: lines, of which a query takes apart the fields that it asks for, and no other.
 *
 *   P|id|name|city|state     A|id|seller|category     B|auction|bidder|price
 *
 * Identifiers stay text, as which they are keys; only a price becomes a number.
 */
import { contains } from '../../engines/core/plan/functions.ts'
import type { EventStream } from '../../engines/core/plan/stream.ts'

/** People are rare, and so are auctions: a kernel leaves out nearly all other events, before a line becomes text. */
export function peopleIn(events: EventStream<string>): EventStream<string> {
  return events.filter(contains('P|')).filter((event) => event.startsWith('P|'))
}

export function auctionsIn(events: EventStream<string>): EventStream<string> {
  return events.filter(contains('A|')).filter((event) => event.startsWith('A|'))
}

export function bidsIn(events: EventStream<string>): EventStream<string> {
  return events.filter((event) => event.startsWith('B|'))
}

/** A field by its place behind the kind, from 1. */
function field(event: string, place: number): string {
  let from = 2
  for (let passed = 1; passed < place; passed++) from = event.indexOf('|', from) + 1
  const to = event.indexOf('|', from)
  return to < 0 ? event.slice(from) : event.slice(from, to)
}

/** Of a person, or an auction. */
export const idOf = (event: string): string => field(event, 1)

export const personNameOf = (person: string): string => field(person, 2)
export const cityOf = (person: string): string => field(person, 3)
export const stateOf = (person: string): string => field(person, 4)

export const sellerOf = (auction: string): string => field(auction, 2)
export const categoryOf = (auction: string): string => field(auction, 3)

export const auctionOf = (bid: string): string => field(bid, 1)
export const bidderOf = (bid: string): string => field(bid, 2)
export const priceOf = (bid: string): number => Number(field(bid, 3))
