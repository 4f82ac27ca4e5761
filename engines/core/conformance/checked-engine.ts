/**
 * An engine whose invariants are checked on every step of a simulated run, by what an observer inside it is told. What is
 * broken is thrown there and then: the run fails with it, though each of its rows may be right.
 */
import type { Engine } from '../engine.ts'

/** What nobody outside of an engine sees, and a campaign must have seen. */
export type InnerSighting =
  | 'a loop went around'
  | 'a loop in a loop went around'
  | 'a notification was delivered in a loop'
  | 'a notification was delivered in a loop in a loop'
  | 'a block was held against the one that it replaces'

/** For one run. */
export interface CheckedEngine {
  readonly engine: Engine
  /** Whether nothing is left that the engine gives back in the end: requests, counts, buffers. */
  readonly drained: () => boolean
  /** What is left, in words; nothing when it is drained. */
  readonly left: () => readonly string[]
  /** What has happened inside so far. */
  readonly seen: () => readonly InnerSighting[]
}
