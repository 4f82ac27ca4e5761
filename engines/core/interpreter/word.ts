/**
 * A word of the language at work: what a node of the plan does at the ends of its periods.
 *
 * All that the engines and the interpreter share are the plan's types, the users' functions and the canonical encoding.
 */
import type { TickEnd } from '../units.ts'

export type Records = readonly unknown[]

/** A record of a keyed stream, or a row of a table. */
export type Pair = readonly [key: unknown, value: unknown]

/**
 * Called at each end of its period, in order, with what each of its inputs has put out since the last call, in the order
 * in which that was put out. Returns what it puts out itself: records, or of a table the rows that changed since, with
 * `[key, undefined]` for one that left.
 *
 * A word holds its own state, and never changes what it is given: others read it too.
 */
export type Word = (arrived: readonly Records[], end: TickEnd) => Records
