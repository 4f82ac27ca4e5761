/** A trial's specification and outcome as rows of the tables of results. Pure: what was not measured is left out. */
import type { Fault } from '../../engines/core/faults/fault.ts'
import type { NewRow } from '../../results/writer.ts'
import { workloadNamed } from '../../workloads/index.ts'
import type { LatencySummary, TrialOutcome, TrialSpec } from './trial-spec.ts'
import { doubtsAbout, type TrialContext } from './warnings.ts'

export interface TrialPlace {
  readonly trialId: string
  readonly role: NewRow<'trials'>['role']
  readonly repeat: number
  readonly repeats: number
  readonly clockResolutionNs: number
}

/** How a trial ended that has no outcome: it was interrupted, or its process died. */
export interface TrialEnd {
  readonly outcome: 'aborted' | 'failed'
  readonly reason: string
}

function whose({ trialId, role, repeat }: TrialPlace) {
  return { trial_id: trialId, role, repeat }
}

function where(spec: TrialSpec) {
  return {
    engine: spec.engine,
    workload: spec.workload,
    world: spec.world,
    tick_ns: spec.tick,
    offered_records_per_s: spec.rate,
  }
}

/**
 * A trial as it ran: a live input is offered at the mean rate at which it arrived, and measured as long as it went on.
 */
export function asRun(spec: TrialSpec, { arrived, recordsAll }: TrialOutcome): TrialSpec {
  if (arrived === undefined) return spec
  const { duration } = arrived
  const rate = Math.max(1, Math.round((recordsAll * 1e9) / duration))
  return { ...spec, rate, measured: Math.max(spec.tick, duration - spec.warmup) }
}

function factorsOf(spec: TrialSpec, place: TrialPlace) {
  const timely = spec.engine === 'timely'
  const checkpoints = timely ? spec.timely.recovery === 'checkpoint' : true
  return {
    ...whose(place),
    ...where(spec),
    workload_parameters: JSON.stringify(spec.parameters),
    // Without state there are no updates to combine.
    ...(workloadNamed(spec.workload).state === 'none'
      ? {}
      : { class: 'per-tick combined' as const }),
    ...(spec.world === 'simulated' ? { scale: spec.simulation?.scale ?? 1 } : {}),
    workers: spec.workers,
    partitions: spec.partitions,
    ...(timely ? { flush_interval_ns: spec.timely.flushInterval } : {}),
    ingest: spec.ingest ?? 'log',
    kernels: spec.kernels,
    digests: spec.digests,
    recovery: timely ? spec.timely.recovery : 'lineage',
    ...(checkpoints
      ? { checkpoint_interval_ns: (timely ? spec.timely : spec.dstream).checkpointInterval }
      : {}),
    warmup_ns: spec.warmup,
    measured_ns: spec.measured,
    seed: spec.seed,
    repeats: place.repeats,
    clock_resolution_ns: spec.world === 'threads' ? place.clockResolutionNs : undefined,
  }
}

/** The row of a trial that has an outcome. */
export function trialRow(
  asked: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
  context: TrialContext,
): NewRow<'trials'> {
  const { latency, closeLatency, lagSlope, counters, cpuNs } = outcome
  const spec = asRun(asked, outcome)
  const row: NewRow<'trials'> = {
    ...factorsOf(spec, place),
    throughput_records_per_s: outcome.processedPerSecond,
    output_updates_per_s: outcome.rowsCommitted / (spec.measured / 1e9),
    ...(latency && {
      latency_ns_p50: latency.p50,
      latency_ns_p95: latency.p95,
      latency_ns_p99: latency.p99,
      latency_ns_p999: latency.p999,
      latency_ns_max: latency.max,
      latency_samples_records: latency.count,
    }),
    ...(closeLatency && {
      close_latency_ns_p50: closeLatency.p50,
      close_latency_ns_p99: closeLatency.p99,
      close_latency_ns_max: closeLatency.max,
    }),
    ...(lagSlope && {
      lag_slope_ns_per_s: lagSlope.estimate,
      lag_slope_ns_per_s_low: lagSlope.low,
      lag_slope_ns_per_s_high: lagSlope.high,
    }),
    ticks_completed: outcome.ticksCompleted,
    ...exchangedOf(outcome),
    ...coordinationOf(spec.engine, counters),
    checkpoint_bytes: counters.checkpointBytes,
    ...cpuOf(spec, cpuNs),
    memory_bytes_max: outcome.memoryBytesMax,
    resident_bytes_max: outcome.residentBytesMax,
    oracle_ns: Math.round(outcome.oracleMs * 1e6),
    outcome: outcome.outcome,
    verdict: outcome.verdict,
    reasons: outcome.error ?? outcome.reasons.join(' | '),
  }
  // What arrives in bursts has a mean, and no rate to keep up with.
  const doubted =
    asked.input.live === undefined ? row : { ...row, offered_records_per_s: undefined }
  return { ...row, warnings: doubtsAbout(doubted, context).join(' ') }
}

