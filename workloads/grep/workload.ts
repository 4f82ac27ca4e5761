/**
 * Grep: the lines that contain a text (D-Streams §6). No state and no exchange: what an engine costs by itself.
 *
 * Differs from the paper, which counts the matches: here they are put out, so that every one of them is checked.
 */
import { contains } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { NEEDLE } from '../input/lines.ts'
import { STATE_OF_THE_UNION_PATTERN } from '../input/state-of-the-union.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { grepOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  pattern: { kind: 'text', default: NEEDLE, description: 'text that a line must contain' },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('grep', PARAMETERS, given)

export function plan(given: GivenParameters): EventStream<string> {
  const { interval, pattern } = resolve(given)
  return readStream<string>('input:lines', interval).filter(contains(pattern)).collect('matches')
}

export const grep: Workload = {
  name: 'grep',
  description: 'Finds the lines that contain a text.',
  parameters: PARAMETERS,
  inputs: [
    { kind: 'lines' },
    { kind: 'state-of-the-union', parameters: { pattern: STATE_OF_THE_UNION_PATTERN } },
    { kind: 'file' },
  ],
  operators: 'filter',
  state: 'none',
  paper: 'D-Streams Figures 8-10, 13',
  invariants: ['a line is put out once for each time it is due, on the partition that it came in'],
  plan: (given) => ({
    module: 'workloads/grep/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => grepOracle(resolve(given).pattern),
}
