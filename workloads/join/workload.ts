/**
 * Join: two streams by key, each click on an ad with the views of it by the same user not long before. One of the two sides
 * is windowed, so a view is shipped in each period in which it may still meet a click.
 */
import { contains } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { joinOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of both streams' },
  length: {
    kind: 'duration',
    default: '2s',
    description: 'how long a view waits for clicks; a multiple of the interval',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('join', PARAMETERS, given)

/** [user and ad, [page of the view, page of the click]] */
type Pair = [key: string, pages: [viewed: string, clicked: string]]

export function plan(given: GivenParameters): EventStream<Pair> {
  const { interval, length } = resolve(given)
  const events = readStream<string>('input:ad-events', interval)
  const views = ofType(events, 'view|').map(pageByKey)
  const clicks = ofType(events, 'click|').map(pageByKey)
  return views.window(length).join(clicks).collect('pairs')
}

/** A kernel takes what has the type anywhere; only that becomes text, and is looked at. */
function ofType(events: EventStream<string>, type: string): EventStream<string> {
  return events.filter(contains(type)).filter((event) => event.startsWith(type))
}

/** `view|u1|a2|p3|mail` becomes [`u1|a2`, `p3`]. */
function pageByKey(event: string): [key: string, page: string] {
  const user = event.indexOf('|') + 1
  const page = event.indexOf('|', event.indexOf('|', user) + 1) + 1
  return [event.slice(user, page - 1), event.slice(page, event.indexOf('|', page))]
}

export const join: Workload = {
  name: 'join',
  description: 'Joins each click on an ad with the views of it by the same user not long before.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'ad-events' }],
  operators: 'filter, filter, map, window; filter, filter, map; join',
  state: 'the views of the window',
  paper: 'D-Streams §3.2',
  invariants: [
    'a click is put out in its interval, once with each view of its user and ad in the window that ends with the interval',
  ],
  plan: (given) => ({
    module: 'workloads/join/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => joinOracle(resolve(given)),
}
