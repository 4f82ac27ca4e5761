/**
 * Synthetic edges of a random graph: one line each, `1734 29117`, that is the nodes at both ends, or the two nodes as a pair of
 * 32-bit integers.
 *
 * With `draw` and `below` of `draw.ts`, one generator seeded once. A graph of n edges has ⌈n / 2⌉ nodes, 0 and up; for each
 * edge, in this order, each end is below(nodes). So a node has four neighbours on average: nearly all nodes are in one
 * component in the end, and in many small ones for the first half of the edges. Some edges come twice, some lead back.
 */
import { poolBytesOf, poolOfPairs } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

/** As many as a run of the default rate and length has. */
export const EDGES_DEFAULTS: EventsOptions = { events: 1_000_000, seed: 1 }

/** Makes the pool; about 0.7 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function edges(options: Partial<EventsOptions> = {}): PoolBytes {
  const ends = endsOf(options)
  return poolBytesOf(
    Array.from({ length: ends.length / 2 }, (_, edge) =>
      Buffer.from(`${ends[2 * edge]} ${ends[2 * edge + 1]}`, 'latin1'),
    ),
  )
}

/** The same edges as pairs. Errors: `ConfigurationError` for options out of range. */
export function edgePairs(options: Partial<EventsOptions> = {}): PoolBytes {
  return poolOfPairs(endsOf(options))
}

/** Both ends of each edge, one after the other. */
function endsOf(options: Partial<EventsOptions>): Uint32Array {
  const { events, seed } = resolveEvents('synthetic edges', EDGES_DEFAULTS, options)
  const draw = new Draw(seed)
  const nodes = Math.ceil(events / 2)
  return Uint32Array.from({ length: 2 * events }, () => draw.below(nodes))
}
