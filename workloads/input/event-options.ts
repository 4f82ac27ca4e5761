/** What all synthetic events are made from, and its check. */
import { ConfigurationError } from '../../engines/core/errors.ts'

export interface EventsOptions {
  readonly events: number
  /** Unsigned 32-bit. */
  readonly seed: number
}

/** Options with their defaults. Errors: `ConfigurationError` for options out of range. */
export function resolveEvents(
  asked: string,
  defaults: EventsOptions,
  given: Partial<EventsOptions>,
): EventsOptions {
  const { events, seed } = { ...defaults, ...given }
  const isCount = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max
  if (isCount(events, 1, 50_000_000) && isCount(seed, 0, 0xffff_ffff)) return { events, seed }
  throw new ConfigurationError({
    asked,
    found: `${events} events with the seed ${seed}`,
    rule: 'a pool has 1 to 50,000,000 events and a 32-bit seed',
    remedy: 'Choose other numbers',
  })
}
