/** Trials of a compare that have no verdict, and why: named below its tables. */
import { formatRate } from '../cli/options.ts'
import type { SearchStep } from '../runner/sustainable-rate.ts'
import type { Cell, LoadPoint } from './cell.ts'

/** Whose searches had trials without a verdict: a line, none where all have one. */
export function unconfirmedLines(cells: readonly Cell[]): readonly string[] {
  const texts = cells.flatMap((cell) => {
    const { compareCase, engine, search } = cell
    const count = unconfirmedOf(cell)
    return count === 0
      ? []
      : [`${count} of ${search.steps.length} trials of ${engine} on ${compareCase.label}`]
  })
  return texts.length === 0
    ? []
    : [
        `Unconfirmed: ${texts.join('; ')}. No tick that is measured was whole when they ended, or their output could not be judged: their rates count as not held.`,
      ]
}

export const isJudged = ({ outcome }: SearchStep): boolean => outcome.verdict !== 'unknown'

/** Trials of a cell's search that ended without a verdict, and without an error. */
function unconfirmedOf({ search }: Cell): number {
  return search.steps.filter((step) => !isJudged(step) && step.outcome.outcome !== 'failed').length
}

/** Trials that an error of an engine, or of its process, has ended: a line for each, and what they stand for. */
export function crashLines(cells: readonly Cell[]): readonly string[] {
  const lines = cells.flatMap((cell) => {
    const { engine, compareCase, search, halfLoad, commonRate, recovery } = cell
    const trialsOf = (what: string, point: LoadPoint | undefined) =>
      (point?.trials ?? []).map(({ outcome }) => ({ what, rate: point!.rate, outcome }))
    const trials = [
      ...search.steps.map(({ rate, outcome }) => ({ what: 'search', rate, outcome })),
      ...trialsOf('half load', halfLoad),
      ...trialsOf('common rate', commonRate),
      ...trialsOf('kill', recovery),
    ]
    return trials
      .filter(({ outcome }) => outcome.outcome === 'failed')
      .map(({ what, rate, outcome: { error, reasons } }) => {
        const why = (error ?? reasons[0] ?? 'unknown').split('\n')[0]
        return `Error: ${engine} on ${compareCase.label}, ${what} at ${formatRate(rate)}: ${why}`
      })
  })
  return lines.length === 0
    ? []
    : [
        ...lines,
        'These trials ended with an error of the engine. Their rates were not held, but no claim takes them for a limit, and the exit status is not 0.',
      ]
}
