/**
 * What the experiments around faults claim, each with the rule that decides it, written before its first run.
 *
 * Rules read rows alone: of trials, and of faults. A median is of injections, its interval a bootstrap over trials; fewer than
 * 20 injections of an arm decide nothing (METHOD 10), and a recovery that was not seen to end counts as longer than any other.
 */
import { calmMedianOf, maximumOf, ratiosBeside } from '../../results/arm-ratios.ts'
import type { Claim, ClaimFault, ClaimRow, ClaimVerdict } from '../experiment.ts'
import { clusteredMedianInterval, type Interval, medianInterval } from '../statistics/bootstrap.ts'
import { ARM, intervalArm } from './arm-names.ts'
import { clustersOf, durationText, lengthTo, type Phase, spanText } from './phases.ts'

const INJECTIONS_MIN = 20
const ROUNDS_MIN = 5
/** Of the bootstrap: a claim judged again is judged alike. */
const SEED = 1

const judgedBy = [
  import.meta.url,
  import.meta.resolve('./arm-names.ts'),
  import.meta.resolve('./phases.ts'),
  import.meta.resolve('../statistics/bootstrap.ts'),
  import.meta.resolve('../../results/arm-ratios.ts'),
]

const LIMIT_RULE =
  'The upper end of its 95 % interval within the limit: holds; its median within: holds in shape; else fails. Fewer than 20 of them: cannot be tested here.'
const ORDER_RULE =
  'Intervals (95 %) apart in this order: holds; medians in this order: holds in shape; else fails. Fewer than 20 injections of either: cannot be tested here.'

const untested = (evidence: string): ClaimVerdict => ({ state: 'cannot be tested here', evidence })

interface Rows {
  readonly rows: readonly ClaimRow[]
  readonly faults: readonly ClaimFault[]
}

/** Of an arm's injections; undefined where there are too few. */
function phaseOf(
  { rows, faults }: Rows,
  arm: string,
  phase: Phase,
  from?: Phase,
): Interval | undefined {
  const clusters = clustersOf(rows, faults, arm).map((cluster) =>
    cluster.map((phases) => lengthTo(phases, phase, from)),
  )
  return clusters.flat().length < INJECTIONS_MIN
    ? undefined
    : clusteredMedianInterval(clusters, { seed: SEED })
}

const text = (interval: Interval): string =>
  `${durationText(interval.estimate)} (${spanText(interval)})`

function withinLimit(interval: Interval | undefined, limitNs: number): ClaimVerdict {
  if (interval === undefined) return untested('too few')
  const state =
    interval.high <= limitNs ? 'holds' : interval.estimate <= limitNs ? 'holds in shape' : 'fails'
  return { state, evidence: `${text(interval)}, of ${durationText(limitNs)}` }
}

/** Each is less than the next one. */
function inOrder(
  intervals: readonly (Interval | undefined)[],
  show: (interval: Interval) => string = text,
): ClaimVerdict {
  const known = intervals.filter((interval) => interval !== undefined)
  if (known.length < intervals.length) return untested('too few of one')
  const pairs = known.slice(1).map((next, at) => [known[at]!, next] as const)
  const isOrdered = pairs.every(([one, next]) => one.estimate < next.estimate)
  const isApart = pairs.every(([one, next]) => one.high < next.low)
  return {
    state: isApart ? 'holds' : isOrdered ? 'holds in shape' : 'fails',
    evidence: known.map(show).join(', then '),
  }
}

/** Of an arm ÷ that beside it. */
function ratioOf(
  { rows }: Pick<Rows, 'rows'>,
  arm: string,
  against: string,
  role: 'probe' | 'control' = 'probe',
): Interval | undefined {
  const measureOf = role === 'probe' ? maximumOf : calmMedianOf
  const ratios = ratiosBeside(rows, { arm, against, role }, measureOf)
  return ratios.length < ROUNDS_MIN ? undefined : medianInterval(ratios, { seed: SEED })
}

const ratioText = ({ estimate, low, high }: Interval): string =>
  `${estimate.toFixed(2)} (${low.toFixed(2)} – ${high.toFixed(2)})`

/** What decides a claim that one arm is back before another. */
const backSooner = (sooner: string, later: string): Pick<Claim, 'rule' | 'judgedBy' | 'judge'> => ({
  rule: `From the fault until latency is back: \`${sooner}\` less than \`${later}\`. ${ORDER_RULE}`,
  judgedBy,
  judge: (rows, faults = []) =>
    inOrder([sooner, later].map((arm) => phaseOf({ rows, faults }, arm, 'latencyBackAt'))),
})

