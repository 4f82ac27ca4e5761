/** What the queries of Nexmark have in common: how they are named, and what they read. */
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import type { Oracle } from '../oracle.ts'
import {
  type GivenParameters,
  type ParameterSpecs,
  type ParametersOf,
  resolveParameters,
} from '../parameters.ts'
import type { Workload } from '../workload.ts'

export const INTERVAL = {
  kind: 'duration',
  default: '1s',
  description: 'interval of the stream',
} as const

export const WINDOW = {
  kind: 'duration',
  default: '10s',
  description: 'length of the windows; a multiple of the interval',
} as const

export const nameOf = (number: number): string => `nexmark-q${number}`

/** A query is a workload whose plan is exported as `q<number>` by a module of this folder. */
interface Query<S extends ParameterSpecs>
  extends Pick<Workload, 'description' | 'operators' | 'state' | 'invariants'> {
  readonly number: number
  readonly module: 'bids.ts' | 'people.ts' | 'auctions.ts'
  readonly parameters: S
  readonly oracle: (parameters: ParametersOf<S>) => Oracle
}

export function query<const S extends ParameterSpecs>(asked: Query<S>): Workload {
  const { number, module, parameters, oracle, description, operators, state, invariants } = asked
  const name = nameOf(number)
  const resolve = (given?: GivenParameters) => resolveParameters(name, parameters, given)
  return {
    name,
    description,
    parameters,
    inputs: [{ kind: 'nexmark-events' }],
    operators,
    state,
    paper: `Nexmark, query ${number}`,
    invariants,
    plan: (given) => ({
      module: `workloads/nexmark/${module}`,
      export: `q${number}`,
      parameters: resolve(given),
    }),
    oracle: (given) => oracle(resolve(given)),
  }
}

/** All events of the auction house, as lines. */
export function readEvents(interval: string): EventStream<string> {
  return readStream<string>('input:nexmark-events', interval)
}
