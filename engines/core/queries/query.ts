/**
 * A query is data, as a fault is: when a table is asked for, by which name, and what of it. It is asked beside the stream,
 * which it does not change: the answer has the rows of the table as they were at the end of one period.
 *
 * The end is that of the last period that was whole when the question came, or, of a *slice*, each one that was named. What
 * a function makes of the rows is done by who asked: no code crosses to where the table lies but for the closed list of `Want`.
 */
import type { Nanos, TickEnd } from '../units.ts'

/** All rows, only how many there are, the k rows with the greatest values (ties by ascending key bytes), or the row of one key. */
export type Want = 'rows' | 'count' | { readonly top: number } | { readonly key: unknown }

export interface Query {
  /** Name of the table: of a `query` of the plan, or of the output that collects it. */
  readonly of: string
  readonly want: Want
  /** When it is asked for the first time, on the run's clock. */
  readonly at: Nanos
  /** Asked again and again, until the input's end. */
  readonly every?: Nanos
  /** The versions of the table at these ends of its periods and all between them, once they are there. */
  readonly slice?: { readonly from: TickEnd; readonly to: TickEnd }
}

/** The instant at which a query is asked for the `turn`-th time, from 0. */
export function askedAt({ at, every = 0 }: Query, turn: number): Nanos {
  return at + turn * every
}

/** How often a query is asked before `end`. */
export function turnsBefore({ at, every }: Query, end: Nanos): number {
  if (at >= end) return 0
  return every === undefined ? 1 : Math.ceil((end - at) / every)
}
