/**
 * PageRank of the links that come in an interval: a loop of a fixed number of rounds that begins anew in each (Naiad §6.1).
 *
 * Ranks are whole numbers, 2^30 for one: sums of fractions would depend on the order in which they are made. All that goes
 * along links is rounded down. A page without links gives nothing on, and its share is lost.
 */
import { sum } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream } from '../../engines/core/plan/stream.ts'
import { edgeIn } from '../connected-components/edge-lines.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { pageRankOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  rounds: {
    kind: 'count',
    default: 20,
    min: 1,
    max: 1_000,
    description: 'how often ranks go along the links',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('page-rank', PARAMETERS, given)

type Page = number
type Rank = number
type Link = readonly [from: Page, to: Page]

const ONE = 2 ** 30
/** What a page has by itself, and what it takes away of what it is given: 3 / 20 of both. */
const shareOf = (rank: Rank): Rank => Math.floor((rank * 3) / 20)
const BASE = shareOf(ONE)
const rankOf = (given: Rank): Rank => BASE + given - shareOf(given)

export function plan(given: GivenParameters): EventStream<[Page, Rank]> {
  const { interval, rounds } = resolve(given)
  const links = readStream<string>('input:edges', interval).flatMap(edgeIn)
  return ranks(links, rounds).collect('ranks')
}

/** Ranks begin at one, which is what a page has that is given one. */
function ranks(links: EventStream<Link>, rounds: number): EventStream<[Page, Rank]> {
  const targets = links.groupByKey()
  return links
    .flatMap(([from, to]): [Page, Rank][] => [
      [from, ONE],
      [to, ONE],
    ])
    .reduceByKey(either)
    .iterate(
      (given) => {
        // Counted, so that a rank that stays as it is goes along the links again.
        const counted = given.reduceByKey(sum).track(
          (_page, rank): Counted | null => [0, rankOf(rank)],
          (_page, [round], rank): Counted | null => [round + 1, rankOf(rank)],
        )
        const result = counted
          .changes()
          .flatMap(([page, state]): [Page, Rank][] =>
            state?.[0] === rounds ? [[page, state[1]]] : [],
          )
        return { next: counted.join(targets).flatMap(gifts), result }
      },
      { rounds: rounds + 1, fresh: true },
    )
}

type Counted = readonly [round: number, Rank]

const either = (a: Rank, b: Rank): Rank => Math.max(a, b)

/** Of a page to those that it links to. To itself nothing, so that it has a rank in the next round, too. */
function gifts([page, [[, rank], targets]]: readonly [Page, readonly [Counted, readonly Page[]]]): [
  Page,
  Rank,
][] {
  const gift = Math.floor(rank / targets.length)
  return [[page, 0], ...targets.map((target): [Page, Rank] => [target, gift])]
}

export const pageRank: Workload = {
  name: 'page-rank',
  description: 'Ranks the pages of the links of an interval, in fixed point and in rounds.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'edges' }, { kind: 'file' }],
  operators:
    'flatMap; flatMap, reduceByKey, iterate (reduceByKey, track, join with the grouped links, flatMap), changes, flatMap',
  state: 'within an interval its links and ranks; none between them',
  paper: 'Naiad §6.1',
  invariants: [
    'each page of an interval is put out once, with 3 / 20 or more',
    'ranks add up to the number of pages at most',
  ],
  plan: (given) => ({
    module: 'workloads/page-rank/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => pageRankOracle(resolve(given)),
}
