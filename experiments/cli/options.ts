/**
 * Quantities on the command line: rates, durations, sizes, counts. A number that needs a unit is refused without one,
 * since `--tick 10` would be right for someone who thinks in seconds.
 *
 * Every refusal is a `ConfigurationError` in four parts: what was asked, what was found, the rule, what to do. Nothing is
 * rounded in silence: a duration must be whole nanoseconds, a size whole bytes.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { nearest } from '../../engines/core/nearest.ts'
import { shortDuration as formatDuration } from '../../engines/core/plan/duration.ts'
import type { Nanos } from '../../engines/core/units.ts'

export { formatDuration }

/** Ends included. */
export interface Range {
  readonly min?: number
  readonly max?: number
  /** Why there is an end. */
  readonly because?: string
}

const multiples: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 }
const nanosPer: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
}
const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Splits `2.5MiB` into number and unit; null if it does not start with a number. Errors: `ConfigurationError` for a sign. */
function split(
  option: string,
  text: string,
): { readonly digits: string; readonly unit: string } | null {
  if (/^\s*-\s*\d/.test(text)) {
    const rule = 'No quantity here is negative'
    refuse(option, text, `${text.trim()} is out of range`, rule, 'Give a value in the range')
  }
  const match = /^\s*(\d+(?:[._]\d+)*(?:e\d+)?)\s*(.*?)\s*$/.exec(text)
  if (!match) return null
  const digits = match[1]!.replaceAll('_', '')
  return Number.isFinite(Number(digits)) ? { digits, unit: match[2]! } : null
}

/** digits × factor without the error of a binary fraction: `0.1` ms is 100,000 ns exactly. */
function times(digits: string, factor: number): number {
  const product = Number(digits) * factor
  const whole = Math.round(product)
  return Math.abs(product - whole) <= whole * 1e-12 ? whole : product
}

function refuse(option: string, text: string, found: string, rule: string, remedy: string): never {
  throw new ConfigurationError(
    { asked: `--${option} ${text}`, found, rule, remedy },
    { option, text },
  )
}

function bounded(
  option: string,
  text: string,
  value: number,
  { min = 0, max = Number.MAX_SAFE_INTEGER, because }: Range,
  show: (value: number) => string,
): number {
  if (value >= min && value <= max) return value
  const rule =
    max === Number.MAX_SAFE_INTEGER
      ? `It is at least ${show(min)}`
      : `It is from ${show(min)} to ${show(max)}${because ? `: ${because}` : ''}`
  refuse(option, text, `${show(value)} is out of range`, rule, 'Give a value in the range')
}

/**
 * Records per second, over all partitions: `2M/s`, `500k`, `1_000_000 records/s`, `2M records/s`.
 *
 * The `/s` may be left out where the number has a multiple (k, M, G): a rate has only one unit here. A bare number is refused.
 */
export function parseRate(option: string, text: string, range: Range = { min: 1 }): number {
  const parts = split(option, text)
  const match = parts && /^([kMG]?)\s*(records)?\s*(\/s)?$/.exec(parts.unit)
  const [, multiple = '', , perSecond] = match ?? []
  if (!parts || !match || (multiple === '' && !perSecond)) {
    refuse(
      option,
      text,
      parts ? (parts.unit ? `unit “${parts.unit}”` : 'no unit') : 'no number',
      'A rate is in records/s, with k, M or G for thousands, millions, milliards',
      'Write 2M/s, 500k or 800 records/s',
    )
  }
  return bounded(option, text, times(parts.digits, multiples[multiple]!), range, formatRate)
}

/** Whole nanoseconds from `250ms`, `10s`, `2m`, `1.5h`, `100us`, `500ns`. */
export function parseDuration(option: string, text: string, range: Range = { min: 1 }): Nanos {
  const value = measured(option, text, nanosPer, 'A duration has a unit', 'Write 250ms, 10s or 2m')
  if (!Number.isInteger(value)) {
    refuse(option, text, `${value} ns`, 'A duration is whole nanoseconds', 'Drop the digits')
  }
  return bounded(option, text, value, range, formatDuration)
}

/** Whole bytes from `64MiB`, `1.5GB`, `512B`. Decimal and binary multiples differ, so both have their own unit. */
export function parseSize(option: string, text: string, range: Range = { min: 1 }): number {
  const value = measured(option, text, bytesPer, 'A size has a unit', 'Write 64MiB, 100kB or 512B')
  if (!Number.isInteger(value)) {
    refuse(option, text, `${value} bytes`, 'A size is whole bytes', 'Drop the digits')
  }
  return bounded(option, text, value, range, formatSize)
}

/** A whole number without a unit: `4`, `10_000`, `200k`. */
export function parseCount(option: string, text: string, range: Range = { min: 0 }): number {
  const parts = split(option, text)
  const factor = parts ? multiples[parts.unit] : undefined
  if (!parts || factor === undefined) {
    refuse(
      option,
      text,
      parts ? `unit “${parts.unit}”` : 'no number',
      'A count is a whole number, with k, M or G for thousands, millions, milliards',
      'Write 4, 10_000 or 200k',
    )
  }
  const value = times(parts.digits, factor)
  if (!Number.isInteger(value)) {
    refuse(option, text, String(value), 'A count is a whole number', 'Drop the digits')
  }
  return bounded(option, text, value, range, String)
}

/** One of the given names; an error names the nearest. */
export function parseName<N extends string>(option: string, text: string, names: readonly N[]): N {
  const found = names.find((name) => name === text)
  if (found !== undefined) return found
  const near = nearest(text, names)
  refuse(
    option,
    text,
    `no such ${option}`,
    `It is one of ${names.join(', ')}`,
    near === undefined ? 'Choose one of them' : `Did you mean ${near}`,
  )
}

/** A list separated by commas, each once; `all` is the whole list. */
export function parseNames<N extends string>(
  option: string,
  text: string,
  names: readonly N[],
): readonly N[] {
  if (text === 'all') return names
  const chosen = text.split(',').map((part) => parseName(option, part.trim(), names))
  const twice = chosen.find((name, index) => chosen.indexOf(name) !== index)
  if (twice !== undefined) {
    refuse(option, text, `${twice} twice`, 'Each name is given once', `Drop one ${twice}`)
  }
  return chosen
}

function measured(
  option: string,
  text: string,
  units: Readonly<Record<string, number>>,
  rule: string,
  remedy: string,
): number {
  const parts = split(option, text)
  const factor = parts && Object.hasOwn(units, parts.unit) ? units[parts.unit] : undefined
  if (parts && factor !== undefined) return times(parts.digits, factor)
  const found = parts ? (parts.unit ? `unit “${parts.unit}”` : 'no unit') : 'no number'
  refuse(option, text, found, `${rule}: ${Object.keys(units).join(', ')}`, remedy)
}

/** `2M/s`, `1.25k/s`: what `parseRate` reads back, to four digits. */
export function formatRate(perSecond: number): string {
  return `${scaled(perSecond, [1e9, 1e6, 1e3], ['G', 'M', 'k'], '')}/s`
}

/** `64MiB`, `1.5KiB`, to four digits. */
export function formatSize(bytes: number): string {
  return scaled(bytes, [2 ** 30, 2 ** 20, 2 ** 10], ['GiB', 'MiB', 'KiB'], 'B')
}

function scaled(
  value: number,
  factors: readonly number[],
  units: readonly string[],
  smallest: string,
): string {
  const which = factors.findIndex((factor) => value >= factor)
  const unit = which < 0 ? smallest : units[which]!
  return `${Number((value / (factors[which] ?? 1)).toPrecision(4))}${unit}`
}
