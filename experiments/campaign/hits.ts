/** Faults that took effect in a run, by what they are: what a campaign must have seen of each kind. */
import type { Fault, FaultPlan } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import { tookEffect } from '../checkers/faults.ts'

export const HIT_NAMES = [
  'kill',
  'pause',
  'slow',
  'contend',
  'delay',
  'drop',
  'duplicate',
  'reorder',
  'split',
  'skew',
  'slow storage',
  'full storage',
  'torn storage',
  'lost storage',
  'during checkpoint',
  'during recovery',
  'before-acknowledgement',
  'after-acknowledgement',
] as const

export type HitName = (typeof HIT_NAMES)[number]

export function hitsOf(faults: FaultPlan, history: readonly HistoryEvent[]): readonly HitName[] {
  return faults.flatMap((fault, index) => (tookEffect(history, fault, index) ? namesOf(fault) : []))
}

function namesOf(fault: Fault): readonly HitName[] {
  const name: HitName = fault.kind === 'storage' ? `${fault.what} storage` : fault.kind
  if (typeof fault.at === 'number') return [name]
  const { on } = fault.at
  const moment: HitName = on === 'checkpoint' || on === 'recovery' ? `during ${on}` : on
  return [name, moment]
}
