/**
 * Connected components of a graph whose edges arrive: a loop that is incremental over epochs (Naiad §5.4, Figure 6d).
 *
 * Edges are kept as they come, those that come again too. They change nothing, and cost what an edge costs.
 */
import { readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { components, type Edge } from './components.ts'
import { edgeIn } from './edge-lines.ts'
import { connectedComponentsOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  format: {
    kind: 'choice',
    default: 'text',
    choices: ['text', 'u32x2'],
    description: 'edges are lines of text, or pairs of 32-bit integers, which kernels work on',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) =>
  resolveParameters('connected-components', PARAMETERS, given)

export function plan(given: GivenParameters): TableStream<number, number> {
  const { interval, format } = resolve(given)
  const edges =
    format === 'text'
      ? readStream<string>('input:edges', interval).flatMap(edgeIn)
      : readStream<Edge>('input:edges', interval, { format })
  return components(edges).collect('components')
}

export const connectedComponents: Workload = {
  name: 'connected-components',
  description: 'Keeps of each node of a growing graph the least node that it is connected with.',
  parameters: PARAMETERS,
  inputs: [
    { kind: 'edges' },
    { kind: 'edge-pairs', parameters: { format: 'u32x2' } },
    { kind: 'file' },
  ],
  operators: 'flatMap, flatMap; map, iterate (runningReduce, join with all edges, map)',
  state: 'every edge, from both ends; one label a node, and once more behind the loop',
  paper: 'Naiad Figures 6d, 6e',
  invariants: [
    'the label of a node never rises, and is at most its own number',
    'both ends of an edge have one label',
    'a node is put out only when its label changed, at the end of an interval',
  ],
  plan: (given) => ({
    module: 'workloads/connected-components/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => connectedComponentsOracle(resolve(given)),
}
