/**
 * Ad analytics on integers: what `ad-analytics` computes, of events that nobody has to take apart. A record is the type of an
 * event and the number of its ad; campaigns are numbers, too.
 */
import { poolOfPairs } from '../../engines/core/input/pool.ts'
import { sum, whereEquals } from '../../engines/core/plan/functions.ts'
import { readStatic } from '../../engines/core/plan/static-stream.ts'
import { type EventStream, readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { ADS, VIEW } from '../input/ad-events.ts'
import { type GivenParameters, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { adIntegersOracle } from './oracle.ts'
import { ADS_A_CAMPAIGN, PARAMETERS } from './workload.ts'

const resolve = (given?: GivenParameters) =>
  resolveParameters('ad-analytics-integers', PARAMETERS, given)

/** By the number of an ad. */
const CAMPAIGNS: readonly number[] = Array.from({ length: ADS }, (_, ad) =>
  Math.floor(ad / ADS_A_CAMPAIGN),
)

type AdEvent = readonly [type: number, ad: number]

const TYPE = 0

export function plan(given: GivenParameters): TableStream<number, number> {
  const { interval, length, join } = resolve(given)
  return readStream<AdEvent>('input:ad-pairs', interval, { format: 'u32x2' })
    .filter(whereEquals(TYPE, VIEW))
    .transform(join === 'static' ? joinedCampaignsOf : campaignsOf)
    .reduceByWindow(length, sum, { slide: length })
    .collect('counts')
}

/** The join: an event becomes one of its ad's campaign, and nothing where the ad has none. */
function campaignsOf(events: EventStream<AdEvent>): EventStream<[campaign: number, one: number]> {
  return events.filter(([, ad]) => ad < ADS).map(([, ad]): [number, number] => [CAMPAIGNS[ad]!, 1])
}

const LIST = 'input:campaign-pairs'

/** The same with static data: pairs of an ad and its campaign. */
function joinedCampaignsOf(
  events: EventStream<AdEvent>,
): EventStream<[campaign: number, one: number]> {
  const campaigns = readStatic<[ad: number, campaign: number]>(LIST, { format: 'u32x2' })
  return events
    .map(([, ad]): [number, number] => [ad, 1])
    .join(campaigns.static('campaigns'))
    .map(([, [one, campaign]]): [number, number] => [campaign, one])
}

export const adAnalyticsIntegers: Workload = {
  name: 'ad-analytics-integers',
  description:
    'Counts the views of each campaign in windows that follow one another, as `ad-analytics` does; events, ads and campaigns are integers.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'ad-pairs' }],
  operators: 'filter, (filter, map, or with static data map, join, map,) reduceByWindow',
  state: 'one count a campaign and interval',
  paper: 'the Yahoo streaming benchmark',
  invariants: [
    'the counts add up to the views of known ads in the window',
    'a campaign is put out only when its count is another than in the window before, and as gone when it has no view',
  ],
  plan: (given) => ({
    module: 'workloads/ad-analytics/integers.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => adIntegersOracle(resolve(given)),
  staticInputs: () => ({ [LIST]: poolOfPairs(Uint32Array.from([...CAMPAIGNS.entries()].flat())) }),
  keyLaw: () => ({ kind: 'zipf', keys: ADS / ADS_A_CAMPAIGN, exponent: 0 }),
}
