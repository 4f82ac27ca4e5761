/** What `recovery` prints: the phases of each mode, from the fault on, and what the same length without a fault was. */
import { shortDuration } from '../../engines/core/plan/duration.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { formatRate } from '../cli/options.ts'
import type { FaultPhases } from '../runner/recovery-phases.ts'
import { formatTable } from '../runner/table.ts'
import type { TrialOutcome } from '../runner/trial-spec.ts'
import { bootstrap } from '../statistics/bootstrap.ts'
import { median } from '../statistics/quantiles.ts'
import type { RecoveryMode } from './cases.ts'

/** All trials of a mode. */
export interface RecoveredMode {
  readonly mode: RecoveryMode
  readonly rate: number
  /** That found what is sustained. */
  readonly probe: TrialOutcome
  /** Without a fault, and with kills. */
  readonly calm: readonly TrialOutcome[]
  readonly killed: readonly TrialOutcome[]
}

/** A phase, as it is reached after the fault took effect. */
const PHASES = [
  ['detected', 'detectedAt'],
  ['processing', 'processingAt'],
  ['backlog back', 'backlogBackAt'],
  ['latency back', 'latencyBackAt'],
] as const satisfies readonly (readonly [string, keyof FaultPhases])[]

export function recoveryTable(modes: readonly RecoveredMode[], seed: number): string {
  return formatTable(
    [
      { title: 'mode', align: 'left' },
      { title: 'rate', unit: 'records' },
      { title: 'kills', unit: 'seen' },
      ...PHASES.map(([title]) => ({ title, unit: 'after fault' })),
      { title: '95 %', unit: 'of the last' },
      { title: 'worst', unit: 'latency' },
      { title: 'in peace', unit: 'p99' },
      { title: 'in peace', unit: 'worst' },
      { title: 'verdict', align: 'left' },
    ],
    modes.map((each) => rowOf(each, seed)),
  )
}

function rowOf(
  { mode, rate, probe, calm, killed }: RecoveredMode,
  seed: number,
): readonly string[] {
  const kills = killed.flatMap(({ recoveries = [] }) => recoveries)
  const hit = kills.filter(({ witnessedAt }) => witnessedAt !== undefined)
  const worst = hit.flatMap(({ latencyMax }) => latencyMax ?? [])
  return [
    mode.name,
    formatRate(rate),
    `${hit.length} of ${kills.length}`,
    ...PHASES.map(([, phase]) => phaseText(hit, phase)),
    intervalText(killed, seed),
    durationText(worst.length === 0 ? undefined : Math.max(...worst)),
    durationText(largest(calm, ({ latency }) => latency?.p99)),
    durationText(largest(calm, ({ latency }) => latency?.max)),
    verdictText([probe, ...calm, ...killed]),
  ]
}

/** The median of those that got there; and how many did not. */
function phaseText(hit: readonly FaultPhases[], phase: keyof FaultPhases): string {
  const reached = sinceFault(hit, phase)
  const never = hit.length - reached.length
  if (reached.length === 0) return '–'
  return `${durationText(median(reached))}${never > 0 ? ` (${never} never)` : ''}`
}

function sinceFault(hit: readonly FaultPhases[], phase: keyof FaultPhases): readonly Nanos[] {
  return hit.flatMap((each) => {
    const at = each[phase]
    return at === undefined || each.witnessedAt === undefined ? [] : at - each.witnessedAt
  })
}

/** Of the median recovery time, over trials: kills of one trial share its fate. */
function intervalText(killed: readonly TrialOutcome[], seed: number): string {
  const clusters = killed
    .map(({ recoveries = [] }) => sinceFault(recoveries, 'latencyBackAt'))
    .filter(({ length }) => length > 0)
  if (clusters.length < 2) return '–'
  const medians = clusters.map((values) => median(values))
  const { low, high } = bootstrap([medians], ([values]) => median(values!), { seed })
  return `${durationText(low)} – ${durationText(high)}`
}

function largest(
  outcomes: readonly TrialOutcome[],
  of: (outcome: TrialOutcome) => Nanos | undefined,
): Nanos | undefined {
  const values = outcomes.flatMap((outcome) => of(outcome) ?? [])
  return values.length === 0 ? undefined : Math.max(...values)
}

const durationText = (nanos: Nanos | undefined): string =>
  nanos === undefined ? '–' : shortDuration(Number(nanos.toPrecision(3)))

function verdictText(outcomes: readonly TrialOutcome[]): string {
  const wrong = outcomes.filter(({ verdict }) => verdict !== 'valid')
  return wrong.length === 0
    ? `valid, all ${outcomes.length}`
    : wrong.map(({ verdict, reasons, error }) => `${verdict}: ${error ?? reasons[0]}`).join('; ')
}

/** What each mode's recovery was spent on, in a sentence. */
export function recoveryLines(modes: readonly RecoveredMode[]): readonly string[] {
  return modes.flatMap(({ mode, killed }) => {
    const hit = killed.flatMap(({ recoveries = [] }) => recoveries)
    const back = sinceFault(hit, 'latencyBackAt')
    const detected = sinceFault(hit, 'detectedAt')
    const processing = sinceFault(hit, 'processingAt')
    if (back.length === 0 || detected.length === 0 || processing.length === 0) {
      return [`${mode.name}: did not come back.`]
    }
    const [total, found, again] = [median(back), median(detected), median(processing)]
    return [
      `${mode.name}: ${durationText(total)} from a kill until latency is as before: ${durationText(found)} to notice, ${durationText(again - found)} until results come again, ${durationText(Math.max(0, total - again))} to catch up.`,
    ]
  })
}
