/**
 * What a plan reads: lines of text, or the values in them.
 *
 * Values are JSON by the time that a plan sees them. Rows of CSV become objects where an input is read (`input/formats/`): so
 * a row may span lines, and plans, oracles and the interpreter know one form of values.
 */
import type { Nanos } from '../units.ts'
import type { Plan, PlanNode, SourceFormat } from './plan.ts'

type SourceNode = Extract<PlanNode, { kind: 'source' }>

/** The format of a URL that nobody gave one: values by the ending of its path, else text. */
export function formatOf(url: string): SourceFormat {
  return /\.(jsonl?|ndjson|csv|tsv)([?#]|$)/.test(url) ? 'json' : 'text'
}

export const parseJson = (line: string): unknown => JSON.parse(line)

export const parseStampedJson = ([at, line]: readonly [Nanos, string]) => [at, JSON.parse(line)]

/** How a plan reads its input. Where it is read as text and as values, rows that are no values would stop it: values. */
export function formatRead(plan: Plan): SourceFormat {
  return formatOfSources(plan, ({ static: fixed }) => fixed !== true)
}

/** How it reads a static input. */
export function staticFormatRead(plan: Plan, url: string): SourceFormat {
  return formatOfSources(plan, (source) => source.static === true && source.url === url)
}

function formatOfSources({ nodes }: Plan, isMeant: (source: SourceNode) => boolean): SourceFormat {
  const sources = nodes.filter(
    (node): node is SourceNode => node.kind === 'source' && isMeant(node),
  )
  for (const { format } of sources) if (format !== undefined) return format
  const parses = nodes.some(
    (node) =>
      node.kind === 'map' &&
      (node.f === parseJson || node.f === parseStampedJson) &&
      sources.some(({ id }) => id === node.input),
  )
  return parses ? 'json' : 'text'
}
