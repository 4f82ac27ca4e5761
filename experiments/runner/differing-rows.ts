/**
 * The first rows of a wrong run that are not what they should be. Digests say that a tick is wrong and not where, so the trial is run again
 * with its rows kept, and the interpreter of plans says what they mean: in a simulation it is the same run, on threads most likely.
 *
 * It takes each record once, by plain functions, and holds all rows: of a trial of many records nothing is said. Nor of one that would do
 * something twice (files, functions that are called), or whose input came once.
 */
import type { InterpretedTick } from '../../engines/core/interpreter/interpret.ts'
import type { CommittedRows } from '../../engines/core/output/commit.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import type { System, Trial } from '../../engines/core/system.ts'
import { encode } from '../../workloads/oracle-digest.ts'
import type { Verdict } from '../checkers/verdict.ts'
import { firstOf, textOf } from './committed.ts'

const RECORDS_MAX = 1_000_000
/** Of each kind. */
const ROWS_SHOWN = 3

/** Whether there are such rows and they can be looked for. */
export function canDiffer(
  verdict: Verdict,
  { input, saved }: Pick<Trial, 'input' | 'saved'>,
  { outputs }: Pick<Dataflow, 'outputs'>,
  records: number,
): boolean {
  return (
    verdict.state === 'invalid' &&
    verdict.reasons.some(({ kind }) => kind === 'wrong') &&
    input === undefined &&
    saved === undefined &&
    outputs.every(({ node }) => node.kind !== 'foreachBatch') &&
    records <= RECORDS_MAX
  )
}

/** In words. `meant`: what the plan means, tick by tick. What cannot be found out is no reason to lose the trial. */
export async function differingRows(
  world: System,
  { closing: _, answered: __, ...trial }: Trial,
  meant: () => Iterable<InterpretedTick>,
): Promise<string> {
  try {
    const { keepRowsMax: _few, ...config } = trial.config
    const { rows } = await world.run({ ...trial, config: { ...config, keepRows: true } })
    return differenceOf(rows, meant()) ?? 'run again, it had the rows that it should have'
  } catch (error) {
    return `not found, ${error instanceof Error ? error.message : error}`
  }
}

/** Of the first tick with one; undefined where there is none. Ticks that were not committed have no rows to look at. */
export function differenceOf(
  kept: readonly CommittedRows[],
  expected: Iterable<InterpretedTick>,
): string | undefined {
  const made = Map.groupBy(firstOf(kept), ({ output, tick }) => `${output} ${tick}`)
  for (const { output, tick, rows } of expected) {
    const places = made.get(`${output} ${tick}`)
    if (places === undefined) continue
    const found = places.flatMap((place) => place.rows)
    const [extra, lacking] = [without(found, rows), without(rows, found)]
    if (extra.length === 0 && lacking.length === 0) continue
    return `output ${output}, tick ${tick} has ${shown(extra)}, and lacks ${shown(lacking)}`
  }
  return undefined
}

type Row = CommittedRows['rows'][number]

/** Rows that are not among others, each as often as it is more. */
function without(rows: readonly Row[], others: readonly Row[]): readonly Row[] {
  const left = new Map<string, number>()
  for (const row of others) left.set(nameOf(row), (left.get(nameOf(row)) ?? 0) + 1)
  return rows.filter((row) => {
    const times = left.get(nameOf(row)) ?? 0
    left.set(nameOf(row), times - 1)
    return times <= 0
  })
}

function nameOf(row: Row): string {
  const { tag, body } = encode([...row])
  return `${tag} ${body}`
}

function shown(rows: readonly Row[]): string {
  if (rows.length === 0) return 'no other row'
  const texts = rows.slice(0, ROWS_SHOWN).map(([key, value]) => `${textOf(key)}: ${textOf(value)}`)
  const more = rows.length > texts.length ? `, and ${rows.length - texts.length} more` : ''
  return `${texts.join(', ')}${more}`
}
