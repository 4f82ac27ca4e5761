/**
 * Late views: the views of each page in windows of the time when they happened, with a slack in which late ones still
 * count, and the number of those that came even later (D-Streams §3.2, on records that arrive out of order).
 *
 * How late records are is the input's business: `--disorder`. Without it all of them happened when they were due. Or they say
 * themselves when they happened, as views of your own do:
 *
 *   npm start -- run late-views --bounded --input views.jsonl --set time=at --set unit=ms --set origin=2026-01-31T00:00:00Z
 *
 * counts `{"url":"/a","at":1769817600123}`, milliseconds since 1970, in windows from that midnight on. Windows close by when
 * records are due, and of a bounded input at the latest where it ends; so with a rate that runs ahead of the times nothing is late.
 */

import { TIME_UNITS } from '../../engines/core/plan/record-times.ts'
import { readStream, type Stream } from '../../engines/core/plan/stream.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { INPUT_TIME } from '../oracle-times.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { lateViewsOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  length: { kind: 'duration', default: '2s', description: 'length of the window' },
  slide: { kind: 'duration', default: '2s', description: 'slide of the window' },
  lateness: {
    kind: 'duration',
    default: '1s',
    canBeZero: true,
    description: 'how long after its end a window is kept open',
  },
  time: {
    kind: 'text',
    default: INPUT_TIME,
    description: `the field that says when a view happened; ${INPUT_TIME}: the input does`,
  },
  unit: {
    kind: 'choice',
    default: 'ms',
    choices: TIME_UNITS,
    description: 'what a number in that field counts since 1970',
  },
  origin: {
    kind: 'text',
    default: '1970-01-01T00:00:00Z',
    description: 'the instant, near those in that field, from which windows are counted',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('late-views', PARAMETERS, given)

interface PageView {
  readonly url: string
}

/** Views of a page, and when the last of them happened. */
type Views = readonly [at: Nanos, count: number]

const added = ([a, n]: Views, [b, m]: Views): Views => [Math.max(a, b), n + m]

export function plan(given: GivenParameters): readonly Stream[] {
  const { interval, length, slide, lateness, time: field, unit, origin } = resolve(given)
  const stamped = field === INPUT_TIME ? true : { field, unit, origin }
  const events = readStream<PageView>('input:page-views.jsonl', interval, { stamped })
  const views = events.map(([at, { url }]): [string, Views] => [url, [at, 1]])
  const time = ([, [at]]: readonly [string, Views]): Nanos => at
  const { windows, late } = views.reduceByEventTime(length, added, { time, lateness, slide })
  const counts = windows.map(([place, [, count]]): [[end: Nanos, url: string], number] => {
    return [place, count]
  })
  return [counts.collect('windows'), late.collect('late')]
}

export const lateViews: Workload = {
  name: 'late-views',
  description: 'Counts the views of each page by when they happened, and those that came too late.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'page-events' }, { kind: 'file' }],
  operators: 'map, map, reduceByEventTime',
  state: 'one count a page and open window',
  paper: 'D-Streams §3.2',
  invariants: [
    'a window is put out once, when its slack is over or the input ends, with the views that came before',
    'a view is counted once for each window that it happened in: in the window, or as late where that was out already',
  ],
  plan: (given) => ({
    module: 'workloads/late-views/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => lateViewsOracle(resolve(given)),
}
