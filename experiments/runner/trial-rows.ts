/** A trial's specification and outcome as rows of the tables of results. Pure: what was not measured is left out. */
import { LASTING_KEYS, STATE_KEYS } from '../../engines/core/metrics/state-keys.ts'
import { clockStart } from '../../engines/core/run-config.ts'
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
  /** Of an experiment that has several. */
  readonly arm?: string | undefined
  /** Largest resident set so far of the process that starts trials. */
  readonly coordinatorResidentBytesMax?: number | undefined
}

/** How a trial ended that has no outcome: it was interrupted, or its process died. */
export interface TrialEnd {
  readonly outcome: 'aborted' | 'failed'
  readonly reason: string
}

export function whose({ trialId, role, repeat }: TrialPlace) {
  return { trial_id: trialId, role, repeat }
}

export function where(spec: TrialSpec) {
  return {
    engine: spec.isNull ? 'null' : spec.engine,
    workload: spec.workload,
    world: spec.world,
    tick_ns: spec.tick,
    offered_records_per_s: spec.rate,
  }
}

/**
 * A trial as it ran: a live input is offered at the mean rate at which it arrived, and measured as long as it went on.
 * A bounded one took as long as its answer took, and one that was cut is measured up to there.
 */
export function asRun(
  spec: TrialSpec,
  { arrived, answered, cutAt, recordsAll }: TrialOutcome,
): TrialSpec {
  if (cutAt !== undefined) return { ...spec, measured: cutAt - clockStart(spec) - spec.warmup }
  if (answered !== undefined) {
    const rate = Math.max(1, Math.round((recordsAll * 1e9) / answered.elapsed))
    return { ...spec, rate, measured: answered.elapsed }
  }
  if (arrived === undefined) return spec
  const { duration } = arrived
  const rate = Math.max(1, Math.round((recordsAll * 1e9) / duration))
  return { ...spec, rate, measured: Math.max(spec.tick, duration - spec.warmup) }
}

/** Whether its engine takes checkpoints. */
export function takesCheckpoints({
  engine,
  timely,
}: Pick<TrialSpec, 'engine'> & { readonly timely: { readonly recovery?: string } }): boolean {
  const { recovery = 'none' } = timely
  return engine !== 'timely' || (recovery !== 'none' && recovery !== 'active-standby')
}

