/**
 * Runs one trial and turns its record into an outcome: verdict, latencies, pace, counters.
 *
 * Everything that is computed here is computed after the run, from commits and the due sequence; nothing is measured
 * per record. The verdict comes first: what is said of an invalid run is only why.
 */
import { arrivedSchedule } from '../../engines/core/input/live-input.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import type { Histogram } from '../../engines/core/metrics/histogram.ts'
import { latenciesOf, visibleOnOf } from '../../engines/core/metrics/latency.ts'
import {
  type ExpectedCommits,
  expectedCommits,
} from '../../engines/core/output/expected-commits.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import { clockStart, type RunConfig } from '../../engines/core/run-config.ts'
import type { PoolBytes, RunRecord, System, Trial } from '../../engines/core/system.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { simulatedSystem } from '../../engines/core/world/simulated/simulated-system.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { engineOf } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { textFile } from '../../workloads/input/text-file.ts'
import { judge } from '../checkers/output.ts'
import { slopeInterval } from '../statistics/slope.ts'
import { hashOfCommits, lastRows } from './committed.ts'
import { type CompletedTick, completedTicks } from './completed-ticks.ts'
import { sampledRate, simulationOptions } from './simulation-spec.ts'
import type { LatencySummary, TrialOutcome, TrialSpec } from './trial-spec.ts'

/** What a trial's options are when nobody names them. */
export const TRIAL_DEFAULTS = {
  timely: {
    recovery: 'none',
    checkpointInterval: seconds(10),
    accumulation: 'local',
    flushInterval: milliseconds(10),
  },
  dstream: {
    checkpointInterval: seconds(10),
    batchesInFlightMax: 4,
    blockStoreBytesMax: 64 * 1024 * 1024,
  },
  detector: { heartbeat: milliseconds(100), timeout: milliseconds(1_000) },
} as const satisfies Pick<RunConfig, 'timely' | 'dstream' | 'detector'>

/** A worker that was given its memory uses half of it for blocks: below what a window holds, every batch would spill. */
function blockStoreOf({ workerMemoryBytes }: TrialSpec): Partial<RunConfig['dstream']> {
  return workerMemoryBytes === undefined
    ? {}
    : { blockStoreBytesMax: Math.floor(workerMemoryBytes / 2) }
}

export function configOf(spec: TrialSpec): RunConfig {
  const past = spec.history?.duration ?? 0
  return {
    engine: spec.engine,
    plan: workloadNamed(spec.workload).plan(spec.parameters),
    workers: spec.workers,
    partitions: spec.partitions,
    tick: spec.tick,
    input: {
      rate: sampledRate(spec.rate, spec.simulation),
      duration: past + spec.warmup + spec.measured,
      ...(spec.history
        ? {
            history: {
              ...spec.history,
              rate: sampledRate(spec.history.rate, spec.simulation),
            },
          }
        : {}),
    },
    ...(spec.ingest ? { ingest: spec.ingest } : {}),
    seed: spec.seed,
    kernels: spec.kernels,
    keepRows: (spec.showRows ?? 0) > 0,
    digests: spec.digests,
    replacement: spec.replacement,
    detector: spec.detector,
    timely: { ...TRIAL_DEFAULTS.timely, ...spec.timely },
    dstream: { ...TRIAL_DEFAULTS.dstream, ...blockStoreOf(spec), ...spec.dstream },
  }
}

function systemOf(spec: TrialSpec): System {
  const { world, workerMemoryBytes } = spec
  if (world === 'simulated') {
    return simulatedSystem(engineOf, (dataflow) => simulationOptions(spec, dataflow))
  }
  return threadsSystem(workerMemoryBytes ? { workerRegionBytes: workerMemoryBytes } : {})
}

