/**
 * Rows of `faults.csv`: each planned fault with its witness and the phases of its recovery; and what is planned and is no fault,
 * a burst of the input and workers that join or leave.
 */
import type { Fault } from '../../engines/core/faults/fault.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { Nanos, ProcessId } from '../../engines/core/units.ts'
import type { NewRow } from '../../results/writer.ts'
import { changeEvent } from './change-phases.ts'
import type { FaultPhases } from './recovery-phases.ts'
import { type TrialPlace, where, whose } from './trial-rows.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

export function faultRows(
  spec: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'faults'>[] {
  const since = sinceClock(spec)
  const rows = spec.faults.map((fault, index) => {
    const phases = outcome.recoveries?.[index] ?? {}
    return {
      ...whose(place),
      ...where(spec),
      fault: index + 1,
      kind: fault.kind,
      target: targetOf(fault, spec),
      // What waits for a moment has no instant that was planned.
      planned_at_ns: typeof fault.at === 'number' ? since(fault.at) : undefined,
      planned_until_ns: since(plannedEndOf(fault, spec)),
      ...phasesRow(phases, spec),
      witness: phases.witnessedAt === undefined ? undefined : `fault-${fault.kind}`,
    }
  })
  const changes = [...burstRows(spec, outcome), ...resizeRows(spec, outcome)].map((row, index) => ({
    ...whose(place),
    ...where(spec),
    fault: rows.length + index + 1,
    ...row,
  }))
  return [...rows, ...changes]
}

function burstRows(spec: TrialSpec, outcome: TrialOutcome) {
  const { burst } = spec
  const since = sinceClock(spec)
  return burst === undefined
    ? []
    : [
        {
          kind: 'burst',
          target: 'input',
          planned_at_ns: since(burst.from),
          planned_until_ns: since(burst.until),
          ...phasesRow(outcome.burst ?? {}, spec),
          witness: outcome.burst === undefined ? undefined : 'the schedule of the input',
        },
      ]
}

function resizeRows(spec: TrialSpec, { resizes = [] }: TrialOutcome) {
  const { from = 0, steps = [] } = spec.resize ?? {}
  const since = sinceClock(spec)
  return steps.map(({ at, workers }, place) => {
    const before = steps[place - 1]?.workers ?? from
    const joins = workers > before
    const phases = resizes[place] ?? {}
    return {
      kind: joins ? 'join' : 'leave',
      target: `${before} to ${workers} workers`,
      planned_at_ns: since(at),
      planned_until_ns: undefined,
      ...phasesRow(phases, spec),
      witness: phases.witnessedAt === undefined ? undefined : changeEvent(joins),
    }
  })
}

function phasesRow(phases: FaultPhases, spec: TrialSpec) {
  const since = sinceClock(spec)
  const { witnessedAt, detectedAt, processingAt, backlogBackAt, latencyBackAt } = phases
  const isBack = witnessedAt !== undefined && latencyBackAt !== undefined
  return {
    witnessed_at_ns: since(witnessedAt),
    detected_at_ns: since(detectedAt),
    processing_at_ns: since(processingAt),
    backlog_back_at_ns: since(backlogBackAt),
    latency_back_at_ns: since(latencyBackAt),
    restored_tick_ns: since(phases.restoredTick),
    // No lower bound: a median of the column would be the shorter, the more were not seen back.
    recovery_ns: isBack ? latencyBackAt - witnessedAt : undefined,
    // Of records as a whole there are no latencies.
    recovered: witnessedAt === undefined || spec.bounded ? undefined : isBack,
  }
}

function sinceClock(spec: TrialSpec): (instant: Nanos | undefined) => Nanos | undefined {
  const clock = clockStart(spec)
  return (instant) => (instant === undefined ? undefined : instant - clock)
}

/** Processes of a run: workers, the driver of an engine that has one, the client of pushed input. */
export function processName(
  { engine, workers }: Pick<TrialSpec, 'engine' | 'workers'>,
  process: ProcessId,
): string {
  if (process < workers) return `worker ${process}`
  return process === workers && engine === 'dstream' ? 'driver' : 'client'
}

export function targetOf(fault: Fault, spec: TrialSpec): string {
  if ('process' in fault) return processName(spec, fault.process)
  if (fault.kind === 'storage') return `storage, ${fault.what}`
  return fault.links
    .map(({ from, to }) => `${processName(spec, from)} > ${processName(spec, to)}`)
    .join(', ')
}

/** Where it was to end; nothing of what lasts as long as the run may. */
function plannedEndOf(fault: Fault, spec: TrialSpec): Nanos | undefined {
  if (!('length' in fault) || typeof fault.at !== 'number') return undefined
  const end = fault.at + fault.length
  const deadline = clockStart(spec) + spec.warmup + spec.measured + spec.grace
  return end < deadline ? end : undefined
}
