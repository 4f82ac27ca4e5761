/**
 * A barrier: a loop that has nothing to do but to go around (Naiad §5.2, Figure 6b). In each interval in which a record came a
 * few tokens go around, each where it is, and no round begins before the one before is over on all workers.
 *
 * Naiad's loop has no data at all, only notifications. Here a round is demanded by data, one small row a token, that leaves no
 * worker: between them goes only what is known of progress. What a round takes is the latency of an interval by its rounds.
 */
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { barrierOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  rounds: {
    kind: 'count',
    default: 1_000,
    min: 1,
    max: 9_999,
    description: 'rounds of an interval',
  },
  tokens: {
    kind: 'count',
    default: 8,
    min: 1,
    max: 10_000,
    description: 'records that go around: some on each worker, so that all take part in a round',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('barrier', PARAMETERS, given)

type Token = [place: number, rounds: number]

export function plan(given: GivenParameters): EventStream<Token> {
  const { interval, rounds, tokens } = resolve(given)
  return readStream<string>('input:lines', interval)
    .map((): [string, number] => ['begin', 0])
    .reduceByKey(later)
    .flatMap((): Token[] => Array.from({ length: tokens }, (_, place) => [place, 0]))
    .iterate(
      (looping) => {
        const passed = looping.reduceByKey(later)
        const next = passed.map(([place, round]): Token => [place, round + 1])
        return { next, result: passed.filter(([, round]) => round === rounds) }
      },
      { rounds: rounds + 1 },
    )
    .collect('tokens')
}

const later = (a: number, b: number): number => Math.max(a, b)

export const barrier: Workload = {
  name: 'barrier',
  description: 'Goes around a loop without work: what a round of coordination takes.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'lines' }],
  operators: 'map, reduceByKey, flatMap, iterate (reduceByKey, map), filter',
  state: 'none',
  paper: 'Naiad Figure 6b',
  invariants: ['each token is put out once an interval that has records, after all rounds'],
  plan: (given) => ({
    module: 'workloads/barrier/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => barrierOracle(resolve(given)),
}
