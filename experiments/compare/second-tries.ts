/**
 * Whose limit to try again, for a comparison to rest on two failures (`judging.ts`): only where that can decide it. What held
 * needs no other try; one thread is measured again in any case.
 */
import type { KnownRate } from '../../results/rate-bracket.ts'
import type { CompareCase } from './cases.ts'
import type { Cell } from './cell.ts'
import { isAbove, needsTries } from './judging.ts'

interface Side {
  readonly known: KnownRate
  readonly cell?: Cell
}

/**
 * Cells that a comparison waits for, those between engines first.
 * @param thread What one thread does on a case; undefined where that was not measured.
 */
export function secondTries(
  cells: readonly Cell[],
  thread: (compareCase: CompareCase) => KnownRate | undefined,
): readonly Cell[] {
  const sides = cells.map((cell) => ({ known: cell.search, cell }))
  const engines = sides.flatMap((one, index) =>
    sides
      .slice(index + 1)
      .flatMap((other) =>
        other.cell.compareCase === one.cell.compareCase ? [[one, other] as const] : [],
      ),
  )
  const threads = sides.flatMap((one) => {
    const known = thread(one.cell.compareCase)
    return known === undefined ? [] : [[one, { known }] as const]
  })
  return [...engines, ...threads].flatMap(waitedFor)
}

function waitedFor([one, other]: readonly [Side, Side]): readonly Cell[] {
  if (!needsTries(one.known, other.known)) return []
  const { cell } = isAbove(one.known.bracket, other.known.bracket) ? other : one
  // Where two tries differ, another one would only add to the dispute.
  return cell?.search.tries.limit === 1 ? [cell] : []
}