/** Runs the trial in this process. Errors: what cannot be started throws; what ends badly is the outcome's. */
export async function runTrial(spec: TrialSpec): Promise<TrialOutcome> {
  const config = configOf(spec)
  const workload = workloadNamed(spec.workload)
  const { pool, linesNotUtf8 } = inputOf(spec)
  const { live } = spec.input
  const trial: Trial = {
    config,
    pool,
    ...(live ? { input: live } : {}),
    faults: spec.faults,
    deadline: config.input.duration + spec.grace,
  }
  const record = await systemOf(spec).run(trial)
  const residentBytesMax = record.residentBytesMax ?? process.resourceUsage().maxRSS * 1024
  const dataflow = buildDataflow(await loadPlan(config.plan))
  const outputs = expectedCommits(dataflow, config)
  const ended = endedConfig(config, record)
  const judgedAt = process.cpuUsage()
  const verdict = judge(
    record,
    { ...trial, config: ended },
    outputs,
    workload.oracle(spec.parameters),
  )
  const { user, system } = process.cpuUsage(judgedAt)
  return {
    outcome: record.outcome,
    ...(record.error ? { error: record.error.message } : {}),
    ...errorCodeOf(record.error),
    verdict: verdict.state,
    reasons:
      verdict.state === 'valid'
        ? []
        : verdict.reasons.map(
            ({ kind, count, examples }) => `${kind} × ${count}: ${examples.join('; ')}`,
          ),
    ...measuresOf(record, { spec, config: ended, dataflow, outputs }),
    residentBytesMax,
    ...(record.traceHash ? { traceHash: record.traceHash } : {}),
    commitsHash: hashOfCommits(record.commits),
    ...arrivedOf(record),
    ...(linesNotUtf8 > 0 ? { inputLinesNotUtf8: linesNotUtf8 } : {}),
    ...(spec.showRows ? { rows: lastRows(record.rows, spec.showRows) } : {}),
    ...(spec.keepHistory ? { history: record.history } : {}),
    oracleMs: (user + system) / 1_000,
  }
}

/** A live run ended with its input. */
function endedConfig(config: RunConfig, { input }: RunRecord): RunConfig {
  return input === undefined ? config : { ...config, input: { rate: 0, duration: input.duration } }
}

function arrivedOf({ input }: RunRecord): Pick<TrialOutcome, 'arrived' | 'inputLinesNotUtf8'> {
  if (input === undefined) return {}
  const { duration, resumes, linesNotUtf8 } = input
  return {
    arrived: { duration, resumes },
    ...(linesNotUtf8 > 0 ? { inputLinesNotUtf8: linesNotUtf8 } : {}),
  }
}

function inputOf({ input }: TrialSpec): { pool: PoolBytes; linesNotUtf8: number } {
  if (input.live !== undefined) return { pool: poolBytesOf([]), linesNotUtf8: 0 }
  if (input.kind === 'file' && input.path !== undefined) return textFile(input.path)
  return { pool: makeInput(input.kind, input), linesNotUtf8: 0 }
}

/** By its field and not by its class: an error that came from a thread is a copy without one. */
function errorCodeOf(error: Error | undefined): Pick<TrialOutcome, 'errorCode'> {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? { errorCode: code } : {}
}

interface Measured {
  readonly spec: TrialSpec
  readonly config: RunConfig
  readonly dataflow: Dataflow
  readonly outputs: readonly ExpectedCommits[]
}

