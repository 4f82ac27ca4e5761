/**
 * Synthetic events of ads, after the Yahoo streaming benchmark: one line each, `view|u4213|a37|p12|banner`, that is the
 * event's type, user, ad, page and the ad's type.
 *
 * With `draw` and `below` of `draw.ts`, one generator seeded once. For each event, in this order: its type is below(3) of
 * view, click, purchase; unless it is a view and if there was one, below(2) = 0 says that user and ad are those of the
 * last view; else the user is below(10,000) and the ad below(1,000); then the page is below(100), and the ad's type
 * below(5) of banner, modal, sponsored-search, mail, mobile. So a third of the events are views, as in the benchmark, and
 * half of the clicks are on what has been viewed just before.
 *
 * Differs from the benchmark: its events are JSON, with a time and an address that it does not use but to tell windows.
 */
import { poolBytesOf, poolOfPairs } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

const TYPES = ['view', 'click', 'purchase'] as const
/** Its place among the types. */
export const VIEW = 0
const AD_TYPES = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile'] as const
const USERS = 10_000
export const ADS = 1_000
const PAGES = 100

export const AD_EVENTS_DEFAULTS: EventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function adEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const lines = Array.from(drawn(options), ({ type, user, ad, page, adType }) =>
    Buffer.from(`${TYPES[type]}|u${user}|a${ad}|p${page}|${AD_TYPES[adType]}`, 'latin1'),
  )
  return poolBytesOf(lines)
}

/**
 * The same events without their text: pairs of integers, the type's place among the types and the number of the ad, which is
 * all that ad analytics ask for. Event i of both is drawn alike.
 */
export function adPairs(options: Partial<EventsOptions> = {}): PoolBytes {
  return poolOfPairs([...drawn(options)].flatMap(({ type, ad }) => [type, ad]))
}

/** Types are places in their lists. */
interface AdEvent {
  readonly type: number
  readonly user: number
  readonly ad: number
  readonly page: number
  readonly adType: number
}

function* drawn(options: Partial<EventsOptions>): Generator<AdEvent> {
  const { events, seed } = resolveEvents('synthetic events of ads', AD_EVENTS_DEFAULTS, options)
  const draw = new Draw(seed)
  let viewed: Pick<AdEvent, 'user' | 'ad'> | undefined
  for (let event = 0; event < events; event++) {
    const type = draw.below(TYPES.length)
    const again = type !== VIEW && viewed !== undefined && draw.below(2) === 0
    const of = again ? viewed! : { user: draw.below(USERS), ad: draw.below(ADS) }
    if (type === VIEW) viewed = of
    const page = draw.below(PAGES)
    yield { type, ...of, page, adType: draw.below(AD_TYPES.length) }
  }
}
