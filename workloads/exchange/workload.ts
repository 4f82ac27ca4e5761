/**
 * Exchange: records of 8 bytes, each to the partition of its key, and nothing else (Naiad Figure 6a): what a shuffle costs.
 *
 * Differs from the paper, which drops what has arrived: here every record is checked where it arrives.
 */
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { exchangeOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('exchange', PARAMETERS, given)

export function plan(given: GivenParameters): EventStream<[number, number]> {
  const { interval } = resolve(given)
  return readStream<[number, number]>('input:number-pairs', interval, { format: 'u32x2' })
    .exchange()
    .collect('records')
}

export const exchange: Workload = {
  name: 'exchange',
  description: 'Moves pairs of integers to the partitions of their keys.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'number-pairs' }],
  operators: 'exchange',
  state: 'none',
  paper: 'Naiad Figure 6a',
  invariants: [
    'a pair is put out once for each time it is due, on the partition of its key, in the tick in which it is due',
  ],
  plan: (given) => ({
    module: 'workloads/exchange/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle(given) {
    resolve(given)
    return exchangeOracle
  },
}