export const recoveryClaims: readonly Claim[] = [
  {
    name: 'timely-processes-again-within-a-second',
    text: 'Timely with checkpoints processes again within 1 s of having noticed that a worker is lost.',
    rule: `From the first suspicion to the first commit of the new generation, \`${ARM.checkpoint}\`: at most 1 s. ${LIMIT_RULE}`,
    judgedBy,
    judge: (rows, faults = []) =>
      withinLimit(phaseOf({ rows, faults }, ARM.checkpoint, 'processingAt', 'detectedAt'), 1e9),
  },
  {
    name: 'batches-are-back-in-three',
    text: 'A D-Stream has its latency back within 3 batches of 1 s of having noticed that a worker is lost.',
    rule: `From the first suspicion until latency is back in its band, \`${ARM.lineage}\`: at most 3 s. ${LIMIT_RULE}`,
    judgedBy,
    judge: (rows, faults = []) =>
      withinLimit(phaseOf({ rows, faults }, ARM.lineage, 'latencyBackAt', 'detectedAt'), 3e9),
  },
  {
    name: 'parallel-recovery-is-sooner',
    text: 'A D-Stream, which makes lost partitions again in parallel, is back sooner than timely, all of which goes back to a checkpoint.',
    ...backSooner(ARM.lineage, ARM.checkpoint),
  },
  {
    name: 'parallel-recovery-is-sooner-than-upstream-backup',
    text: 'A D-Stream is back sooner than timely with upstream backup, where one fresh process makes up for all that was lost (D-Streams Figure 7).',
    ...backSooner(ARM.lineage, ARM.upstream),
  },
  {
    name: 'a-log-is-back-sooner',
    text: 'Timely is back sooner with a log of messages than with checkpoints alone.',
    ...backSooner(ARM.logging, ARM.checkpoint),
  },
  {
    name: 'a-standby-does-not-notice',
    text: 'With active standby latency does not leave its band when a worker is killed.',
    rule: `Of the kills of \`${ARM.standby}\`, at which latency never left its band (recovery time 0): 95 % or more: holds; more than half: holds in shape; else fails. Fewer than 20 kills: cannot be tested here.`,
    judgedBy,
    judge: (rows, faults = []) => {
      const kills = clustersOf(rows, faults, ARM.standby).flat()
      if (kills.length < INJECTIONS_MIN) return untested('too few kills')
      const unseen = kills.filter((phases) => lengthTo(phases, 'latencyBackAt') === 0).length
      const share = unseen / kills.length
      return {
        state: share >= 0.95 ? 'holds' : share > 0.5 ? 'holds in shape' : 'fails',
        evidence: `${unseen} of ${kills.length}`,
      }
    },
  },
]

export const priceClaims: readonly Claim[] = [
  {
    name: 'durable-messages-cost-most',
    text: 'Of what is durable, a log of messages costs more of the maximum than checkpoints.',
    rule: `Maximum ÷ that without, \`${ARM.logging}\` less than \`${ARM.checkpoint}\`. Intervals (95 %) apart: holds; medians: holds in shape; else fails. Fewer than 5 rounds: cannot be tested here.`,
    judgedBy,
    judge: (rows) =>
      inOrder(
        [ARM.logging, ARM.checkpoint].map((arm) => ratioOf({ rows }, arm, ARM.timelyNone)),
        ratioText,
      ),
  },
  {
    name: 'replication-costs-half',
    text: 'To run everything twice costs half of the maximum, on the same cores.',
    rule: `Maximum ÷ that without, \`${ARM.standby}\`: from 0.4 to 0.6 holds; below 0.75 holds in shape; else fails. Fewer than 5 rounds: cannot be tested here.`,
    judgedBy,
    judge: (rows) => {
      const ratio = ratioOf({ rows }, ARM.standby, ARM.timelyNone)
      if (ratio === undefined) return untested('too few rounds')
      const { estimate } = ratio
      const isHalf = estimate >= 0.4 && estimate <= 0.6
      const state = isHalf ? 'holds' : estimate < 0.75 ? 'holds in shape' : 'fails'
      return { state, evidence: ratioText(ratio) }
    },
  },
]

const INTERVAL_SECONDS = [2, 5, 10, 30]

