/** Durations as text with a unit, as plans and options write them: `'250ms'`, `'1s'`, `'0.5s'`, `'2m'`. */
import { ConfigurationError } from '../errors.ts'
import type { Nanos } from '../units.ts'

const NANOS_PER_UNIT: Readonly<Record<string, Nanos>> = {
  ns: 1,
  us: 1_000,
  ms: 1_000_000,
  s: 1_000_000_000,
  m: 60_000_000_000,
  h: 3_600_000_000_000,
}

/** A duration as a plan gives it: a number and a unit (ns, us, ms, s, m, h). */
export type Duration = string

/** Reads a duration. Errors: `ConfigurationError` when it has no unit, or is not a positive whole number of ns. */
export function parseDuration(text: Duration, what: string): Nanos {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)$/.exec(String(text).trim())
  const exact = match === null ? Number.NaN : Number(match[1]) * NANOS_PER_UNIT[match[2]!]!
  const nanos = Math.round(exact)
  // A decimal such as 0.3 has no exact product, but misses a whole number of ns by far less than this.
  if (Number.isSafeInteger(nanos) && nanos > 0 && Math.abs(exact - nanos) < 1e-3) return nanos
  throw new ConfigurationError(
    {
      asked: what,
      found: `'${text}'`,
      rule: 'a duration is a positive number with a unit (ns, us, ms, s, m, h), a whole number of nanoseconds',
      remedy: `Write it like '250ms', '1s' or '2m'`,
    },
    { duration: text },
  )
}

/** Writes a duration in the largest unit that holds it as a whole number: 1500000000 is `1500ms`. */
export function formatDuration(nanos: Nanos): Duration {
  for (const unit of ['h', 'm', 's', 'ms', 'us']) {
    const size = NANOS_PER_UNIT[unit]!
    if (nanos !== 0 && nanos % size === 0) return `${nanos / size}${unit}`
  }
  return `${nanos}ns`
}

/** Writes a duration that was measured, for a reader, to four digits: 10000042268 is `10s`. Minutes and hours from two on. */
export function shortDuration(nanos: Nanos): Duration {
  for (const unit of ['h', 'm']) {
    const size = NANOS_PER_UNIT[unit]!
    if (nanos >= 2 * size && nanos % size === 0) return `${nanos / size}${unit}`
  }
  const unit = ['s', 'ms', 'us'].find((each) => nanos >= NANOS_PER_UNIT[each]!) ?? 'ns'
  return `${Number((nanos / NANOS_PER_UNIT[unit]!).toPrecision(4))}${unit}`
}

/** An instant for a reader: since the run's clock started at `clock` (`clockStart`), as options mean it. The past lies before that. */
export function instantText(instant: Nanos, clock: Nanos, write = shortDuration): string {
  return instant < clock ? `${write(clock - instant)} before the start` : write(instant - clock)
}

/** The greatest length that divides both: how often something emits that joins two periods. */
export function commonPeriod(a: Nanos, b: Nanos): Nanos {
  return b === 0 ? a : commonPeriod(b, a % b)
}

/** Reads a duration that may be none: `'0s'` too. */
export function parseSlack(text: Duration, what: string): Nanos {
  return /^0+(?:\.0+)?(?:ns|us|ms|s|m|h)$/.test(String(text).trim()) ? 0 : parseDuration(text, what)
}
