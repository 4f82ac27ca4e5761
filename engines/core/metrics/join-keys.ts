/**
 * Joins whose sides have only had keys of types that are never equal, from the history of a run: they have given nothing, and
 * nothing else would say why.
 *
 * A process tells of the first key of each type that comes to a side (`plan/joined-keys.ts`), as long as none has come to both.
 */
import type { HistoryEvent, HistoryLog } from './history.ts'

/** A key of a type came to a side of a join for the first time. */
export const JOIN_KEYS = 'join-keys'

export type JoinSide = 'left' | 'right'

interface JoinKey {
  readonly node: number
  readonly word: string
  readonly side: JoinSide
  readonly type: string
  readonly key: string
}

/** Of each side the first key that was told of, with its type. */
export interface ApartJoin {
  readonly node: number
  readonly word: string
  readonly left: string
  readonly right: string
}

export function tellJoinKey(history: Pick<HistoryLog, 'append'>, key: JoinKey): void {
  history.append(JOIN_KEYS, { ...key })
}

/** In the order of the plan. A join of which a side has had no keys at all is none of them. */
export function joinsApart(history: readonly HistoryEvent[]): readonly ApartJoin[] {
  const joins = new Map<number, Record<JoinSide, Map<string, string>> & { readonly word: string }>()
  for (const { event, fields } of history) {
    if (event !== JOIN_KEYS) continue
    const { node, word, side, type, key } = fields as unknown as JoinKey
    const join = joins.get(node) ?? { word, left: new Map(), right: new Map() }
    joins.set(node, join)
    if (!join[side].has(type)) join[side].set(type, `${key} (${type})`)
  }
  return [...joins]
    .filter(([, { left, right }]) => ![...left.keys()].some((type) => right.has(type)))
    .flatMap(([node, { word, left, right }]) => {
      const [[first], [second]] = [[...left.values()], [...right.values()]]
      return first === undefined || second === undefined
        ? []
        : [{ node, word, left: first, right: second }]
    })
    .sort((a, b) => a.node - b.node)
}
