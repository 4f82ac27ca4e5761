/**
 * Sessions: the example of D-Streams §3.2 for `track`. A client's first event begins a session; an exit ends it, or a time
 * without events.
 *
 * Differs from the paper, where a session is a 1: here it is the number of its views, so that an event which is lost or
 * taken twice shows.
 *
 * It has no key law: which sessions there are follows from exits and silences, not from draws of clients alone. So it is
 * simulated at scale 1 only.
 */
import { readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { sessionsOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  timeout: {
    kind: 'duration',
    default: '30s',
    description: 'how long a session lasts without events; a multiple of the interval',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('sessions', PARAMETERS, given)

interface ClientEvent {
  readonly client: string
  readonly type: string
}

const VIEW = 0
/** The greatest, so that of the events of an interval exits are the last. */
const EXIT = 1

export function plan(given: GivenParameters): TableStream<string, number> {
  const { interval, timeout } = resolve(given)
  const events = readStream<ClientEvent>('input:session-events.jsonl', interval).map(
    ({ client, type }): [string, number] => [client, type === 'exit' ? EXIT : VIEW],
  )
  const sessions = events.track(
    (_client, event): number | null => (event === EXIT ? null : 1),
    (_client, views, event): number | null => (event === EXIT ? null : views + 1),
    timeout,
  )
  return sessions.collect('sessions')
}

export const sessions: Workload = {
  name: 'sessions',
  description: 'Tracks the sessions of clients, which end by an exit or a timeout.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'session-events' }, { kind: 'file' }],
  operators: 'map, map, track',
  state: 'one count a session, and when it times out',
  paper: 'D-Streams §3.2',
  invariants: [
    'a session has the views of its client since it began, and at least one',
    'a session ends with the interval of an exit, or when its client has had no event for the timeout',
  ],
  plan: (given) => ({
    module: 'workloads/sessions/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => sessionsOracle(resolve(given)),
}
