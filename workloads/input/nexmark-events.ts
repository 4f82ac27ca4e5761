/**
 * Synthetic events of an auction house, after Nexmark's generator: people who register, auctions that they open, bids.
 *
 *   P|id|name|city|state     A|id|seller|category     B|auction|bidder|price
 *
 * Specified to the byte in `nexmark/README.md`, in 32-bit arithmetic. Event i is a function of the seed and i: nothing
 * depends on a clock, so a replay has the same events (Nexmark's own are drawn anew).
 *
 * Differs from Nexmark: there is no time in an event, for it happens when it is due; prices are whole; fields that no
 * query reads, and the filling up to 100 to 500 bytes, are left out.
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

/** Of 50 events the first is a person, the next three are auctions, the others bids. */
const EVENTS_A_ROUND = 50
const AUCTIONS_A_ROUND = 3

const FIRST_ID = 1_000
const FIRST_CATEGORY = 10
const CATEGORIES = 5

/** People and auctions are hot that begin a hundred of them; the bidder is the one behind. */
const HOT_EVERY = 100
/** One of so many is not by, or for, a hot one. */
const NOT_HOT_SELLERS = 4
const NOT_HOT_AUCTIONS = 2
const NOT_HOT_BIDDERS = 4
const PEOPLE_ACTIVE = 1_000
const AUCTIONS_IN_FLIGHT = 100
/** Identifiers that may be named before they exist. */
const LEAD = 10

const FIRST_NAMES = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',')
const LAST_NAMES = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',')
const CITIES =
  'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',')
const STATES = 'AZ,CA,ID,OR,WA,WY'.split(',')

export const NEXMARK_EVENTS_DEFAULTS: EventsOptions = { events: 500_000, seed: 1 }

/** Makes the pool; about a second for the defaults. Errors: `ConfigurationError` for options out of range. */
export function nexmarkEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents('Nexmark events', NEXMARK_EVENTS_DEFAULTS, options)
  const draw = new Draw(seed)
  return poolBytesOf(
    Array.from({ length: events }, (_, i) => Buffer.from(eventOf(i, draw), 'latin1')),
  )
}

function eventOf(i: number, draw: Draw): string {
  const round = Math.floor(i / EVENTS_A_ROUND)
  const place = i % EVENTS_A_ROUND
  if (place === 0) return personOf(round, draw)
  if (place <= AUCTIONS_A_ROUND) {
    return auctionOf({ auction: round * AUCTIONS_A_ROUND + place - 1, lastPerson: round }, draw)
  }
  return bidOf({ lastAuction: (round + 1) * AUCTIONS_A_ROUND - 1, lastPerson: round }, draw)
}

function personOf(person: number, draw: Draw): string {
  const name = `${oneOf(FIRST_NAMES, draw)} ${oneOf(LAST_NAMES, draw)}`
  const city = oneOf(CITIES, draw)
  return `P|${FIRST_ID + person}|${name}|${city}|${oneOf(STATES, draw)}`
}

function auctionOf(
  { auction, lastPerson }: { readonly auction: number; readonly lastPerson: number },
  draw: Draw,
): string {
  const isHot = draw.below(NOT_HOT_SELLERS) > 0
  const seller = isHot ? lastPerson - (lastPerson % HOT_EVERY) : activePerson(lastPerson, draw)
  const category = FIRST_CATEGORY + draw.below(CATEGORIES)
  return `A|${FIRST_ID + auction}|${FIRST_ID + seller}|${category}`
}

function bidOf(
  { lastAuction, lastPerson }: { readonly lastAuction: number; readonly lastPerson: number },
  draw: Draw,
): string {
  const isHot = draw.below(NOT_HOT_AUCTIONS) > 0
  const auction = isHot ? lastAuction - (lastAuction % HOT_EVERY) : inFlight(lastAuction, draw)
  const byHot = draw.below(NOT_HOT_BIDDERS) > 0
  const bidder = byHot ? lastPerson - (lastPerson % HOT_EVERY) + 1 : activePerson(lastPerson, draw)
  return `B|${FIRST_ID + auction}|${FIRST_ID + bidder}|${price(draw)}`
}

function activePerson(last: number, draw: Draw): number {
  const active = Math.min(last + 1, PEOPLE_ACTIVE)
  return last + 1 - active + draw.below(active + LEAD)
}

function inFlight(last: number, draw: Draw): number {
  const first = Math.max(last - AUCTIONS_IN_FLIGHT, 0)
  return first + draw.below(last - first + 1 + LEAD)
}

/** From 100 to 99,999,999; each power of ten as often. */
function price(draw: Draw): number {
  const least = 10 ** (2 + draw.below(6))
  return least + draw.below(9 * least)
}

function oneOf(texts: readonly string[], draw: Draw): string {
  return texts[draw.below(texts.length)]!
}