export const intervalClaims: readonly Claim[] = (['timely', 'dstream'] as const).map((engine) => ({
  name: `${engine}-is-back-later-the-rarer-checkpoints-are`,
  text: `The further apart checkpoints are, the longer ${engine} takes to be back.`,
  rule: `From the fault until latency is back, ${engine} with checkpoints each 2, 5, 10 and 30 s: rising. ${ORDER_RULE}`,
  judgedBy,
  judge: (rows: readonly ClaimRow[], faults: readonly ClaimFault[] = []) =>
    inOrder(
      INTERVAL_SECONDS.map((seconds) =>
        phaseOf({ rows, faults }, intervalArm(engine, seconds), 'latencyBackAt'),
      ),
    ),
}))

export const driverClaims: readonly Claim[] = [
  {
    name: 'a-lost-driver-is-the-lesser-loss',
    text: 'A D-Stream is back sooner when its driver is lost than when a worker is: blocks stay where they are.',
    rule: `From the fault until latency is back: \`${ARM.driver}\` less than \`${ARM.worker}\`. ${ORDER_RULE}`,
    judgedBy,
    judge: (rows, faults = []) =>
      inOrder(
        [ARM.driver, ARM.worker].map((arm) => phaseOf({ rows, faults }, arm, 'latencyBackAt')),
      ),
  },
]

/** Batches that took long are in the p99 of the trial's latency: with a straggler ÷ in peace. */
function slowdownOf(rows: readonly ClaimRow[], arm: string): Interval | undefined {
  const latencies = (role: string): readonly number[] =>
    rows.flatMap((row) =>
      row.arm === arm && row.role === role && row.verdict === 'valid'
        ? (row.latency_ns_p99 ?? [])
        : [],
    )
  const [calm, hit] = [latencies('control'), latencies('fault')]
  if (calm.length === 0 || hit.length < ROUNDS_MIN) return undefined
  const peace = medianInterval(calm, { seed: SEED }).estimate
  return medianInterval(
    hit.map((latency) => latency / peace),
    { seed: SEED },
  )
}

export const stragglerClaims: readonly Claim[] = [
  {
    name: 'copies-of-late-tasks-help',
    text: 'With copies of late tasks a straggler delays results less than without.',
    rule: `p99 of the latency of a trial with a straggler ÷ that in peace: \`${ARM.speculation}\` less than \`${ARM.straggler}\`. Intervals (95 %) apart: holds; medians: holds in shape; else fails. Fewer than 5 trials of either: cannot be tested here.`,
    judgedBy,
    judge: (rows) =>
      inOrder(
        [ARM.speculation, ARM.straggler].map((arm) => slowdownOf(rows, arm)),
        ratioText,
      ),
  },
]

export const overloadClaims: readonly Claim[] = [
  {
    name: 'both-drain-a-burst',
    text: 'Both engines have worked a burst of twice their maximum off, and latency is as before.',
    rule: `Bursts of \`${ARM.timelyBurst}\` and \`${ARM.dstreamBurst}\` after which latency was back in its band before the trial's end: all: holds; 9 of 10 of each: holds in shape; else fails. Fewer than 20 of either: cannot be tested here.`,
    judgedBy,
    judge: (rows, faults = []) => {
      const bursts = [ARM.timelyBurst, ARM.dstreamBurst].map((arm) =>
        clustersOf(rows, faults, arm).flat(),
      )
      if (bursts.some(({ length }) => length < INJECTIONS_MIN)) return untested('too few bursts')
      const shares = bursts.map(
        (all) => all.filter(({ latencyBackAt }) => latencyBackAt !== undefined).length / all.length,
      )
      const least = Math.min(...shares)
      return {
        state: least === 1 ? 'holds' : least >= 0.9 ? 'holds in shape' : 'fails',
        evidence: shares.map((share) => `${(100 * share).toFixed(0)} %`).join(' and '),
      }
    },
  },
]

export const elasticClaims: readonly Claim[] = (
  [
    ['timely', ARM.timelyResized],
    ['dstream', ARM.dstreamResized],
  ] as const
).map(([engine, arm]) => ({
  name: `${engine}-is-back-within-three-seconds-of-a-change`,
  text: `Within 3 s of a worker's joining or leaving ${engine}, no tick takes longer than 1.1 times the worst with so many in peace.`,
  rule: `From when somebody joined or left until no tick takes longer than 1.1 times the worst with so many in peace (with both, of a whole trial; with one, of before the first change), \`${arm}\`: at most 3 s. ${LIMIT_RULE}`,
  judgedBy,
  judge: (rows: readonly ClaimRow[], faults: readonly ClaimFault[] = []) =>
    withinLimit(phaseOf({ rows, faults }, arm, 'latencyBackAt'), 3e9),
}))