function factorsOf(spec: TrialSpec, place: TrialPlace) {
  const timely = spec.engine === 'timely'
  return {
    ...whose(place),
    ...where(spec),
    arm: place.arm,
    workload_parameters: JSON.stringify(spec.parameters),
    // Without state there are no updates to combine; of a plan of a user's own nobody knows.
    ...(['none', 'unknown'].includes(workloadNamed(spec.workload).state)
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
    ...(takesCheckpoints(spec)
      ? { checkpoint_interval_ns: (timely ? spec.timely : spec.dstream).checkpointInterval }
      : {}),
    replacement: spec.replacement,
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
  const { latency, sentLatency, closeLatency, lagSlope, stalls, counters } = outcome
  const spec = asRun(asked, outcome)
  const row: NewRow<'trials'> = {
    ...factorsOf(spec, place),
    throughput_records_per_s: known(outcome.processedPerSecond),
    output_updates_per_s:
      spec.measured === 0 ? undefined : outcome.rowsCommitted / (spec.measured / 1e9),
    ...(latency && {
      latency_ns_p50: latency.p50,
      latency_ns_p95: latency.p95,
      latency_ns_p99: latency.p99,
      latency_ns_p999: latency.p999,
      latency_ns_max: latency.max,
      latency_samples_records: latency.count,
    }),
    ...(sentLatency && {
      sent_latency_ns_p50: sentLatency.p50,
      sent_latency_ns_p99: sentLatency.p99,
    }),
    ...(closeLatency && {
      close_latency_ns_p50: closeLatency.p50,
      close_latency_ns_p99: closeLatency.p99,
      close_latency_ns_max: closeLatency.max,
    }),
    source_held_back_ns: outcome.arrived?.heldBackNs,
    source_held_back_ns_max: outcome.arrived?.heldBackNsMax,
    ...trendsOf(outcome),
    ...(lagSlope && {
      lag_slope_ns_per_s: lagSlope.estimate,
      lag_slope_ns_per_s_low: lagSlope.low,
      lag_slope_ns_per_s_high: lagSlope.high,
      lag_slope_thirds_ns_per_s: lagSlope.thirds,
    }),
    ticks_completed: outcome.ticksCompleted,
    ...exchangedOf(outcome),
    ...coordinationOf(spec.engine, counters),
    replicated_bytes: counters.replicatedBytes,
    checkpoints_durable: counters.checkpointsDurable,
    checkpoint_bytes: counters.checkpointBytes,
    logged_bytes: counters.loggedBytes,
    ...stateKeysOf(counters),
    ...cpuOf(spec, outcome),
    gc_share: outcome.gcShare,
    memory_bytes_max: known(outcome.memoryBytesMax),
    resident_bytes_max: known(outcome.residentBytesMax),
    run_resident_bytes_max: outcome.runResidentBytesMax,
    coordinator_resident_bytes_max: place.coordinatorResidentBytesMax,
    ...(stalls && { stall_ns_p99: stalls.p99, stall_ns_max: stalls.max }),
    stolen_share: outcome.stolenShare,
    stale_commits: outcome.staleCommits,
    oracle_ns: Math.round(outcome.oracleMs * 1e6),
    outcome: outcome.outcome,
    verdict: outcome.verdict,
    // What is wrong with an invalid run counts more than why it ended.
    reasons:
      outcome.verdict === 'invalid' || outcome.error === undefined
        ? outcome.reasons.join(' | ')
        : outcome.error,
  }
  // What arrives in bursts has a mean, and no rate to keep up with; a bounded input has none at all.
  const doubted =
    asked.input.live === undefined && !asked.bounded
      ? row
      : { ...row, offered_records_per_s: undefined }
  return { ...(asked.bounded ? doubted : row), warnings: doubtsAbout(doubted, context).join(' ') }
}

/** A measure that is never zero where it was taken. */
const known = (value: number): number | undefined => (value > 0 ? value : undefined)

function trendsOf({ trends = {} }: TrialOutcome) {
  const { lag, latency } = trends
  return {
    latency_trend: latency?.state,
    latency_trend_share: latency?.changeShare,
    lag_trend: lag?.state,
    lag_trend_share: lag?.changeShare,
  }
}

/** Workers come first, then the driver of an engine that has one, then the client that pushes. */
function cpuOf(spec: TrialSpec, { cpuNs, servicesCpuNs }: TrialOutcome) {
  const workers = cpuNs.slice(0, spec.workers)
  const driver = spec.engine === 'dstream' ? 1 : 0
  // A hole in the list would make a sum of some workers look like that of all.
  const all = workers.length === spec.workers && !workers.some((ns) => typeof ns !== 'number')
  return {
    cpu_ns_workers: all ? workers.reduce((sum, ns) => sum + ns, 0) : undefined,
    cpu_ns_worker_max: all ? Math.max(...workers) : undefined,
    cpu_ns_driver: driver === 1 ? numberOf(cpuNs[spec.workers]) : undefined,
    cpu_ns_client: spec.ingest === 'pushed' ? numberOf(cpuNs[spec.workers + driver]) : undefined,
    cpu_ns_supervisor: servicesCpuNs?.supervisor,
    cpu_ns_storage: servicesCpuNs?.storage,
    cpu_ns_source: servicesCpuNs?.source,
  }
}

/** Holes become nulls on the way through JSON. */
const numberOf = (value: number | null | undefined): number | undefined => value ?? undefined

/** The row of a trial that has none: counted, and without measures. */
export function endedTrialRow(
  spec: TrialSpec,
  { outcome, reason }: TrialEnd,
  place: TrialPlace,
): NewRow<'trials'> {
  return { ...factorsOf(spec, place), outcome, verdict: 'unknown', reasons: reason }
}

/**
 * What an engine exchanged between its workers, in one form for both; what an engine does not count is missing, and what a plan
 * without a key exchanges is zero. Of rows alone: a share of them with the headers of messages is none, and exceeds 1 where
 * messages carry little.
 */
export function exchangedOf({ counters }: Pick<TrialOutcome, 'counters'>) {
  const { dataRows, shuffleBytes, shuffleBytesRemote } = counters
  return {
    exchanged_rows: dataRows,
    exchanged_bytes: shuffleBytes,
    exchanged_remote_share:
      shuffleBytesRemote === undefined || shuffleBytes === undefined
        ? undefined
        : shuffleBytesRemote / Math.max(1, shuffleBytes),
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
  const { launchMessages, reports, launchBytes, controlBytes } = counters
  const sum = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
  return {
    progress_messages: sum(launchMessages, reports),
    progress_bytes: sum(launchBytes, controlBytes),
  }
}

/** Keys that states held, of a plan that has any; whether they became more and more (`state-unbounded`), where nothing bounds them. */
export function stateKeysOf(
  counters: TrialOutcome['counters'],
): Pick<NewRow<'trials'>, 'state_keys_max' | 'state_keys_trend'> {
  const quarters = LASTING_KEYS.flatMap((counter) => counters[counter] ?? [])
  const [first = 0, ...later] = quarters
  const last = quarters.at(-1) ?? 0
  const rises = later.every((keys, at) => keys > quarters[at]!) && last > 1.1 * first
  return {
    state_keys_max: counters[STATE_KEYS],
    state_keys_trend:
      quarters.length < LASTING_KEYS.length ? undefined : rises ? 'rising' : 'steady',
  }
}

/** Rows of `latency.csv`: named quantiles and the complementary distribution of each latency that was measured. */
export function latencyRows(
  asked: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'latency'>[] {
  const base = { ...whose(place), ...where(asRun(asked, outcome)) }
  const rowsOf = (
    of: NewRow<'latency'>['latency_of'],
    summary: LatencySummary,
  ): NewRow<'latency'>[] => {
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
    ...(outcome.stalls ? rowsOf('stall', outcome.stalls) : []),
  ]
}

/** Rows of `timeline.csv`: one for each interval. */
export function timelineRows(
  asked: TrialSpec,
  outcome: TrialOutcome,
  place: TrialPlace,
): NewRow<'timeline'>[] {
  const base = { ...whose(place), ...where(asRun(asked, outcome)) }
  return (outcome.timeline ?? []).map((entry) => ({
    ...base,
    at_ns: entry.at,
    interval_ns: entry.interval,
    throughput_records_per_s: entry.recordsPerSecond,
    latency_ns_p50: entry.p50,
    latency_ns_p99: entry.p99,
    latency_ns_max: entry.max,
    lag_ns: entry.lag,
    backlog_records: entry.backlogRecords,
    processing_ns: entry.processing,
    scheduling_delay_ns: entry.schedulingDelay,
    resident_bytes_max: entry.residentBytesMax,
    generation: entry.generation,
  }))
}
