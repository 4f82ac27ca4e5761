/**
 * The contract of an oracle: what a run's commits must be, from the input alone.
 *
 * An oracle is a plain single-threaded fold. It shares no code with engines, plans, kernels or tables, not even the rule
 * of the digest (`oracle-digest.ts`), the schedule (`oracle-ranges.ts`) or what a word is (`oracle-keys.ts`): only then
 * does agreement mean something. Its speed comes from knowing what no engine may use: that the pool repeats.
 */
import type { Digest } from '../engines/core/output/digest.ts'
import type { InputConfig } from '../engines/core/run-config.ts'
import type { PoolBytes } from '../engines/core/system.ts'
import type { Nanos, TickEnd } from '../engines/core/units.ts'

export interface OracleInput {
  readonly pool: PoolBytes
  readonly partitions: number
  readonly input: InputConfig
  /** Ends of the run's ticks, ascending, the last of them the input's end. Every multiple of a period is among them. */
  readonly ticks: Iterable<TickEnd>
  /**
   * Of input that arrived instead of being scheduled: due instants of each partition's records, ascending. The records lie
   * in the pool one partition after another, and the rate means nothing.
   */
  readonly arrivals?: readonly Float64Array[]
}

/** What an output has to commit at a tick. */
export interface ExpectedTick {
  readonly output: number
  readonly tick: TickEnd
  /** One for each partition that commits, from 0: all of them, or partition 0 alone. */
  readonly digests: readonly Digest[]
  /** The rows may lie in any partition: then `digests` is a single one, of all of them. */
  readonly anywhere?: true
  /** Of an output of windows by event time: how many records came in the tick too late, each for every window that it missed. */
  readonly late?: number
}

export interface Oracle {
  /**
   * Yields every tick of every output once, in order of ticks. Lazy: a checker may stop early. What is derived from a pool
   * is kept as long as the pool is, so a second run over the same pool starts at once.
   *
   * Errors: anything thrown means that the oracle does not know (the verdict *unknown*), say for an input that the
   * workload's plan would fail on.
   */
  expect(input: OracleInput): Iterable<ExpectedTick>
}

/** `period, 2 · period, …, duration`. */
export function* multiplesOf(period: Nanos, duration: Nanos): Generator<TickEnd> {
  for (let tick = period; tick <= duration; tick += period) yield tick
}
