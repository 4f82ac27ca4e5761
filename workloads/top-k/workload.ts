/**
 * TopK: the most frequent words of the last 30 s, in order (D-Streams §6). A shuffle, a window, and one place where all
 * partitions meet.
 */
import { difference, sum, withOne, words } from '../../engines/core/plan/functions.ts'
import { type RankStream, readStream } from '../../engines/core/plan/stream.ts'
import { WORDS_LAW } from '../input/lines.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { topKOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  length: { kind: 'duration', default: '30s', description: 'length of the window' },
  slide: { kind: 'duration', default: '1s', description: 'slide of the window' },
  k: { kind: 'count', default: 10, min: 1, max: 10_000, description: 'number of ranks' },
  inverse: {
    kind: 'flag',
    default: true,
    description: 'update the window by what came and left, rather than add it anew',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('top-k', PARAMETERS, given)

export function plan(given: GivenParameters): RankStream<number, [string, number]> {
  const { interval, length, slide, k, inverse } = resolve(given)
  return readStream<string>('input:lines', interval)
    .flatMap(words)
    .map(withOne<string>)
    .reduceByWindow(length, sum, inverse ? { slide, inverse: difference } : { slide })
    .topK(k)
    .collect('top')
}

export const topK: Workload = {
  name: 'top-k',
  description: 'Ranks the most frequent words of a window.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'lines' }, { kind: 'state-of-the-union' }, { kind: 'file' }],
  operators: 'flatMap, map, reduceByWindow, topK',
  state: 'one count a word and interval; k rows a partition; the ranks',
  paper: 'D-Streams Figures 8, 9',
  invariants: [
    'ranks are 1 to k without gaps, counts do not increase with the rank, equal counts ascend by key bytes',
    'a rank is put out only when its word or count changed, and as gone when the window has fewer words',
  ],
  plan: (given) => ({
    module: 'workloads/top-k/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => topKOracle(resolve(given)),
  keyLaw: (input) => (input === 'lines' ? WORDS_LAW : undefined),
}
