/**
 * Which rates to try again, for a comparison to rest on two tries of both ends that it uses (`judging.ts`): no more than can
 * decide it, and none where it is decided, or would stay open.
 */
import type { KnownRate, RateBracket } from '../../results/rate-bracket.ts'
import type { CompareCase } from './cases.ts'
import type { Cell } from './cell.ts'
import { exactly, isAbove } from './judging.ts'

/** An end of what is known of a cell. */
export interface EndTry {
  readonly cell: Cell
  readonly purpose: 'maximum' | 'above-maximum'
  readonly rate: number
}

/** A cell, or one thread, whose rate needs no more tries. */
interface Side {
  readonly known: KnownRate
  readonly cell?: Cell
}

/**
 * The tries that each open comparison lacks, those between engines first; none of comparisons that lack none.
 * @param thread What one thread does on a case, records per second; undefined where that was not measured.
 */
export function secondTries(
  cells: readonly Cell[],
  thread: (compareCase: CompareCase) => number | undefined,
): readonly (readonly EndTry[])[] {
  const sides = cells.map((cell) => ({ known: cell.search, cell }))
  const engines = sides.flatMap((one, index) =>
    sides
      .slice(index + 1)
      .flatMap((other) =>
        other.cell.compareCase === one.cell.compareCase ? [[one, other] as const] : [],
      ),
  )
  const threads = sides.flatMap((one) => {
    const rate = thread(one.cell.compareCase)
    return rate === undefined ? [] : [[one, { known: exactly(rate) }] as const]
  })
  return [...engines, ...threads].map(lacking).filter((tries) => tries.length > 0)
}

function lacking([one, other]: readonly [Side, Side]): readonly EndTry[] {
  if (isAbove(one.known.confirmed, other.known.confirmed) !== undefined) return []
  return fewest(one, other) ?? fewest(other, one) ?? []
}

/** Undefined where no second tries can tell that the first side is above the second. */
function fewest(faster: Side, slower: Side): readonly EndTry[] | undefined {
  const held = tryOf(faster, 'maximum')
  const limit = tryOf(slower, 'above-maximum')
  return [[held], [limit], [held, limit]]
    .filter((tries) => !tries.includes(undefined))
    .map((tries) => tries.map((end) => end!))
    .find((tries) => isAbove(endsOf(faster, tries), endsOf(slower, tries)))
}

/** Undefined for an end that is missing, or that two tries have told of: another one would only add to a dispute. */
function tryOf({ cell }: Side, purpose: EndTry['purpose']): EndTry | undefined {
  if (cell === undefined) return undefined
  const { bracket, tries } = cell.search
  const rate = purpose === 'maximum' ? bracket.held : bracket.limit
  const times = purpose === 'maximum' ? tries.held : tries.limit
  return rate === undefined || times !== 1 ? undefined : { cell, purpose, rate }
}

/** What is confirmed of a side when the tries end as the first ones did. */
function endsOf({ known, cell }: Side, tries: readonly EndTry[]): RateBracket {
  const isTried = (purpose: EndTry['purpose']): boolean =>
    tries.some((end) => end.cell === cell && end.purpose === purpose)
  const { bracket, confirmed } = known
  return {
    held: isTried('maximum') ? bracket.held : confirmed.held,
    limit: isTried('above-maximum') ? bracket.limit : confirmed.limit,
  }
}
