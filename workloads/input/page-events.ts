/**
 * Synthetic page views: one JSON object a line, `{"url":"/articles/17","user":"u4213"}`.
 *
 * With `draw`, `below` and `Zipf` of `draw.ts`, one generator seeded once: a page is drawn by Zipf over 1,000, then a
 * user by below(10,000). So there are as many hot pages as the web has, and lines of unequal length.
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

export const PAGES = 1_000
const USERS = 10_000

export const PAGE_EVENTS_DEFAULTS: EventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function pageEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents('synthetic page views', PAGE_EVENTS_DEFAULTS, options)
  const draw = new Draw(seed)
  const zipf = new Zipf(draw, PAGES)
  const lines = Array.from({ length: events }, () => {
    const page = zipf.next()
    return Buffer.from(`{"url":"/articles/${page}","user":"u${draw.below(USERS)}"}`, 'latin1')
  })
  return poolBytesOf(lines)
}
