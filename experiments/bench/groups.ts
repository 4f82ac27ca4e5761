/**
 * What is measured next to each other in a round. What a row divides lies in one group, because the machine's speed drifts
 * between groups and rounds by more than most rows may be off.
 *
 * A round visits all groups in order, every other round backwards. A visit that would repeat the one just before it across a
 * border of groups is shared, so `t, a, t` and `t, b, t` cost five trials. A row's ratio in a round is the
 * mean of its numerator's visits over the mean of the visits of its denominator that are nearest to them, before and after:
 * `A B A` and `A B B A` cancel a drift that is linear over the group. What costs little is measured more often.
 */
import { rateGroups } from './rate-rows.ts'
import { checkedSubjects, subjectNamed } from './subjects.ts'

export interface Group {
  readonly name: string
  /** Names of subjects (`subjects.ts`), in order. */
  readonly visits: readonly string[]
}

const group = (name: string, ...visits: readonly string[]): Group => ({ name, visits })
const besideHeadline = (name: string, subject: string): Group =>
  group(name, 'timely beside', subject, 'timely beside')

export const groups: readonly Group[] = [
  group('plain', 'word-count loops', 'timely plain', 'dstream plain', 'word-count loops'),
  group('word-count', 'word-count loops', 'dstream', 'timely', 'word-count loops'),
  group('loops', 'word-count loops', 'grep loops', 'word-count loops'),
  group('grep', 'grep loops', 'timely grep', 'dstream grep', 'grep loops'),
  group('head-room', 'timely grep', 'null engine', 'timely grep'),
  group('grep-pushed', 'grep loops', 'timely grep pushed', 'dstream grep pushed', 'grep loops'),
  group(
    'latency',
    'timely at half load',
    'timely at half load from 0',
    'timely at half of its pace',
  ),
  group('smallest-batch', 'smallest batch'),
  // One trial's CPU time is within some 3 % of the next one's, and so is what is looked for.
  ...checkedSubjects.map((of) => {
    const [on, off] = [`${of} checked`, `${of} unchecked`]
    return group(`digests ${of}`, on, off, off, on, on, off, off, on)
  }),
  besideHeadline('a-a', 'timely again'),
  group(
    'fresh-bytes',
    'timely looping pool',
    'timely fresh bytes',
    'timely fresh bytes',
    'timely looping pool',
    // By which it was judged before.
    'timely beside',
    'timely large pool',
    'timely beside',
  ),
  besideHeadline('longer-than', 'timely longer than 3'),
  besideHeadline('prefix', 'timely prefix'),
  besideHeadline('real-text', 'timely real text'),
  ...rateGroups,
]

/** About how many trials of engines a round of these groups has: visits, and what their loads are shares of. */
export function trialsARound(groups: readonly Group[]): number {
  const shared = groups.filter(
    ({ visits }, at) =>
      groups[at - 1]?.visits.at(-1) === visits[0] && subjectNamed(visits[0]!).kind !== 'baseline',
  )
  const trials = groups
    .flatMap(({ visits }) => visits)
    .filter((name) => subjectNamed(name).kind !== 'baseline')
  const loads = groups.flatMap(({ visits }) => {
    const shares = visits.map(subjectNamed).filter(({ share }) => share !== undefined)
    return [...new Set(shares.flatMap(({ of, ofHeld }) => [of, ...(ofHeld ? [`${of} held`] : [])]))]
  })
  return trials.length - shared.length + loads.length
}

/** Trials that were made for a visit, and of each that did not count, why (METHOD 19: nothing is tried again in silence). */
export interface Tries {
  readonly made: number
  readonly dropped: readonly string[]
}

/**
 * A visit of a round that has ended: what it measured, by measure; empty when it did not count. What a load that was not kept up
 * with would have taken is infinite.
 */
export interface Visit {
  readonly subject: string
  readonly measures: ReadonlyMap<string, number>
  readonly tries: Tries
}

/**
 * The value of a measure, or the ratio of two, in one group and round. `undefined` when a visit that it needs did not
 * count: a ratio of what is left would compare other neighbours.
 */
export function valueInRound(
  visits: readonly Visit[],
  numerator: { readonly subject: string; readonly measure: string },
  denominator?: { readonly subject: string; readonly measure: string },
): { readonly value: number; readonly above: number; readonly below?: number } | undefined {
  const above = visits.flatMap(({ subject }, at) => (subject === numerator.subject ? [at] : []))
  const top = meanOf(visits, above, numerator.measure)
  if (top === undefined) return undefined
  if (denominator === undefined) return { value: top, above: top }
  const isBelow = ({ subject }: Visit): boolean => subject === denominator.subject
  // Both from one visit: measured by turns in one process.
  const near =
    numerator.subject === denominator.subject
      ? above
      : [
          ...new Set(
            above.flatMap((at) => [
              visits.findLastIndex((visit, index) => index < at && isBelow(visit)),
              visits.findIndex((visit, index) => index > at && isBelow(visit)),
            ]),
          ),
        ].filter((at) => at >= 0)
  const bottom = meanOf(visits, near, denominator.measure)
  return bottom === undefined ? undefined : { value: top / bottom, above: top, below: bottom }
}

function meanOf(
  visits: readonly Visit[],
  positions: readonly number[],
  measure: string,
): number | undefined {
  if (positions.length === 0) return undefined
  let sum = 0
  for (const at of positions) {
    const value = visits[at]!.measures.get(measure)
    if (value === undefined) return undefined
    sum += value
  }
  return sum / positions.length
}
