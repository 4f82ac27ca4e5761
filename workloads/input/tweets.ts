/**
 * Synthetic tweets: one line each, `u4213|u17|t5`, that is who wrote it, whom it mentions, and its tag.
 *
 * With `draw`, `below` and `Zipf` of `draw.ts`, one generator seeded once: the author is below(10,000), the user that is
 * mentioned is drawn by Zipf over the same 10,000, then the tag by Zipf over 1,000. So everybody writes as much, few are
 * heard by many, and few tags are in every mouth.
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

const USERS = 10_000
const TAGS = 1_000

export const TWEETS_DEFAULTS: EventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function tweets(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents('synthetic tweets', TWEETS_DEFAULTS, options)
  const draw = new Draw(seed)
  const users = new Zipf(draw, USERS)
  const tags = new Zipf(draw, TAGS)
  const lines = Array.from({ length: events }, () => {
    const author = draw.below(USERS)
    const mentioned = users.next()
    return Buffer.from(`u${author}|u${mentioned}|t${tags.next()}`, 'latin1')
  })
  return poolBytesOf(lines)
}
