/**
 * WordCount: how often each word was seen, since the start or in a window (D-Streams §6; Naiad Figure 6d).
 *
 * Three modes: `running`; `window`, which adds the intervals of the window anew at every slide; `window-inverse`, which
 * adds the newest and takes out the one that left. The last two put out the same rows. An extra filter and another key
 * (`longerThan`, `prefix`) are there to show that an engine is not built for this one workload.
 */
import {
  difference,
  longerThan,
  prefix,
  sum,
  withOne,
  words,
} from '../../engines/core/plan/functions.ts'
import { readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { WORDS_LAW } from '../input/lines.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { wordCountOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  mode: {
    kind: 'choice',
    default: 'running',
    choices: ['running', 'window', 'window-inverse'],
    description: 'count since the start, or in a window that is re-added or updated',
  },
  length: { kind: 'duration', default: '30s', description: 'length of the window' },
  slide: { kind: 'duration', default: '1s', description: 'slide of the window' },
  longerThan: {
    kind: 'count',
    default: 0,
    min: 0,
    max: 1_000_000,
    description: 'count only words of more bytes; 0: every word',
  },
  prefix: {
    kind: 'count',
    default: 0,
    min: 0,
    max: 1_000_000,
    description: 'count by as many first bytes of a word; 0: by the word',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('word-count', PARAMETERS, given)

export function plan(given: GivenParameters): TableStream<string, number> {
  const parameters = resolve(given)
  const { interval, mode, length, slide } = parameters
  let keys = readStream<string>('input:lines', interval).flatMap(words)
  if (parameters.longerThan > 0) keys = keys.filter(longerThan(parameters.longerThan))
  if (parameters.prefix > 0) keys = keys.map(prefix(parameters.prefix))
  const ones = keys.map(withOne<string>)
  switch (mode) {
    case 'running':
      return ones.runningReduce(sum).collect('counts')
    case 'window':
      return ones.reduceByWindow(length, sum, { slide }).collect('counts')
    case 'window-inverse':
      return ones.reduceByWindow(length, sum, { slide, inverse: difference }).collect('counts')
  }
}

export const wordCount: Workload = {
  name: 'word-count',
  description: 'Counts how often each word was seen, since the start or in a window.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'lines' }, { kind: 'state-of-the-union' }, { kind: 'file' }],
  operators: 'flatMap, (filter, map,) map, runningReduce or reduceByWindow',
  state: 'one count a word; with a window one count a word and interval',
  paper: 'D-Streams Figures 8-11, 13; Naiad Figure 6d',
  invariants: [
    'the counts add up to the words due since the start, or in the window',
    'a word is put out only when its count changed, and as gone when its window count falls to zero',
  ],
  plan: (given) => ({
    module: 'workloads/word-count/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => wordCountOracle(resolve(given)),
  keyLaw(input, given) {
    const { longerThan, prefix } = resolve(given)
    // A filter or another key leaves other words than the input's law is about.
    return input === 'lines' && longerThan === 0 && prefix === 0 ? WORDS_LAW : undefined
  },
}
