/**
 * Ad analytics: the Yahoo streaming benchmark. Of the events of ads it takes the views, joins each ad with its campaign, and
 * counts the views of a campaign in windows of ten seconds.
 *
 * An ad's campaign is looked up in a map that every process makes by a function of the ad's number, or, with `join=static`, it
 * is joined as static data, which the plan computes from the list of campaigns.
 *
 * Differs from the benchmark: windows are of when an event is due, not of a time that is written in it; counts are
 * committed at the end of a window, and not put into a store every second; the table of campaigns does not lie in one either.
 */
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { contains, sum, withOne } from '../../engines/core/plan/functions.ts'
import { readStatic } from '../../engines/core/plan/static-stream.ts'
import { type EventStream, readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
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
  join: {
    kind: 'choice',
    default: 'map',
    choices: ['map', 'static'],
    description: 'an ad’s campaign is looked up in a map, or joined as static data',
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
  const { interval, length, join } = resolve(given)
  return readStream<string>('input:ad-events', interval)
    .filter(contains('view|'))
    .filter(isView)
    .map(adOf)
    .transform(join === 'static' ? joinedCampaignsOf : campaignsOf)
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

/** An ad becomes its campaign, and nothing where it has none. */
function campaignsOf(ads: EventStream<string>): EventStream<string> {
  return ads.map((ad) => CAMPAIGNS.get(ad)).filter((campaign) => campaign !== undefined)
}

const LIST = 'input:campaigns'

/** The same by a join. The list has a campaign with all of its ads a line: `c1|a10|a11|…`. */
function joinedCampaignsOf(ads: EventStream<string>): EventStream<string> {
  const campaigns = readStatic<string>(LIST).flatMap(adsOf).static('campaigns')
  return ads
    .map(withOne<string>)
    .join(campaigns)
    .map(([, [, campaign]]) => campaign)
}

function adsOf(line: string): [ad: string, campaign: string][] {
  const [campaign = '', ...ads] = line.split('|')
  return ads.map((ad) => [ad, campaign])
}

function campaignList(): PoolBytes {
  const adsOfCampaign = Map.groupBy(CAMPAIGNS.keys(), (ad) => CAMPAIGNS.get(ad)!)
  return poolBytesOf(Array.from(adsOfCampaign, ([campaign, ads]) => [campaign, ...ads].join('|')))
}

export const adAnalytics: Workload = {
  name: 'ad-analytics',
  description:
    'Counts the views of each campaign in windows that follow one another; an ad is joined with its campaign by a map that is made from a function of its number, or with static data that the plan computes.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'ad-events' }, { kind: 'file' }],
  operators:
    'filter, filter, map, (map, filter, or with static data map, join, map,) map, reduceByWindow',
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
  staticInputs: () => ({ [LIST]: campaignList() }),
  keyLaw: (input) =>
    input === 'ad-events' ? { kind: 'zipf', keys: ADS / ADS_A_CAMPAIGN, exponent: 0 } : undefined,
}
