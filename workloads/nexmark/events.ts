/**
 * Events of Nexmark as they are read: lines, of which a query takes apart the fields that it asks for, and no other.
 *
 *   P|id|name|city|state     A|id|seller|category     B|auction|bidder|price
 *
 * Identifiers stay text, as which they are keys; only a price becomes a number.
 */

export const isPerson = (event: string): boolean => event.startsWith('P')
export const isAuction = (event: string): boolean => event.startsWith('A')
export const isBid = (event: string): boolean => event.startsWith('B')

/** A field by its place behind the kind, from 1. */
export function field(event: string, place: number): string {
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
