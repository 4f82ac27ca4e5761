/**
 * `--query`: what is asked of a table while a trial runs, and how its answers are printed as they come.
 *
 *   counts@1500ms              all rows, once
 *   counts every 500ms top 5   again and again: the five greatest
 *   counts@1s key river         the row of one key; a key that is no text as JSON, and a text that is JSON in quotes: key "7"
 *   counts@3s from 1s to 2s    a slice: each version that ended from then to then
 *
 * Instants count from the start of the run, as those of `--fault`. Their rules are the engines' (`core/queries/`).
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { instantText } from '../../engines/core/plan/duration.ts'
import type { Query, Want } from '../../engines/core/queries/query.ts'
import type { Nanos } from '../../engines/core/units.ts'
import type { ShownAnswer } from '../runner/trial-spec.ts'
import { formatDuration, parseCount, parseDuration } from './options.ts'

const GRAMMAR =
  /^(?<of>.+?)(?:@(?<at>\S+)(?: from (?<from>\S+) to (?<to>\S+))?| every (?<every>\S+))(?: (?<count>count)| top (?<top>\S+)| key (?<key>.+))?$/

/** `start` is where the run's clock starts. Errors: `ConfigurationError` for what is none. */
export function queriesGiven(texts: readonly string[], start: Nanos): readonly Query[] {
  return texts.map((text) => {
    const groups = GRAMMAR.exec(text)?.groups
    if (groups === undefined) throw unread(text)
    const { of, at, from, to, every } = groups
    const instant = (duration: string): Nanos =>
      start + parseDuration('query', duration, { min: 0 })
    const want = wantOf(groups)
    if (every !== undefined) {
      const distance = parseDuration('query', every)
      return { of: of!, want, at: start + distance, every: distance }
    }
    const slice = from && to ? { slice: { from: instant(from), to: instant(to) } } : {}
    return { of: of!, want, at: instant(at!), ...slice }
  })
}

function wantOf({ count, top, key }: Readonly<Record<string, string | undefined>>): Want {
  if (top !== undefined) return { top: parseCount('query', top, { min: 1 }) }
  if (key !== undefined) return { key: keyOf(key) }
  return count === undefined ? 'rows' : 'count'
}

/** The value that is written in JSON, else the text itself. */
function keyOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function unread(text: string): ConfigurationError {
  return new ConfigurationError({
    asked: `--query '${text}'`,
    found: 'no table and instant',
    rule: 'A query is table@instant or table every duration, then nothing, count, top k or key and a key',
    remedy: "Write 'counts@1500ms' or 'counts every 500ms top 5'",
  })
}

/** An answer's lines. */
export function answerLines(
  { of, askedAt, answeredAt, tick, count, key, rows }: ShownAnswer,
  start: Nanos,
): readonly string[] {
  const took = formatDuration(Number((answeredAt - askedAt).toPrecision(3)))
  const when = instantText(tick, start, formatDuration)
  const asked = instantText(askedAt, start, formatDuration)
  const shown = rows.length > 0 && rows.length < count ? `, ${rows.length} of them` : ''
  return [
    `${of} at ${when}: ${count.toLocaleString('en-US')} rows${shown} (asked at ${asked}, answered after ${took})`,
    ...(key !== undefined && rows.length === 0 ? [`    ${key}: no row`] : []),
    ...rows.map(([rowKey, value]) => `    ${rowKey} → ${value}`),
  ]
}
