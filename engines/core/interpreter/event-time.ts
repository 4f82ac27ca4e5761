/**
 * `reduceByEventTime`: windows over the times that records carry, with a slack in which late ones still count.
 *
 * The window that ends at e has the records with a time in [e − length, e), for every multiple e of the slide. It is put
 * out, and closed, at the first end T of a period with T ≥ e + lateness. Whether a record is late for a window is decided
 * by the period in which it came, never by other records: it is if that window was closed at the end of an earlier period.
 * So a record may be late for one window and in time for the next, and is counted once for each window that it missed.
 *
 * Where the input ends, all that has not been put out is put out at that end, before its time.
 */
import type { PlanNode } from '../plan/plan.ts'
import type { Nanos, TickEnd } from '../units.ts'
import { grouped } from './grouping.ts'
import { reduced } from './reduces.ts'
import type { Pair, Records, Word } from './word.ts'

type EventWindowNode = Extract<PlanNode, { kind: 'eventWindow' }>

/** A value at its place: [[end of the window, key], value]. */
type Placed = readonly [place: Pair, value: unknown]

/** Puts out `['window', end, key, value]`, and `['late', key, how many]` for each window and key that had late records. */
export function windowedByEventTime(
  node: EventWindowNode,
  period: Nanos,
  endsAt: TickEnd | undefined,
): Word {
  /** By the instant at which their windows close. */
  const waiting = new Map<TickEnd, Placed[]>()
  return ([records], end) => {
    const late: Placed[] = []
    for (const record of records as readonly Pair[]) {
      for (const windowEnd of windowsOf(node.time(record), node)) {
        const closesAt = Math.ceil((windowEnd + node.lateness) / period) * period
        const placed: Placed = [[windowEnd, record[0]], record[1]]
        if (closesAt < end) late.push(placed)
        else listAt(waiting, closesAt).push(placed)
      }
    }
    const closing = end === endsAt ? [...waiting.values()].flat() : listAt(waiting, end)
    waiting.delete(end)
    const windows = [...reduced(closing, node.merge).values()].map(([place, value]) => {
      return ['window', ...(place as Pair), value]
    })
    return [...windows, ...countsOf(late)]
  }
}

/** The ends of the windows that a time lies in. */
function windowsOf(time: Nanos, { length, slide }: EventWindowNode): TickEnd[] {
  const ends: TickEnd[] = []
  for (let end = (Math.floor(time / slide) + 1) * slide; end <= time + length; end += slide) {
    ends.push(end)
  }
  return ends
}

function listAt(waiting: Map<TickEnd, Placed[]>, at: TickEnd): Placed[] {
  const list = waiting.get(at) ?? []
  waiting.set(at, list)
  return list
}

function countsOf(late: readonly Placed[]): Records {
  return [...grouped(late).values()].map(({ key, values }) => {
    return ['late', (key as Pair)[1], values.length]
  })
}
