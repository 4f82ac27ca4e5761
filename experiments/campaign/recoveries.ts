/** What happened in the recoveries of a run, as its history tells: the rare ways in which one meets another. */
import { eventsOf } from '../../engines/core/conformance/scenario.ts'
import type { FaultPlan } from '../../engines/core/faults/fault.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { ProcessId } from '../../engines/core/units.ts'
import { leavingsOf } from './drawn-resize.ts'

type Told = Pick<RunRecord, 'history'>

/** Timely: a new generation while workers still went back to a checkpoint, or waited for those that do. */
export function rolledBackAgain({ history }: Told): boolean {
  const goingBack = new Set<ProcessId>()
  for (const { event, process } of history) {
    if (event === 'rollback-began' || event === 'takeover-began') goingBack.add(process)
    else if (event === 'rollback-ended' || event === 'takeover-ended') goingBack.delete(process)
    else if (event === 'generation-issued' && goingBack.size > 0) return true
  }
  return false
}

/** D-Stream: a new generation while what the last one had lost was made again. */
export function recomputedAgain({ history }: Told): boolean {
  let isPlanned = false
  for (const { event } of history) {
    if (event === 'recovery-planned') isPlanned = true
    else if (event === 'recovery-completed') isPlanned = false
    else if (event === 'generation-issued' && isPlanned) return true
  }
  return false
}

/** A process was paused, and another life of it had begun when it went on. */
export function hadZombie(record: RunRecord, faults: FaultPlan): boolean {
  const ends = eventsOf(record, 'fault-ended')
  return eventsOf(record, 'fault-pause').some(({ at: from, fields: paused }) => {
    const fault = faults[Number(paused.fault)]
    const end = ends.find(({ fields }) => fields.fault === paused.fault)
    // One that the run's end has ended did not go on.
    if (fault?.kind !== 'pause' || end === undefined || end.at < from + fault.length) return false
    return record.history.some(
      ({ process, incarnation, at }) =>
        process === paused.process && incarnation > Number(paused.incarnation) && at <= end.at,
    )
  })
}

/** A place was committed again, by who did not know that it had been. */
export function committedAgain({ commits }: Pick<RunRecord, 'commits'>): boolean {
  const made = new Set<string>()
  for (const { output, partition, tick } of commits) {
    const place = `${output} ${partition} ${tick}`
    if (made.has(place)) return true
    made.add(place)
  }
  return false
}

export function lostDriverInRecovery(
  { history }: Told,
  { engine, workers }: Pick<RunConfig, 'engine' | 'workers'>,
): boolean {
  if (engine !== 'dstream') return false
  let isRecovering = false
  for (const { event, fields } of history) {
    if (event === 'generation-issued') isRecovering = true
    else if (event === 'recovery-completed') isRecovering = false
    else if (event === 'fault-kill' && fields.process === workers && isRecovering) {
      return fields.witnessed === true
    }
  }
  return false
}

/** Timely: a checkpoint was passed over, and an older one was gone back to. */
export function passedOver(record: RunRecord): boolean {
  const passed = new Set(
    eventsOf(record, 'checkpoint-unusable').map(({ fields }) => fields.generation),
  )
  return eventsOf(record, 'rollback-ended').some(
    ({ fields }) => passed.has(fields.generation) && Number(fields.tick) > 0,
  )
}

/** A worker was hit that its run's plan of changes had asked to leave, and it had not left yet. */
export function hitAsItLeft(
  { history }: Told,
  { resize }: Pick<RunConfig, 'resize'>,
  kind: 'kill' | 'pause',
): boolean {
  if (resize === undefined) return false
  const hits = history.filter(
    ({ event, fields }) => event === `fault-${kind}` && fields.witnessed === true,
  )
  return leavingsOf(resize).some(({ at: due, before, workers }) =>
    hits.some(({ at, fields }) => {
      const worker = Number(fields.process)
      const left = history.find(
        (other) =>
          other.event === 'worker-left' && other.fields.process === worker && other.at >= due,
      )
      const isLeaving = worker >= workers && worker < before
      return isLeaving && at >= due && at <= (left?.at ?? Number.POSITIVE_INFINITY)
    }),
  )
}
