/** What a run committed, in short: a hash to compare two runs by, and a few rows to look at. */
import { createHash } from 'node:crypto'
import type { CommittedRows, VisibleCommit } from '../../engines/core/output/commit.ts'
import type { Answer } from '../../engines/core/queries/answer.ts'
import type { Query } from '../../engines/core/queries/query.ts'
import type { ShownAnswer, ShownRow } from './trial-spec.ts'

type Place = Pick<VisibleCommit, 'output' | 'partition' | 'tick'>

/** The first of each (output, partition, tick): that which counts. Costs a text for each. */
export function firstOf<P extends Place>(made: readonly P[]): readonly P[] {
  const places = new Set<string>()
  return made.filter(({ output, partition, tick }) => {
    const known = places.size
    return places.add(`${output} ${partition} ${tick}`).size > known
  })
}

/**
 * Hash of the first commit of each (output, partition, tick): what the run said, not when. Generations are left out: a
 * suspicion that was wrong changes them and nothing else.
 */
export function hashOfCommits(commits: readonly VisibleCommit[]): string {
  const lines = firstOf(commits).map(({ output, partition, tick, rows, lane0, lane1 }) => {
    return `${output} ${partition} ${tick} ${rows} ${lane0 >>> 0} ${lane1 >>> 0}`
  })
  const hash = createHash('sha256')
  for (const line of lines.sort()) hash.update(`${line}\n`)
  return hash.digest('hex').slice(0, 16)
}

/** What the hash of a run's commits is called: it has none where nothing was committed. */
export function commitsText(hash: string): string {
  return hash === NOTHING ? 'none' : hash
}

const NOTHING = hashOfCommits([])

/** The last rows by tick, partition and place, as text. What was committed again is shown once. */
export function lastRows(kept: readonly CommittedRows[], count: number): readonly ShownRow[] {
  const shown: ShownRow[] = []
  const latest = [...firstOf(kept)].sort((a, b) => b.tick - a.tick || b.partition - a.partition)
  for (const { output, tick, partition, rows } of latest) {
    for (let at = rows.length - 1; at >= 0 && shown.length < count; at--) {
      const [key, value] = rows[at]!
      const text = value === undefined ? {} : { value: textOf(value) }
      shown.push({ output, tick, partition, key: textOf(key), ...text })
    }
    if (shown.length >= count) break
  }
  return shown.reverse()
}

/** An answer as text, to one of these queries. */
export function shownAnswer(
  { query, rows, ...answer }: Answer,
  queries: readonly Query[],
): ShownAnswer {
  const shown = rows.map(([key, value]) => [textOf(key), textOf(value)] as const)
  const { of, want } = queries[query]!
  const asked = typeof want === 'object' && 'key' in want ? { key: textOf(want.key) } : {}
  return { of, ...answer, ...asked, rows: shown }
}

/** A value as JSON, and one that has none by its name. */
export function textOf(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
