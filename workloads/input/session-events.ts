/**
 * Synthetic events of clients: one JSON object a line, `{"client":"c17","type":"view"}`.
 *
 * With `draw`, `below` and `Zipf` of `draw.ts`, one generator seeded once: a client is drawn by Zipf over 10,000, then its
 * event by below(20), an `exit` where that is 0. So some clients are never silent, and most are seen once in a while.
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

const CLIENTS = 10_000
const EVENTS_AN_EXIT = 20

export const SESSION_EVENTS_DEFAULTS: EventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function sessionEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const asked = 'synthetic events of clients'
  const { events, seed } = resolveEvents(asked, SESSION_EVENTS_DEFAULTS, options)
  const draw = new Draw(seed)
  const zipf = new Zipf(draw, CLIENTS)
  const lines = Array.from({ length: events }, () => {
    const client = zipf.next()
    const type = draw.below(EVENTS_AN_EXIT) === 0 ? 'exit' : 'view'
    return Buffer.from(`{"client":"c${client}","type":"${type}"}`, 'latin1')
  })
  return poolBytesOf(lines)
}
