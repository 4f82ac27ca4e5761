/**
 * k-exposure, after Naiad §6.3 and Figure 7c: to how many users a tag has been shown by k others. Distinct, Join, Count.
 *
 * A user is exposed to a tag by everybody whom he has mentioned, ever, and who has used the tag, ever. The table has, of each
 * tag, the users who are exposed to it by k or more.
 *
 * The nearest of it: Naiad's text names the metric and its operators and not its definition (Kineograph's programs have it for
 * each user and tag). A tweet here mentions one user and has one tag.
 *
 * It costs what its exposures do: of the synthetic tweets each brings about ten until all have been seen.
 */
import { sum } from '../../engines/core/plan/functions.ts'
import { type EventStream, readStream, type TableStream } from '../../engines/core/plan/stream.ts'
import { type GivenParameters, type ParameterSpecs, resolveParameters } from '../parameters.ts'
import type { Workload } from '../workload.ts'
import { kExposureOracle } from './oracle.ts'

const PARAMETERS = {
  interval: { kind: 'duration', default: '1s', description: 'interval of the stream' },
  k: {
    kind: 'count',
    default: 3,
    min: 1,
    max: 1_000_000,
    description: 'users who have to show a tag to another',
  },
} as const satisfies ParameterSpecs

const resolve = (given?: GivenParameters) => resolveParameters('k-exposure', PARAMETERS, given)

type Exposure = readonly [user: string, tag: string, by: string]

export function plan(given: GivenParameters): TableStream<string, number> {
  const { interval, k } = resolve(given)
  const tweets = readStream<string>('input:tweets', interval).map(fieldsOf)
  return exposures(tweets)
    .map(([user, tag]): [[string, string], number] => [[user, tag], 1])
    .runningReduce(sum)
    .changes()
    .filter(([, users]) => users !== undefined && users >= k)
    .map(([exposed]): [string, string] => exposed)
    .distinct()
    .map(([, tag]): [string, number] => [tag, 1])
    .runningReduce(sum)
    .collect('exposed')
}

type Tweet = readonly [author: string, mentioned: string, tag: string]

function fieldsOf(tweet: string): Tweet {
  const mentioned = tweet.indexOf('|') + 1
  const tag = tweet.indexOf('|', mentioned) + 1
  return [tweet.slice(0, mentioned - 1), tweet.slice(mentioned, tag - 1), tweet.slice(tag)]
}

/** Each once: of whom a user mentions, and what that one uses. */
function exposures(tweets: EventStream<Tweet>): EventStream<Exposure> {
  const used = tweets.map(([author, , tag]): [string, string] => [author, tag]).distinct()
  const heard = tweets
    .map(([author, mentioned]): [string, string] => [mentioned, author])
    .distinct()
  return used
    .track(
      (_author, tag): readonly string[] | null => [tag],
      (_author, tags, tag): readonly string[] | null => [...tags, tag],
    )
    .join(heard)
    .flatMap(([by, [tags, user]]) => tags.map((tag): Exposure => [user, tag, by]))
    .distinct()
}

export const kExposure: Workload = {
  name: 'k-exposure',
  description: 'Counts of each tag the users to whom k of those whom they mention have shown it.',
  parameters: PARAMETERS,
  inputs: [{ kind: 'tweets' }],
  operators:
    'map; map, distinct, track; map, distinct; join of both, flatMap, distinct, map, runningReduce, changes, filter, map, distinct, map, runningReduce',
  state:
    'who used which tag, who mentioned whom, every exposure, one count a user and tag, one count a tag',
  paper: 'Naiad Figure 7c',
  invariants: [
    'a count never falls, and is at most the number of users',
    'a tag is put out only when its count changed, at the end of an interval',
  ],
  plan: (given) => ({
    module: 'workloads/k-exposure/workload.ts',
    export: 'plan',
    parameters: resolve(given),
  }),
  oracle: (given) => kExposureOracle(resolve(given)),
}
