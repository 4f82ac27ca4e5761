/**
 * What the main job claims about the two models, each with the rule that decides it, written before its first run.
 *
 * The rules read rows alone. A rate is known between two bounds: what held, and what did not, twice
 * (`results/rate-bracket.ts`). A comparison whose bounds overlap, or are nearer to each other than trials of one machine repeat, is open, and
 * counts for nobody.
 */
import type { KnownRate } from '../../results/rate-bracket.ts'
import type { Claim } from '../experiment.ts'
import { compareCases, type EngineName } from './cases.ts'
import { formerLatencyRules, formerRateRules } from './former-rules.ts'
import {
  inEveryCase,
  isAbove,
  isSooner,
  type JudgedLoad,
  needsTries,
  notHeldText,
} from './judging.ts'

const judgedBy = [
  import.meta.url,
  import.meta.resolve('./judging.ts'),
  import.meta.resolve('../../results/load-rows.ts'),
  import.meta.resolve('../../results/median.ts'),
  import.meta.resolve('../../results/rate-bracket.ts'),
  import.meta.resolve('../runner/sustainable-rate.ts'),
]

const COUNTS =
  'A case whose bounds leave it open counts for neither. All cases: holds; more than half of those that are not open: holds in shape; fewer than half of the cases answered: cannot be tested here.'

const TRIES =
  'Held is what a try held and none failed; not sustained what two tries did not, at that rate or below it; one that ended with an error is none of them.'

/** `1.2×–1.5×`: between which ratios that of two rates lies, by one try of each end; and whether it takes another one to decide. */
function ratioText(one: KnownRate, other: KnownRate): string {
  const low = (one.bracket.held ?? 0) / other.bracket.limit
  const high = one.bracket.limit / (other.bracket.held ?? 0)
  const tries = needsTries(one, other) ? ' (too few tries)' : ''
  return `${times(low)}–${Number.isFinite(high) ? times(high) : '?'}${tries}`
}

/** `0.53×`, and who did not keep up, how often; without a ratio where one has no latency. */
function latenciesText(timely: JudgedLoad, dstream: JudgedLoad): string {
  const ratio = (timely.p99 ?? Number.NaN) / (dstream.p99 ?? Number.NaN)
  const texts = [
    ...(timely.p99 === undefined || dstream.p99 === undefined ? ['not all confirmed'] : []),
    ...(Number.isFinite(ratio) && ratio > 0 ? [times(ratio)] : []),
    ...notHeldText('timely', timely),
    ...notHeldText('dstream', dstream),
  ]
  return texts.join(', ')
}

/** `1 to 5 ms`: ticks of latency rows. */
function spanOf(engine: EngineName): string {
  const ticks = compareCases.map((one) => one.ticks[engine].latency / 1e6)
  const [low, high] = [Math.min(...ticks), Math.max(...ticks)]
  return low === high ? `${low} ms` : `${low} to ${high} ms`
}

const times = (ratio: number): string => `${ratio.toFixed(2)}×`

export const compareClaims: readonly Claim[] = [
  {
    name: 'continuous-is-sooner',
    text: `At one rate, continuous operators make a record visible sooner than micro-batches, each with the tick that was the best of one ladder in each case (timely ${spanOf('timely')}, batches of ${spanOf('dstream')}), or with its tick for throughput where it fell behind with that.`,
    rule: `In every case: p99 of the latency of a record at the common rate, timely, is below that of dstream: of several trials the median, in which one that did not keep up, or not to its end, is infinite. Where the first at half load did not keep up and was tried with another tick, those with that tick count. Open where they are within 1.25 of each other, one is infinite, or an output is not confirmed. ${COUNTS}`,
    judgedBy,
    formerly: formerLatencyRules,
    judge: (rows) =>
      inEveryCase(rows, ({ atCommonRate: { timely, dstream } }) => {
        if (timely === undefined || dstream === undefined) {
          return { met: undefined, evidence: 'no rows' }
        }
        const { p99: one } = timely
        const { p99: other } = dstream
        return {
          met: one === undefined || other === undefined ? undefined : isSooner(one, other),
          evidence: latenciesText(timely, dstream),
        }
      }),
  },
  {
    name: 'batches-sustain-more',
    text: 'Under a bound of 1 s, micro-batches sustain more than continuous operators.',
    rule: `In every case: what dstream held is at least 1.1 times what timely did not sustain; not met where what timely held is at least 1.1 times what dstream did not sustain. ${TRIES} ${COUNTS}`,
    judgedBy,
    formerly: formerRateRules,
    judge: (rows) =>
      inEveryCase(rows, ({ rates: { timely, dstream } }) => ({
        met: isAbove(dstream.confirmed, timely.confirmed),
        evidence: ratioText(dstream, timely),
      })),
  },
  {
    name: 'engines-beat-one-thread',
    text: 'Two workers of either engine sustain more than one thread with the same kernels and no engine.',
    rule: `In every case and for both engines: what was held is at least 1.1 times the rate of the kernel loop, before all trials and after them; not met where both of these are at least 1.1 times what one engine did not sustain. ${TRIES} ${COUNTS}`,
    judgedBy,
    formerly: formerRateRules,
    judge: (rows) =>
      inEveryCase(rows, ({ rates, thread }) => {
        if (thread === undefined) return { met: undefined, evidence: 'no baseline' }
        const met = [rates.timely, rates.dstream].map((rate) =>
          isAbove(rate.confirmed, thread.confirmed),
        )
        return {
          met: met.includes(false) ? false : met.includes(undefined) ? undefined : true,
          evidence: `${ratioText(rates.timely, thread)} and ${ratioText(rates.dstream, thread)}`,
        }
      }),
  },
]
