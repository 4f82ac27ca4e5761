/** Edges as lines of text: two numbers with spaces or tabs between, as graphs are published. */
import type { Edge } from './components.ts'

const EDGE = /^(\d+)[\t ]+(\d+)(?:[\t ]|$)/

/** For `flatMap`: none for a line that begins with `#`. Errors: `Error` for a line that is no edge. */
export function edgeIn(line: string): Edge[] {
  const found = EDGE.exec(line)
  const edge: Edge = [Number(found?.[1]), Number(found?.[2])]
  if (edge.every(Number.isSafeInteger)) return [edge]
  if (line.startsWith('#')) return []
  throw new Error(`no edge: ${line}. It is two whole numbers, like 17 4`)
}