/** Workers come first, then the driver of an engine that has one, then the client that pushes. */
function cpuOf(spec: TrialSpec, cpuNs: TrialOutcome['cpuNs']) {
  const sum = (part: readonly number[]): number => part.reduce((all, ns) => all + (ns ?? 0), 0)
  const driver = spec.engine === 'dstream' ? 1 : 0
  const rest = cpuNs.slice(spec.workers + driver)
  return {
    cpu_ns_workers: sum(cpuNs.slice(0, spec.workers)),
    cpu_ns_driver: driver === 1 ? cpuNs[spec.workers] : undefined,
    cpu_ns_other: rest.length > 0 ? sum(rest) : undefined,
  }
}

/** The row of a trial that has none: counted, and without measures. */
export function endedTrialRow(
  spec: TrialSpec,
  { outcome, reason }: TrialEnd,
  place: TrialPlace,
): NewRow<'trials'> {
  return { ...factorsOf(spec, place), outcome, verdict: 'unknown', reasons: reason }
}

/** What an engine exchanged between its workers, in one form for both; what an engine does not count is missing. */
export function exchangedOf({ counters }: Pick<TrialOutcome, 'counters'>) {
  const { dataRows, dataBytes, dataBytesRemote, shuffleBytes } = counters
  return {
    exchanged_rows: dataRows,
    exchanged_bytes: shuffleBytes ?? dataBytes,
    exchanged_remote_share:
      dataBytesRemote !== undefined && shuffleBytes ? dataBytesRemote / shuffleBytes : undefined,
  }
}

/** Messages by which an engine coordinates: timely's progress updates, the driver's launches and the workers' reports. */
export function coordinationOf(
  engine: TrialSpec['engine'],
  counters: TrialOutcome['counters'],
): Pick<NewRow<'trials'>, 'progress_messages' | 'progress_bytes'> {
  if (engine === 'timely') {
    return {
      progress_messages: counters.progressMessages,
      progress_bytes: counters.progressBytes,
    }
  }
  const { launchMessages = 0, reports = 0, launchBytes = 0, controlBytes = 0 } = counters
  return { progress_messages: launchMessages + reports, progress_bytes: launchBytes + controlBytes }
}

/** Rows of `latency.csv`: named quantiles and the complementary distribution of each latency that was measured. */
export function latencyRows(
  asked: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'latency'>[] {
  const base = { ...whose(place), ...where(asRun(asked, outcome)) }
  const rowsOf = (of: 'record' | 'close', summary: LatencySummary): NewRow<'latency'>[] => {
    const row = (point: 'quantile' | 'ccdf', share: number, latency: number) => ({
      ...base,
      latency_of: of,
      point,
      above_share: share,
      latency_ns: latency,
      samples_records: summary.count,
    })
    return [
      row('quantile', 0.5, summary.p50),
      row('quantile', 0.1, summary.p90),
      row('quantile', 0.05, summary.p95),
      row('quantile', 0.01, summary.p99),
      row('quantile', 0.001, summary.p999),
      row('quantile', 0, summary.max),
      ...summary.ccdf.map(([latency, share]) => row('ccdf', share, latency)),
    ]
  }
  return [
    ...(outcome.latency ? rowsOf('record', outcome.latency) : []),
    ...(outcome.closeLatency ? rowsOf('close', outcome.closeLatency) : []),
  ]
}

/** Rows of `faults.csv`: each planned fault with its witness. The phases of recovery are left to experiments on recovery. */
export function faultRows(
  spec: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'faults'>[] {
  const history = outcome.history ?? []
  const eventAfter = (event: string, { at }: Fault) =>
    history.find((candidate) => candidate.event === event && candidate.at >= at)
  return spec.faults.map((fault, index) => ({
    ...whose(place),
    ...where(spec),
    fault: index + 1,
    kind: fault.kind,
    target: `worker ${fault.process}`,
    planned_at_ns: fault.at,
    witnessed_at_ns: eventAfter('fault-kill', fault)?.at,
    detected_at_ns: eventAfter('worker-suspected', fault)?.at,
    witness: eventAfter('fault-kill', fault) ? 'fault-kill' : undefined,
  }))
}
