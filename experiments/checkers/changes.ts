/**
 * Changes of the workers: did those that were planned come about? A run that completes without one has not shown what it was to
 * show, as one without a fault that was planned.
 *
 * The world tells who joins and who leaves. A change has come about when, at its instant or after, one of those whom it asks for did;
 * changes come in their order. Who was killed does not leave any more. Of a run that did not complete there is a doubt already;
 * one that was cut had no time for what was to come.
 */
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { ResizeStep, RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { Findings } from './verdict.ts'

export function checkChanges(
  { outcome, cutAt, history }: Pick<RunRecord, 'outcome' | 'cutAt' | 'history'>,
  { resize }: Pick<RunConfig, 'resize'>,
  findings: Findings,
): void {
  if (outcome !== 'completed' || cutAt !== undefined || resize === undefined) return
  let before = resize.from
  let seen = 0
  for (const step of resize.steps) {
    const change = { step, before }
    const place = history.findIndex((event, at) => at >= seen && isOf(event, change))
    if (place >= 0) seen = place + 1
    else if (!history.some((event) => hasKilled(event, change))) {
      findings.fault('no-effect', () => {
        return `a change that was planned did not come about: ${before} to ${step.workers} workers at ${step.at} ns`
      })
    }
    before = step.workers
  }
}

interface Change {
  readonly step: ResizeStep
  /** How many workers there were. */
  readonly before: number
}

function isOf({ at, event, fields }: HistoryEvent, change: Change): boolean {
  const { step, before } = change
  const joins = step.workers > before
  return (
    event === (joins ? 'worker-joined' : 'worker-left') &&
    at >= step.at &&
    isAmong(Number(fields.process), change)
  )
}

/** Somebody who was to leave. */
function hasKilled({ at, event, fields }: HistoryEvent, change: Change): boolean {
  const { step, before } = change
  const wasToLeave = step.workers < before && isAmong(Number(fields.process), change)
  return event === 'fault-kill' && fields.witnessed === true && at <= step.at && wasToLeave
}

function isAmong(process: number, { step, before }: Change): boolean {
  return process >= Math.min(step.workers, before) && process < Math.max(step.workers, before)
}
