/**
 * Faults: did those that were planned take effect? A run that completes though one did not has not shown what it was to show.
 *
 * A fault's witnesses are events of the world (`engines/core/faults/fault.ts`): one when it began, with whether there was
 * something to hit; of one that lasts a second when it ended, with how many steps, frames or requests it changed. Of a run that
 * did not complete there is a doubt already: what was to come later had no time. Nor had it in a run that was cut.
 */
import type { Fault } from '../../engines/core/faults/fault.ts'
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import type { Findings } from './verdict.ts'

export function checkFaults(
  { outcome, cutAt, history }: Pick<RunRecord, 'outcome' | 'cutAt' | 'history'>,
  faults: Trial['faults'],
  findings: Findings,
): void {
  if (outcome !== 'completed' || cutAt !== undefined) return
  for (const [index, fault] of faults.entries()) {
    const why = whyWithout(fault, witnessesOf(history, index))
    if (why === undefined) continue
    findings.fault(
      'no-effect',
      () => `a fault that was planned did not take effect: ${textOf(fault)}, ${why}`,
    )
  }
}

/** The world's events of a fault, by its place in the plan. */
export function witnessesOf(
  history: readonly HistoryEvent[],
  index: number,
): readonly HistoryEvent[] {
  return history.filter(({ event, fields }) => event.startsWith('fault-') && fields.fault === index)
}

/** Whether a fault of a plan took effect, by its place there. */
export function tookEffect(history: readonly HistoryEvent[], fault: Fault, index: number): boolean {
  return whyWithout(fault, witnessesOf(history, index)) === undefined
}

/** Why a fault had no effect; undefined if it had one. */
function whyWithout(fault: Fault, witnesses: readonly HistoryEvent[]): string | undefined {
  const begun = witnesses.filter(({ event }) => event === `fault-${fault.kind}`)
  if (begun.length === 0) return 'it never began'
  if (!begun.some(({ fields }) => fields.witnessed === true)) return 'there was nothing to hit'
  if (!('length' in fault)) return undefined
  const hits = witnesses.filter(({ event }) => event === 'fault-ended').map(hitsOf)
  return hits.some((count) => count > 0) ? undefined : 'it changed nothing'
}

function hitsOf({ fields }: HistoryEvent): number {
  return Number(fields.hits)
}

function textOf(fault: Fault): string {
  const whom =
    'process' in fault
      ? `process ${fault.process}`
      : 'links' in fault
        ? `links ${fault.links.map(({ from, to }) => `${from} > ${to}`).join(', ')}`
        : `storage, ${fault.what}`
  const when = typeof fault.at === 'number' ? `at ${fault.at} ns` : `${fault.at.on}`
  return `${fault.kind} of ${whom} (${when})`
}
