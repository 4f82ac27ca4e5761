/**
 * What a plan reads: lines of text, or the values in them.
 *
 * Values are JSON by the time that a plan sees them. Rows of CSV become objects where an input is read (`input/formats/`): so
 * a row may span lines, and plans, oracles and the interpreter know one form of values.
 */
import type { Nanos } from '../units.ts'
import type { Plan, SourceFormat } from './plan.ts'

/** The format of a URL that nobody gave one: values by the ending of its path, else text. */
export function formatOf(url: string): SourceFormat {
  return /\.(jsonl?|ndjson|csv|tsv)([?#]|$)/.test(url) ? 'json' : 'text'
}

export const parseJson = (line: string): unknown => JSON.parse(line)

export const parseStampedJson = ([at, line]: readonly [Nanos, string]) => [at, JSON.parse(line)]

/** How a plan reads its input. Where it is read as text and as values, rows that are no values would stop it: values. */
export function formatRead({ nodes }: Plan): SourceFormat {
  const sources = nodes.filter((node) => node.kind === 'source' && node.static !== true)
  for (const source of sources) {
    if (source.kind === 'source' && source.format !== undefined) return source.format
  }
  const parses = nodes.some(
    (node) =>
      node.kind === 'map' &&
      (node.f === parseJson || node.f === parseStampedJson) &&
      sources.some(({ id }) => id === node.input),
  )
  return parses ? 'json' : 'text'
}
