/**
 * Page views: the example of D-Streams §3.2, as its authors wrote it. Plain functions on JSON records, no kernel.
 */
import { readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { pageViewsOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('page-views', PARAMETERS, given)

interface PageView {
  readonly url: string
}

export function plan(given: GivenParameters): TableStream<string, number> {
  const pageViews = readStream<PageView>('input:page-views.jsonl', resolve(given).interval)
  const ones = pageViews.map((event) => [event.url, 1])
  const counts = ones.runningReduce((a, b) => a + b)
  return counts.collect('counts')
}

export const pageViews: Workload = {
  name: 'page-views',
  description: 'Counts the views of each page from JSON events.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'page-events' }, { kind: 'file' }],
  operators: 'map, map, runningReduce',
  state: 'one count a page',
  paper: 'D-Streams §3.2',
  invariants: ['the counts add up to the events due since the start'],
  plan: (given) => ({
    module: 'workloads/page-views/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => {
    resolve(given)
    return pageViewsOracle()
  },
}
