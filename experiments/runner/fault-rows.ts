/** Rows of `faults.csv`: each planned fault with its witness and the phases of its recovery. */
import type { Fault } from '../../engines/core/faults/fault.ts'
import { clockStart } from '../../engines/core/run-config.ts'
import type { Nanos, ProcessId } from '../../engines/core/units.ts'
import type { NewRow } from '../../results/writer.ts'
import { type TrialPlace, where, whose } from './trial-rows.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

export function faultRows(
  spec: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'faults'>[] {
  const clock = clockStart(spec)
  const since = (instant: Nanos | undefined) =>
    instant === undefined ? undefined : instant - clock
  return spec.faults.map((fault, index) => {
    const phases = outcome.recoveries?.[index] ?? {}
    const { witnessedAt, detectedAt, processingAt, backlogBackAt, latencyBackAt } = phases
    const isBack = witnessedAt !== undefined && latencyBackAt !== undefined
    return {
      ...whose(place),
      ...where(spec),
      fault: index + 1,
      kind: fault.kind,
      target: targetOf(fault, spec),
      // What waits for a moment has no instant that was planned.
      planned_at_ns: typeof fault.at === 'number' ? fault.at - clock : undefined,
      planned_until_ns: since(plannedEndOf(fault, spec)),
      witnessed_at_ns: since(witnessedAt),
      detected_at_ns: since(detectedAt),
      processing_at_ns: since(processingAt),
      backlog_back_at_ns: since(backlogBackAt),
      latency_back_at_ns: since(latencyBackAt),
      recovery_ns: isBack ? latencyBackAt - witnessedAt : undefined,
      witness: witnessedAt === undefined ? undefined : `fault-${fault.kind}`,
      // Of records as a whole there are no latencies.
      recovered: witnessedAt === undefined || spec.bounded ? undefined : isBack,
    }
  })
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
