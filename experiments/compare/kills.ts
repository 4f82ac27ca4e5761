/** What killed workers came to, in words: of each engine's trials in which one was killed. */
import { formatDuration, formatRate } from '../cli/options.ts'
import { isHit, lengthTo, medianTo, NEVER, type Phase, spanText } from '../faults/phases.ts'
import { type FaultPhases, STAYS } from '../runner/recovery-phases.ts'
import { formatTable, type TableRow } from '../runner/table.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import type { CompareScale } from './cases.ts'
import type { Cell, LoadPoint } from './cell.ts'
import { killNotes } from './notes.ts'

/** Equal times give equal intervals. */
const SEED = 1

const nameOf = ({ compareCase, engine }: Cell): string => `${engine} on ${compareCase.label}`

/** What each kill came to. */
const killsOf = ({ trials }: LoadPoint): readonly FaultPhases[] =>
  trials.flatMap(({ outcome }) => outcome.recoveries ?? [])

/** From a kill to a phase; `≥ 4.9s` where latency was not seen back: it took at least so long. */
const medianOf = (recovery: LoadPoint, phase: Phase): string =>
  medianTo(killsOf(recovery).filter(isHit), phase)

/**
 * Of the cells in which a worker was to be killed: when that was detected, and how long it was felt, by the bound of all tables and by
 * the engine's own band.
 */
export function killLines(cells: readonly Cell[], scale: CompareScale): readonly string[] {
  const rows = cells.flatMap((cell): TableRow[] => {
    const { compareCase, engine, recovery } = cell
    if (!compareCase.isKilled) return []
    if (recovery === undefined) return [[compareCase.label, engine, undefined, 'not killed']]
    const { rate, tick } = recovery
    return [
      [
        compareCase.label,
        engine,
        formatDuration(tick),
        formatRate(rate),
        medianOf(recovery, 'detectedAt'),
        medianOf(recovery, 'boundBackAt'),
        medianOf(recovery, 'latencyBackAt'),
      ],
    ]
  })
  if (rows.length === 0) return []
  return [
    '',
    ...killNotes(scale),
    formatTable(
      [
        { title: 'workload', align: 'left' },
        { title: 'engine', align: 'left' },
        { title: 'tick' },
        { title: 'rate', unit: 'records' },
        { title: 'detected' },
        { title: '≤ 1 s', unit: 'again' },
        { title: 'own band', unit: 'again' },
      ],
      rows,
    ),
  ]
}

/** Of a kill that was repeated: between which times the median lies, and how many were not seen to be over. A trial has one: it is the unit. */
export function repeatedKills(cell: Cell): readonly string[] {
  const { recovery } = cell
  if (recovery === undefined || recovery.trials.length < 2) return []
  const hit = killsOf(recovery).filter(isHit)
  const times = hit.map((phases) => lengthTo(phases, 'latencyBackAt'))
  const back = times.filter((time) => time < NEVER).length
  const span = times.length < 2 ? '–' : spanText(medianInterval(times, { seed: SEED }))
  return [
    `Kills of ${nameOf(cell)}: in its band after ${medianOf(recovery, 'latencyBackAt')} (median; its 95 % interval: ${span}); ${back} of ${hit.length} were seen back, and ${hit.length} of ${recovery.trials.length} took effect.`,
  ]
}

/** A recovery that was not seen to end: how long it was watched for, at least; or that nothing is known of it. */
export function notSeenBack(cell: Cell, { recovery: { settle } }: CompareScale): readonly string[] {
  const { recovery } = cell
  // Of several the counts are told (`repeatedKills`).
  if (recovery === undefined || recovery.trials.length > 1) return []
  const { witnessedAt, latencyBackAt, latencyBackAfter } = killsOf(recovery)[0] ?? {}
  if (latencyBackAt !== undefined) return []
  const who = nameOf(cell)
  if (witnessedAt === undefined) {
    return [`${who}: nobody was seen to be killed, so nothing is known of a recovery.`]
  }
  return latencyBackAfter === undefined
    ? [
        `${who}: too little was seen before the kill or after it, so nothing is known of a recovery.`,
      ]
    : [
        `${who}: not seen back, and staying for ${formatDuration(STAYS)}, within the ${formatDuration(settle)} and more that a kill is watched.`,
      ]
}