function measuresOf(record: RunRecord, measured: Measured) {
  const { spec, config, dataflow, outputs } = measured
  const { output, partitions, period } = outputs[0]!
  const start = clockStart(config.input) + spec.warmup
  const schedule = record.input
    ? arrivedSchedule(record.input, config.partitions)
    : createInputLog(config, { bytes: 0, offsets: 0, records: 1 })
  const dueBefore = (instant: Nanos): number => {
    let sum = 0
    for (let p = 0; p < config.partitions; p++) sum += schedule.dueBefore(p, instant)
    return sum
  }
  const { records, closes, recordsLost } = latenciesOf({
    commits: record.commits,
    output,
    visibleOn: visibleOnOf(dataflow, output),
    partitions,
    period,
    schedule,
    from: start,
    to: config.input.duration,
  })
  const completed = completedTicks(record.commits, output, partitions.length)
  const clock = clockStart(config.input)
  const counters: Record<string, number> = {}
  const cpuNs: number[] = []
  let memoryBytesMax = 0
  for (const life of record.processes) {
    for (const [name, value] of Object.entries(life.counters)) {
      // A sum of the processes' largest values would be nobody's.
      counters[name] = name.endsWith('Max')
        ? Math.max(counters[name] ?? 0, value)
        : (counters[name] ?? 0) + value
    }
    cpuNs[life.process] = (cpuNs[life.process] ?? 0) + (life.cpuNs ?? 0)
    memoryBytesMax += life.memoryBytesMax
  }
  const first = record.commits.filter(({ tick }) => tick > start)
  return {
    recordsMeasured: dueBefore(config.input.duration) - dueBefore(start),
    recordsAll: dueBefore(config.input.duration),
    ticksCompleted: completed.length,
    processedPerSecond:
      // What exceeds the offered rate is catching up on a backlog, not throughput.
      Math.min(
        spec.input.live === undefined ? spec.rate : Number.POSITIVE_INFINITY,
        paceOf(completed, { clock, start }, dueBefore) * (spec.simulation?.scale ?? 1),
      ),
    ...(records.count > 0 && recordsLost === 0 ? { latency: summaryOf(records) } : {}),
    ...(period > config.tick && closes.count > 0 ? { closeLatency: summaryOf(closes) } : {}),
    ...lagSlopeOf(
      completed.filter(({ tick }) => tick > start),
      spec.seed,
    ),
    rowsCommitted: first.reduce((sum, { rows }) => sum + rows, 0),
    counters,
    cpuNs,
    memoryBytesMax,
  }
}

/**
 * Records per second that became visible after the warm-up's end: the lesser of two estimates, since each flatters once.
 *
 * From commit to commit, an engine that had fallen behind and then commits many ticks at once would show its pace of
 * catching up. From the warm-up's end by wall time, a tick that becomes visible just after it counts whole, though
 * most of it was due before.
 */
function paceOf(
  completed: readonly CompletedTick[],
  { clock, start }: { readonly clock: Nanos; readonly start: Nanos },
  dueBefore: (instant: Nanos) => number,
): number {
  const last = completed.at(-1)
  if (last === undefined || last.tick <= clock) return 0
  const between = (from: CompletedTick): number =>
    ((dueBefore(last.tick) - dueBefore(from.tick)) / (last.visibleAt - from.visibleAt)) * 1e9
  const from = last.visibleAt > start ? start : clock
  const before = completed.findLast(({ visibleAt }) => visibleAt <= from)?.tick ?? 0
  const byWall = between({ tick: before, visibleAt: from })
  const first = completed.find(({ tick, visibleAt }) => tick > clock && visibleAt >= start)
  return first === undefined || first.tick === last.tick ? byWall : Math.min(byWall, between(first))
}

/** Fitting more points than this tells no more and costs much. */
const SLOPE_POINTS_MAX = 400
/** With fewer, an interval of the slope says nothing: of three batches two may rise by chance. */
const SLOPE_POINTS_MIN = 5

function lagSlopeOf(ticks: readonly CompletedTick[], seed: number): Pick<TrialOutcome, 'lagSlope'> {
  const stride = Math.max(1, Math.ceil(ticks.length / SLOPE_POINTS_MAX))
  const points = ticks.filter((_, index) => index % stride === 0)
  if (points.length < SLOPE_POINTS_MIN) return {}
  const { estimate, low, high } = slopeInterval(
    points.map(({ tick }) => tick / 1e9),
    points.map(({ tick, visibleAt }) => visibleAt - tick),
    { seed, resamples: 500 },
  )
  return { lagSlope: { estimate, low, high } }
}

export function summaryOf(histogram: Histogram): LatencySummary {
  const at = (share: number): Nanos => histogram.quantile(share) ?? 0
  const ccdf: [Nanos, number][] = []
  let above = histogram.count
  histogram.forEachCell((_from, to, count) => {
    above -= count
    ccdf.push([to - 1, above / histogram.count])
  })
  return {
    count: histogram.count,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: histogram.max ?? 0,
    ccdf,
  }
}
