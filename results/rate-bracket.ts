/**
 * Between which rates the sustainable one lies, from trials at several rates: one reading of rows for searches, claims and
 * figures. What one trial says of an end is shown; what is concluded of a limit rests on two (`KnownRate`).
 */

/** A trial at a rate. */
export interface RateTrial {
  /** Offered, records per second. */
  readonly rate: number
  readonly held: boolean
  /** Records per second that it did. */
  readonly pace: number
  /** It ended with an error: the rate was not held, but that it was too high nobody has seen. */
  readonly crashed?: true
}

export interface RateBracket {
  /** The highest rate that held whenever it was tried; undefined for none. */
  readonly held: number | undefined
  /** The lowest rate above that which was tried and not sustained; infinite where none failed. */
  readonly limit: number
}

export interface KnownRate {
  /** What one try says of each end. */
  readonly bracket: RateBracket
  /**
   * What can be relied on: that a rate held is luck by the 5 % that few ticks may hide (`runner/sustainable-rate.ts`), but a disturbed
   * machine fails at rates that it held a minute before. So at `limit` or below it, above all that held, two tries fell behind;
   * one that ended with an error is none of them.
   */
  readonly confirmed: RateBracket
}

/** Less than this share of the offered rate is falling behind. */
export const PACE_SHARE = 0.98

/**
 * Both ends were tried: a pace under overload says where to look and limits nothing. What held outweighs every failure below
 * it, since the edge is noisy; a rate that failed once did not hold.
 */
export function knownRate(trials: readonly RateTrial[]): KnownRate {
  const lost = trials.filter(({ held }) => !held)
  const failed = lost.map(({ rate }) => rate)
  const again = new Set(failed)
  const rates = trials.flatMap((trial) => (trial.held && !again.has(trial.rate) ? trial.rate : []))
  const held = rates.length > 0 ? Math.max(...rates) : undefined
  const above = lost.filter(({ rate }) => rate > (held ?? 0)).sort((a, b) => a.rate - b.rate)
  const limit = above[0]?.rate ?? Number.POSITIVE_INFINITY
  const second = above.filter(({ crashed }) => !crashed)[1]?.rate ?? Number.POSITIVE_INFINITY
  return { bracket: { held, limit }, confirmed: { held, limit: second } }
}

export const rateBracket = (trials: readonly RateTrial[]): RateBracket => knownRate(trials).bracket

/** Highest pace of the trials that fell behind; 0 for none. The pace of who keeps up is the offered rate. */
export function paceOf(trials: readonly RateTrial[]): number {
  const behind = trials.filter(({ held, rate, pace }) => !held && pace < rate * PACE_SHARE)
  return Math.max(0, ...behind.map(({ pace }) => pace))
}

/** What is needed of a row of trials.csv. */
interface SearchedRow {
  readonly role: string
  readonly verdict: string
  readonly outcome?: string | undefined
  readonly sustained?: boolean | undefined
  readonly offered_records_per_s?: number | undefined
  readonly throughput_records_per_s?: number | undefined
}

/** Roles of trials that looked for the sustainable rate. */
export const SEARCHED: ReadonlySet<string> = new Set([
  'probe',
  'search',
  'maximum',
  'above-maximum',
])

/** Trials of rows that looked for the sustainable rate of one cell. A wrong output says nothing about a rate. */
export function rateTrialsOf(rows: readonly SearchedRow[]): readonly RateTrial[] {
  return rows.flatMap((row) =>
    SEARCHED.has(row.role) && row.verdict !== 'invalid' && row.offered_records_per_s !== undefined
      ? {
          rate: row.offered_records_per_s,
          held: row.sustained === true,
          pace: row.throughput_records_per_s ?? 0,
          ...(row.outcome === 'failed' ? { crashed: true as const } : {}),
        }
      : [],
  )
}
