/**
 * `track`: a table of each key's state, made by its first event and changed by each later one (D-Streams §3.2).
 *
 * At the end T of a period:
 * - Events of a key are taken in order of their time, if the plan has a time, and of their canonical encoding: the order
 *   in which they came does not show. `initialise` or `update` that gives null drops the key; a later event begins it anew.
 * - A key whose last event was in the period that ended at T − timeout, and that had none since, expires. It leaves, unless
 *   `expired` gives it a state for one more period: at the end of that, if no event has come, it expires again.
 */
import type { PlanFunction, PlanNode } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { compareNames, nameOf } from './canonical-name.ts'
import { ChangingTable } from './changing-table.ts'
import { grouped } from './grouping.ts'
import type { Word } from './word.ts'

type TrackNode = Extract<PlanNode, { kind: 'track' }>

export function tracked(node: TrackNode, period: Nanos): Word {
  const { initialise, update, expired, timeout = Number.POSITIVE_INFINITY } = node
  const table = new ChangingTable()
  /** By name of a key that is there: when it expires. */
  const expiries = new Map<string, TickEnd>()

  function show(name: string, [key, state]: readonly unknown[], until: TickEnd): void {
    if (state === undefined) {
      table.remove(name)
      expiries.delete(name)
    } else {
      table.put(name, [key, state])
      expiries.set(name, until)
    }
  }

  return ([events], end) => {
    const came = grouped(events!)
    for (const [name, { key, values }] of came) {
      let state = table.rows.get(name)?.[1]
      for (const event of inOrder(values, node.time)) {
        state = present(state === undefined ? initialise(key, event) : update(key, state, event))
      }
      show(name, [key, state], end + timeout)
    }
    for (const [name, until] of [...expiries]) {
      if (until > end || came.has(name)) continue
      const [key, state] = table.rows.get(name)!
      show(name, [key, present(expired?.(key, state))], end + period)
    }
    return table.changes()
  }
}

/** No state has one form: null is what users return. */
function present(state: unknown): unknown {
  return state ?? undefined
}

function inOrder(events: readonly unknown[], time: PlanFunction | undefined): readonly unknown[] {
  return events
    .map((event) => ({ event, at: time === undefined ? 0 : (time(event) as Nanos) }))
    .map(({ event, at }) => ({ event, at, name: nameOf(event) }))
    .sort((a, b) => a.at - b.at || compareNames(a.name, b.name))
    .map(({ event }) => event)
}
