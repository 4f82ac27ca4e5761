/**
 * Late views: the views of each page in windows of the time when they happened, with a slack in which late ones still
 * count, and the number of those that came even later (D-Streams §3.2, on records that arrive out of order).
 *
 * How late records are is the input's business: `--disorder`. Without it all of them happened when they were due.
 */
import { readStream, type Stream } from '../../engines/core/plan/stream.ts'
import type { Nanos } from '../../engines/core/units.ts'
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
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('late-views', PARAMETERS, given)

interface PageView {
  readonly url: string
}

/** Views of a page, and when the last of them happened. */
type Views = readonly [at: Nanos, count: number]

const added = ([a, n]: Views, [b, m]: Views): Views => [Math.max(a, b), n + m]

export function plan(given: GivenParameters): readonly Stream[] {
  const { interval, length, slide, lateness } = resolve(given)
  const events = readStream<PageView>('input:page-views.jsonl', interval, { stamped: true })
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
    'a window is put out once, when its slack is over, with the views that came before',
    'a view is counted once for each window that it happened in: in the window, or as late where that was out already',
  ],
  plan: (given) => ({
    module: 'workloads/late-views/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => lateViewsOracle(resolve(given)),
}
