/**
 * Ad analytics: the Yahoo streaming benchmark. Of the events of ads it takes the views, joins each ad with its campaign, and
 * counts the views of a campaign in windows of ten seconds.
 *
 * Differs from the benchmark: windows are of when an event is due, not of a time that is written in it; counts are
 * committed at the end of a window, and not put into a store every second; the table of campaigns, which there lies in a
 * store too, is a map that every process makes by a function of the ad's number.
 */
import { contains, sum, withOne } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { ADS } from '../input/ad-events.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { adAnalyticsOracle } from './oracle.ts'

export const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  length: {
    kind: 'duration',
    default: '10s',
    description: 'length of the windows, which follow one another; a multiple of the interval',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('ad-analytics', PARAMETERS, given)

export const ADS_A_CAMPAIGN = 10

const CAMPAIGNS: ReadonlyMap<string, string> = new Map(
  Array.from(
    { length: ADS },
    (_, ad) => [`a${ad}`, `c${Math.floor(ad / ADS_A_CAMPAIGN)}`] as const,
  ),
)

export function plan(given: GivenParameters): TableStream<string, number> {
  const { interval, length } = resolve(given)
  return readStream<string>('input:ad-events', interval)
    .filter(contains('view|'))
    .filter(isView)
    .map(adOf)
    .transform(campaignsOf)
    .map(withOne<string>)
    .reduceByWindow(length, sum, { slide: length })
    .collect('counts')
}

/** The kernel before it passes what has this anywhere, and saves the others from becoming text. */
function isView(event: string): boolean {
  return event.startsWith('view|')
}

/** The third field, whatever stands behind it. Without one it is no ad. */
function adOf(event: string): string {
  const from = event.indexOf('|', event.indexOf('|') + 1) + 1
  const to = event.indexOf('|', from)
  return to < 0 ? event.slice(from) : event.slice(from, to)
}

/** The join: an ad becomes its campaign, and nothing where it has none. Static data may take the place of the map. */
function campaignsOf(ads: EventStream<string>): EventStream<string> {
  return ads.map((ad) => CAMPAIGNS.get(ad)).filter((campaign) => campaign !== undefined)
}

export const adAnalytics: Workload = {
  name: 'ad-analytics',
  description:
    'Counts the views of each campaign in windows that follow one another; an ad is joined with its campaign by a map that is made from a function of its number.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'ad-events' }, { kind: 'file' }],
  operators: 'filter, filter, map, map, filter, map, reduceByWindow',
  state: 'one count a campaign and interval',
  paper: 'the Yahoo streaming benchmark',
  invariants: [
    'the counts add up to the views of known ads in the window',
    'a campaign is put out only when its count is another than in the window before, and as gone when it has no view',
  ],
  plan: (given) => ({
    module: 'workloads/ad-analytics/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => adAnalyticsOracle(resolve(given)),
  keyLaw: (input) =>
    input === 'ad-events' ? { kind: 'zipf', keys: ADS / ADS_A_CAMPAIGN, exponent: 0 } : undefined,
}
