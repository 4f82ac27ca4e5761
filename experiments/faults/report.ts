/** What experiments with kills print: the phases of each arm, from the fault on, and what the same length without a fault was. */
import type { Nanos } from '../../engines/core/units.ts'
import { formatRate } from '../cli/options.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { formatTable } from '../runner/table.ts'
import { verdictOfAll } from '../runner/trial-spec.ts'
import { clusteredMedianInterval } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { FaultReport, LoadedTrial, MeasuredArm } from './design.ts'
import {
  agesOf,
  durationText,
  isHit,
  lengthTo,
  medianTo,
  NEVER,
  type Phase,
  spanText,
} from './phases.ts'

/** A phase, as it is reached after the fault took effect. */
const PHASES = [
  ['detected', 'detectedAt'],
  ['processing', 'processingAt'],
  ['backlog back', 'backlogBackAt'],
  ['latency back', 'latencyBackAt'],
] as const satisfies readonly (readonly [string, Phase])[]

export function recoveryReport({ arms, seed }: FaultReport): readonly string[] {
  const measured = arms.filter(({ hit }) => hit.length > 0)
  const intervals = intervalsTable(measured, seed)
  return [
    'Processes are killed at a random phase of the checkpoint interval, and missed by heartbeats alone.',
    'Medians, since the thread was gone. Back: within 1.1 times the worst that the trial had before, and staying for 3 s.',
    'Who was not seen back before the trial ended, or the next kill came, counts as longer than all others; `≥ 4.9s`: at least so long.',
    phasesTable(measured),
    ...(intervals === undefined
      ? []
      : [
          '',
          'Medians with 95 % intervals, a bootstrap over trials with all their kills.',
          intervals,
        ]),
    '',
    ...recoveryLines(measured),
  ]
}

function phasesTable(arms: readonly MeasuredArm[]): string {
  return formatTable(
    [
      { title: '', align: 'left' },
      { title: 'rate', unit: 'records' },
      { title: 'kills', unit: 'seen' },
      ...PHASES.map(([title]) => ({ title, unit: 'after fault' })),
      { title: 'state', unit: 'was old' },
      { title: 'worst', unit: 'latency' },
      { title: 'in peace', unit: 'p99' },
      { title: 'in peace', unit: 'worst' },
      { title: 'verdict', align: 'left' },
    ],
    arms.map(rowOf),
  )
}

function rowOf({ arm, calm, hit }: MeasuredArm): readonly string[] {
  const kills = phasesOf(hit)
  const seen = kills.filter(isHit)
  const ages = agesOf(seen)
  const peace = calm.map(({ outcome }) => outcome)
  return [
    arm.name,
    rateText(hit),
    `${seen.length} of ${plannedOf(hit)}`,
    ...PHASES.map(([, phase]) => phaseText(seen, phase)),
    ages.length === 0 ? '–' : durationText(median(ages)),
    durationText(largest(seen, ({ latencyMax }) => latencyMax)),
    durationText(largest(peace, ({ latency }) => latency?.p99)),
    durationText(largest(peace, ({ latency }) => latency?.max)),
    verdictText([...calm, ...hit]),
  ]
}

export const phasesOf = (hit: readonly LoadedTrial[]): readonly FaultPhases[] =>
  hit.flatMap(({ outcome }) => outcome.recoveries ?? [])

/** A trial that failed has no phases, and its kills count as not seen. */
const plannedOf = (hit: readonly LoadedTrial[]): number =>
  hit.reduce((sum, { spec }) => sum + spec.faults.length, 0)

/** Of trials that were each offered a share of what the machine could do then. */
export function rateText(trials: readonly LoadedTrial[]): string {
  return trials.length === 0
    ? '–'
    : formatRate(Math.round(median(trials.map(({ spec }) => spec.rate))))
}

/** The median; and how many were not seen to get there. */
function phaseText(seen: readonly FaultPhases[], phase: Phase): string {
  if (seen.length === 0) return '–'
  const lengths = seen.map((each) => lengthTo(each, phase))
  const unseen = lengths.filter((length) => length === NEVER).length
  const some = unseen > 0 && unseen < lengths.length ? ` (${unseen} not seen)` : ''
  return `${medianTo(seen, phase)}${some}`
}

/** Undefined where no arm has two trials, without which there is no interval. */
function intervalsTable(arms: readonly MeasuredArm[], seed: number): string | undefined {
  const repeated = arms.map(({ arm, hit }) => {
    const clusters = hit.map((trial) => phasesOf([trial]).filter(isHit))
    return { arm, clusters: clusters.filter(({ length }) => length > 0) }
  })
  if (repeated.every(({ clusters }) => clusters.length < 2)) return undefined
  return formatTable(
    [{ title: '', align: 'left' }, ...PHASES.map(([title]) => ({ title }))],
    repeated.map(({ arm, clusters }) => [
      arm.name,
      ...PHASES.map(([, phase]) => {
        if (clusters.length < 2) return undefined
        const lengths = clusters.map((cluster) => cluster.map((each) => lengthTo(each, phase)))
        const interval = clusteredMedianInterval(lengths, { seed })
        return `${durationText(interval.estimate)} (${spanText(interval)})`
      }),
    ]),
  )
}

export function largest<T>(
  of: readonly T[],
  measureOf: (one: T) => Nanos | undefined,
): Nanos | undefined {
  const values = of.flatMap((one) => measureOf(one) ?? [])
  return values.length === 0 ? undefined : Math.max(...values)
}

export function verdictText(trials: readonly LoadedTrial[]): string {
  const outcomes = trials.map(({ outcome }) => outcome)
  if (outcomes.length === 0) return '–'
  const wrong = outcomes.filter((outcome) => verdictOfAll(outcome) !== 'valid')
  return wrong.length === 0
    ? `valid, all ${outcomes.length}`
    : wrong
        .map((outcome) => `${verdictOfAll(outcome)}: ${outcome.error ?? outcome.reasons[0]}`)
        .join('; ')
}

/** What the recovery of each was spent on, in a sentence. */
function recoveryLines(arms: readonly MeasuredArm[]): readonly string[] {
  return arms.map(({ arm, hit }) => {
    const seen = phasesOf(hit).filter(isHit)
    const of = (phase: Phase, from?: Phase): Nanos =>
      median(seen.map((each) => lengthTo(each, phase, from)))
    if (seen.length === 0) return `${arm.name}: nobody was seen to be hit.`
    if (of('latencyBackAt') >= NEVER / 2) {
      const unseen = seen.filter(({ latencyBackAt }) => latencyBackAt === undefined).length
      return `${arm.name}: ${unseen} of ${seen.length} not seen back: latency back ${medianTo(seen, 'latencyBackAt')}.`
    }
    const total = durationText(of('latencyBackAt'))
    const [found, again, caught] = [
      of('detectedAt'),
      of('processingAt', 'detectedAt'),
      of('latencyBackAt', 'processingAt'),
    ].map(durationText)
    return `${arm.name}: ${total} from a kill until latency is as before: ${found} to notice, ${again} until results come again, ${caught} to catch up.`
  })
}
