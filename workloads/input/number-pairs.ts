/**
 * Pairs of 32-bit integers: records of 8 bytes, as Naiad's throughput experiment has them (§5.1).
 *
 * With `draw` of `draw.ts`, one generator seeded once: for each record its first number, then its second.
 */
import { poolOfPairs } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

export const NUMBER_PAIRS_DEFAULTS: EventsOptions = { events: 250_000, seed: 1 }

/** Makes the pool; some ms for the defaults. Errors: `ConfigurationError` for options out of range. */
export function numberPairs(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents('pairs of numbers', NUMBER_PAIRS_DEFAULTS, options)
  const draw = new Draw(seed)
  return poolOfPairs(Uint32Array.from({ length: events * 2 }, () => draw.next()))
}
