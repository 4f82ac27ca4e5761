/**
 * Between which rates the sustainable one lies, from trials at several rates: one reading of rows for searches, claims and
 * figures.
 */

/** A trial at a rate. */
export interface RateTrial {
  /** Offered, records per second. */
  readonly rate: number
  readonly held: boolean
  /** Records per second that it did. */
  readonly pace: number
}

export interface RateBracket {
  /** The highest rate that held whenever it was tried; undefined for none. */
  readonly held: number | undefined
  /** What is not sustained; infinite where no trial met a limit. */
  readonly limit: number
  /** The limit is a pace under overload: no trial at it has failed. */
  readonly byPace: boolean
}

/** Less than this share of the offered rate is falling behind. */
export const PACE_SHARE = 0.98
/** How far a pace may be off: paces of two trials differ by as much. */
export const PACE_MARGIN = 1.05

/**
 * The limit is the lowest rate that failed, or the highest pace of the trials that fell behind, if that is less: who had work
 * waiting all the time did what it can. What held outweighs every failure and every pace below it, since the edge is noisy.
 */
export function rateBracket(trials: readonly RateTrial[]): RateBracket {
  const failed = trials.filter(({ held }) => !held)
  const again = new Set(failed.map(({ rate }) => rate))
  const rates = trials.filter(({ held, rate }) => held && !again.has(rate)).map(({ rate }) => rate)
  const held = rates.length > 0 ? Math.max(...rates) : undefined
  const above = failed.filter(({ rate }) => rate > (held ?? 0))
  const lowest = Math.min(...above.map(({ rate }) => rate))
  const pace = paceOf(above) * PACE_MARGIN
  const byPace = pace > (held ?? 0) && pace < lowest
  return { held, limit: byPace ? pace : lowest, byPace }
}

/** Highest pace of the trials that fell behind; 0 for none. The pace of who keeps up is the offered rate. */
export function paceOf(trials: readonly RateTrial[]): number {
  const behind = trials.filter(({ held, rate, pace }) => !held && pace < rate * PACE_SHARE)
  return Math.max(0, ...behind.map(({ pace }) => pace))
}

/** What is needed of a row of trials.csv. */
interface SearchedRow {
  readonly role: string
  readonly verdict: string
  readonly sustained?: boolean | undefined
  readonly offered_records_per_s?: number | undefined
  readonly throughput_records_per_s?: number | undefined
}

const SEARCHED: ReadonlySet<string> = new Set(['probe', 'search', 'maximum'])

/** Trials of rows that looked for the sustainable rate of one cell. A wrong output says nothing about a rate. */
export function rateTrialsOf(rows: readonly SearchedRow[]): readonly RateTrial[] {
  return rows.flatMap((row) =>
    SEARCHED.has(row.role) && row.verdict !== 'invalid' && row.offered_records_per_s !== undefined
      ? {
          rate: row.offered_records_per_s,
          held: row.sustained === true,
          pace: row.throughput_records_per_s ?? 0,
        }
      : [],
  )
}
