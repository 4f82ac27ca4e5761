/**
 * Synthetic events of clients: one JSON object a line, `{"client":"c17","type":"view"}`.
 *
 * With `draw`, `below` and `Zipf` of `draw.ts`, one generator seeded once: a client is drawn by Zipf over 10,000, then its
 * event by below(20), an `exit` where that is 0. So some clients are never silent, and most are seen once in a while.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'

const CLIENTS = 10_000
const EVENTS_AN_EXIT = 20

export interface SessionEventsOptions {
  readonly events: number
  /** Unsigned 32-bit. */
  readonly seed: number
}

export const SESSION_EVENTS_DEFAULTS: SessionEventsOptions = { events: 100_000, seed: 1 }

/** Makes the pool; about 0.1 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function sessionEvents(options: Partial<SessionEventsOptions> = {}): PoolBytes {
  const { events, seed } = { ...SESSION_EVENTS_DEFAULTS, ...options }
  const isCount = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max
  if (!isCount(events, 1, 50_000_000) || !isCount(seed, 0, 0xffff_ffff)) {
    throw new ConfigurationError({
      asked: 'synthetic events of clients',
      found: `${events} events with the seed ${seed}`,
      rule: 'a pool has 1 to 50,000,000 events and a 32-bit seed',
      remedy: 'Choose other numbers',
    })
  }
  const draw = new Draw(seed)
  const zipf = new Zipf(draw, CLIENTS)
  const lines = Array.from({ length: events }, () => {
    const client = zipf.next()
    const type = draw.below(EVENTS_AN_EXIT) === 0 ? 'exit' : 'view'
    return Buffer.from(`{"client":"c${client}","type":"${type}"}`, 'latin1')
  })
  return poolBytesOf(lines)
}
