/**
 * Synthetic page views: one JSON object a line, `{"url":"/articles/17","user":"u4213"}`.
 *
 * With `draw`, `below` and `Zipf` of `draw.ts`, one generator seeded once: a page is drawn by Zipf over 1,000, then a
 * user by below(10,000). So there are as many hot pages as the web has, and lines of unequal length.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'

export const PAGES = 1_000
const USERS = 10_000

export interface PageEventsOptions {
  readonly events: number
  /** Unsigned 32-bit. */
  readonly seed: number
}

export const PAGE_EVENTS_DEFAULTS: PageEventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function pageEvents(options: Partial<PageEventsOptions> = {}): PoolBytes {
  const { events, seed } = { ...PAGE_EVENTS_DEFAULTS, ...options }
  const isCount = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max
  if (!isCount(events, 1, 50_000_000) || !isCount(seed, 0, 0xffff_ffff)) {
    throw new ConfigurationError({
      asked: 'synthetic page views',
      found: `${events} events with the seed ${seed}`,
      rule: 'a pool has 1 to 50,000,000 events and a 32-bit seed',
      remedy: 'Choose other numbers',
    })
  }
  const draw = new Draw(seed)
  const zipf = new Zipf(draw, PAGES)
  const lines = Array.from({ length: events }, () => {
    const page = zipf.next()
    return Buffer.from(`{"url":"/articles/${page}","user":"u${draw.below(USERS)}"}`, 'latin1')
  })
  return poolBytesOf(lines)
}
