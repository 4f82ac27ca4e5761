/**
 * Synthetic events of a graph that is asked about while it grows: one line each, `link|1734|29117` for an edge, or
 * `ask|4711` for the component of a node.
 *
 * With `draw` and `below` of `draw.ts`, one generator seeded once. A graph of n events has ⌈n / 2⌉ nodes, 0 and up; for each
 * event, in this order: below(10) = 0 says that it asks, for the node below(nodes); else it links two nodes, each below(nodes).
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw } from './draw.ts'
import { type EventsOptions, resolveEvents } from './event-options.ts'

export const GRAPH_EVENTS_DEFAULTS: EventsOptions = { events: 1_000_000, seed: 1 }

/** Makes the pool; about 0.7 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function graphEvents(options: Partial<EventsOptions> = {}): PoolBytes {
  const { events, seed } = resolveEvents(
    'synthetic events of a graph',
    GRAPH_EVENTS_DEFAULTS,
    options,
  )
  const draw = new Draw(seed)
  const nodes = Math.ceil(events / 2)
  return poolBytesOf(
    Array.from({ length: events }, () => {
      const asks = draw.below(10) === 0
      const node = draw.below(nodes)
      const line = asks ? `ask|${node}` : `link|${node}|${draw.below(nodes)}`
      return Buffer.from(line, 'latin1')
    }),
  )
}
