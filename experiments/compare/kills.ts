/** What killed workers came to, in words: of each engine's trials in which one was killed. */
import { formatDuration } from '../cli/options.ts'
import { isHit, lengthTo, medianTo, NEVER, spanText } from '../faults/phases.ts'
import { type FaultPhases, STAYS } from '../runner/recovery-phases.ts'
import { medianInterval } from '../statistics/bootstrap.ts'
import type { CompareScale } from './cases.ts'
import type { Cell, LoadPoint } from './cell.ts'

/** Equal times give equal intervals. */
const SEED = 1

const nameOf = ({ compareCase, engine }: Cell): string => `${engine} on ${compareCase.label}`

/** What each kill came to. */
const killsOf = ({ trials }: LoadPoint): readonly FaultPhases[] =>
  trials.flatMap(({ outcome }) => outcome.recoveries ?? [])

/**
 * From a kill until latency was back in its band; `≥ 4.9s` where that was not seen: it took at least so long. Nothing of a case in
 * which nobody is killed.
 */
export function backText({ recovery }: Cell): string | undefined {
  if (recovery === undefined) return undefined
  return medianTo(killsOf(recovery).filter(isHit), 'latencyBackAt')
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
    `Kills of ${nameOf(cell)}: back after ${backText(cell)} (median; its 95 % interval: ${span}); ${back} of ${hit.length} were seen back, and ${hit.length} of ${recovery.trials.length} took effect.`,
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
