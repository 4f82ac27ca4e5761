/** What to conclude from a run's rows, in a few sentences for each case. Nothing that the rows leave open is decided here. */
import type { Nanos } from '../../engines/core/units.ts'
import type { KnownRate, RateBracket } from '../../results/rate-bracket.ts'
import { formatRate } from '../cli/options.ts'
import type { ClaimRow } from '../experiment.ts'
import {
  isAbove,
  isSooner,
  type JudgedCase,
  type JudgedLoad,
  judgedCases,
  needsTries,
  notHeldText,
} from './judging.ts'

export function conclusions(rows: readonly ClaimRow[]): readonly string[] {
  return judgedCases(rows).map((judged) =>
    [
      `${judged.name}: ${whoSustainsMore(judged)}`,
      whoIsSooner(judged),
      whatOneThreadDoes(judged),
    ].join(' '),
  )
}

function whoSustainsMore({ rates: { timely, dstream } }: JudgedCase): string {
  const more = (name: string, one: RateBracket, less: string, other: RateBracket): string =>
    `${name} sustains more, at least ${formatRate(one.held!)} against less than ${formatRate(other.limit)} of ${less}, which failed twice.`
  const [one, other] = [timely.confirmed, dstream.confirmed]
  if (isAbove(one, other)) return more('timely', one, 'dstream', other)
  if (isAbove(other, one)) return more('dstream', other, 'timely', one)
  const why = needsTries(timely, dstream)
    ? ': what would decide it failed once, or with an error'
    : ''
  return `this run cannot tell who sustains more${why} (timely ${between(timely.bracket)}, dstream ${between(dstream.bracket)}).`
}

function between({ held, limit }: RateBracket): string {
  if (held === undefined)
    return limit === Number.POSITIVE_INFINITY ? 'unknown' : `below ${formatRate(limit)}`
  return limit === Number.POSITIVE_INFINITY
    ? `at least ${formatRate(held)}`
    : `${formatRate(held)} to ${formatRate(limit)}`
}

/** What one thread did before all trials and after them; once where that is not to be told apart. */
function rangeOf({ held = 0, limit }: RateBracket): string {
  const [low, high] = [formatRate(held), formatRate(limit)]
  return low === high ? low : `${low} to ${high}`
}

function whoIsSooner({ atCommonRate: { timely, dstream } }: JudgedCase): string {
  const rate = timely?.rate
  if (timely === undefined || dstream === undefined || rate === undefined) {
    return 'No common rate was measured on both.'
  }
  const { p99: one } = timely
  const { p99: other } = dstream
  const at = `At ${formatRate(rate)}`
  if (one === undefined || other === undefined) {
    return `${at} not every output was confirmed: no latencies are compared.`
  }
  const [first, second] = [
    `timely${ticksOf(timely, 'ticks')}`,
    `dstream${ticksOf(dstream, 'batches')}`,
  ]
  const lost = [...notHeldText(first, timely), ...notHeldText(second, dstream)].join(', ')
  const p99 = `p99 ${latencyText(one)} (timely), ${latencyText(other)} (dstream)`
  if (!Number.isFinite(one) || !Number.isFinite(other)) {
    return `${at} latencies are not compared, ${lost}: ${p99}.`
  }
  const times = Math.max(one, other) / Math.min(one, other)
  const isFirst = isSooner(one, other)
  const counted = lost === '' ? '' : `; ${lost}`
  if (isFirst === undefined) {
    return `${at} ${first} and ${second} are about as soon: ${p99}${counted}.`
  }
  const [sooner, later] = isFirst ? [first, second] : [second, first]
  return `${at} ${later} takes ${times.toFixed(1)} times as long as ${sooner}: ${p99}${counted}.`
}

/** Who did not keep up has none. */
const latencyText = (nanos: Nanos): string =>
  Number.isFinite(nanos) ? `${Number((nanos / 1e6).toPrecision(3))} ms` : 'none'

/** ` (ticks of 1 ms)`; empty for trials that do not say. */
const ticksOf = ({ tick }: JudgedLoad, name: string): string =>
  tick === undefined ? '' : ` (${name} of ${Number((tick / 1e6).toPrecision(3))} ms)`

function whatOneThreadDoes({ rates, thread, plainLoop }: JudgedCase): string {
  if (thread === undefined) return 'One thread was not measured.'
  const against = (rate: KnownRate, engine: string): string => {
    const isMore = isAbove(rate.confirmed, thread.confirmed)
    if (isMore !== undefined) return `${isMore ? 'less' : 'more'} than ${engine}`
    return needsTries(rate, thread)
      ? `too few tries of ${engine} to tell`
      : `too near to ${engine} to tell`
  }
  const { timely, dstream } = rates
  const both = against(timely, 'either engine')
  const verdict =
    both === against(dstream, 'either engine')
      ? both
      : `${against(timely, 'timely')}, ${against(dstream, 'dstream')}`
  const plain = plainLoop === undefined ? '' : `, ${formatRate(plainLoop)} in plain TypeScript`
  return `One thread does ${rangeOf(thread.bracket)} by the same kernels${plain}: ${verdict}.`
}
