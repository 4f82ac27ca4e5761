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
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

const TYPES = ['view', 'click', 'purchase'] as const
const AD_TYPES = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile'] as const
const USERS = 10_000
export const ADS = 1_000
const PAGES = 100

export const AD_EVENTS_DEFAULTS: EventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function adEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents('synthetic events of ads', AD_EVENTS_DEFAULTS, options)
  const draw = new Draw(seed)
  let viewed: string | undefined
  const lines = Array.from({ length: events }, () => {
    const type = TYPES[draw.below(TYPES.length)]!
    const again =
      type !== 'view' && viewed !== undefined && draw.below(2) === 0 ? viewed : undefined
    const userAndAd = again ?? `u${draw.below(USERS)}|a${draw.below(ADS)}`
    if (type === 'view') viewed = userAndAd
    const page = draw.below(PAGES)
    const adType = AD_TYPES[draw.below(AD_TYPES.length)]!
    return Buffer.from(`${type}|${userAndAd}|p${page}|${adType}`, 'latin1')
  })
  return poolBytesOf(lines)
}
