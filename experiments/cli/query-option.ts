/**
 * `--query`: what is asked of a table while a trial runs, and how its answers are printed as they come.
 *
 *   counts@1500ms              all rows, once
 *   counts every 500ms top 5   again and again: the five greatest
 *   counts@3s from 1s to 2s    a slice: each version that ended from then to then
 *
 * Instants count from the start of the run, as those of `--kill`. Their rules are the engines' (`core/queries/`).
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import { instantText } from '../../engines/core/plan/duration.ts'
import type { Query, Want } from '../../engines/core/queries/query.ts'
import type { Nanos } from '../../engines/core/units.ts'
import type { ShownAnswer } from '../runner/trial-spec.ts'
import { formatDuration, parseCount, parseDuration } from './options.ts'

const GRAMMAR =
  /^(?<of>.+?)(?:@(?<at>\S+)(?: from (?<from>\S+) to (?<to>\S+))?| every (?<every>\S+))(?: (?<count>count)| top (?<top>\S+))?$/

/** `start` is where the run's clock starts. Errors: `ConfigurationError` for what is none. */
export function queriesGiven(texts: readonly string[], start: Nanos): readonly Query[] {
  return texts.map((text) => {
    const groups = GRAMMAR.exec(text)?.groups
    if (groups === undefined) throw unread(text)
    const { of, at, from, to, every, top, count } = groups
    const instant = (duration: string): Nanos =>
      start + parseDuration('query', duration, { min: 0 })
    const all: Want = count === undefined ? 'rows' : 'count'
    const want = top === undefined ? all : { top: parseCount('query', top, { min: 1 }) }
    if (every !== undefined) {
      const distance = parseDuration('query', every)
      return { of: of!, want, at: start + distance, every: distance }
    }
    const slice = from && to ? { slice: { from: instant(from), to: instant(to) } } : {}
    return { of: of!, want, at: instant(at!), ...slice }
  })
}

function unread(text: string): ConfigurationError {
  return new ConfigurationError({
    asked: `--query '${text}'`,
    found: 'no table and instant',
    rule: 'A query is table@instant or table every duration, then nothing, count or top k',
    remedy: "Write 'counts@1500ms' or 'counts every 500ms top 5'",
  })
}

/** An answer's lines. */
export function answerLines(
  { of, askedAt, answeredAt, tick, count, rows }: ShownAnswer,
  start: Nanos,
): readonly string[] {
  const took = formatDuration(Number((answeredAt - askedAt).toPrecision(3)))
  const when = instantText(tick, start, formatDuration)
  const asked = instantText(askedAt, start, formatDuration)
  const shown = rows.length > 0 && rows.length < count ? `, ${rows.length} of them` : ''
  return [
    `${of} at ${when}: ${count.toLocaleString('en-US')} rows${shown} (asked at ${asked}, answered after ${took})`,
    ...rows.map(([key, value]) => `    ${key} → ${value}`),
  ]
}
