/**
 * What a trial measured, from its record: pace, latencies, trends, a timeline, resources. All from commits and the due
 * sequence, after the run; nothing is measured per record. What was not measured is not there.
 */
import { arrivedSchedule } from '../../engines/core/input/live-input.ts'
import { createInputLog } from '../../engines/core/input/looping-log.ts'
import { tickLogOf } from '../../engines/core/input/tick-log.ts'
import {
  latenciesOf,
  sentLatenciesOf,
  summarize,
  visibleOnOf,
} from '../../engines/core/metrics/latency.ts'
import type { ExpectedCommits } from '../../engines/core/output/expected-commits.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { clockStart, type InputConfig, type RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { NANOS_PER_SECOND, type Nanos } from '../../engines/core/units.ts'
import { slopeInterval, slopeOfThirds } from '../statistics/slope.ts'
import { phasesOfBurst, phasesOfResize } from './change-phases.ts'
import { firstOf } from './committed.ts'
import { type CompletedTick, completedTicks } from './completed-ticks.ts'
import { type FaultPhases, phasesOf } from './recovery-phases.ts'
import { resourcesOf } from './trial-resources.ts'
import { type SeriesOptions, timelineOf, trendsOf } from './trial-series.ts'
import type { TrialOutcome, TrialSpec } from './trial-spec.ts'

export interface Measured {
  readonly spec: TrialSpec
  readonly config: RunConfig
  readonly dataflow: Dataflow
  readonly outputs: readonly ExpectedCommits[]
}

/** Costs about what the latencies cost: O(commits), and cells of histograms. */
export function measuresOf(record: RunRecord, measured: Measured) {
  const { spec, config, dataflow, outputs } = measured
  const { output, partitions, ticks } = outputs[0]!
  const start = clockStart(config.input) + spec.warmup
  const schedule = record.input
    ? arrivedSchedule(record.input, config.partitions)
    : createInputLog(config, { bytes: 0, offsets: 0, records: 1 })
  const dueBefore = (instant: Nanos): number => {
    let sum = 0
    for (let p = 0; p < config.partitions; p++) sum += schedule.dueBefore(p, instant)
    return sum
  }
  const latency = {
    commits: record.commits,
    output,
    visibleOn: visibleOnOf(dataflow, output),
    partitions,
    ticks,
    schedule,
  }
  const interval = { ...latency, from: start, to: config.input.duration }
  const { records, closes, recordsLost } = latenciesOf(interval)
  const completed = completedTicks(record.commits, output, partitions.length)
  const inInterval = completed.filter(({ tick }) => tick > start)
  const clock = clockStart(config.input)
  const { history, outcome } = record
  const end = config.input.duration
  const series = { latency, completed, dueBefore, clock, start, end, history, outcome }
  const summary = recordsLost === 0 ? summarize(records) : undefined
  const close = ticks.length > config.tick ? summarize(closes) : undefined
  // Of a window of several ticks only the last reading is known.
  const sent =
    summary && ticks.length === config.tick ? summarize(sentLatenciesOf(interval)) : undefined
  const first = firstOf(record.commits.filter(({ tick }) => tick > start))
  const recordsMeasured = dueBefore(config.input.duration) - dueBefore(start)
  // What arrives as it likes has no rate but its own records.
  const offered = record.input
    ? dueBefore
    : (instant: Nanos) => offeredBefore(config.input, instant)
  return {
    recordsMeasured,
    recordsAll: dueBefore(config.input.duration),
    ticksCompleted: completed.length,
    processedPerSecond:
      // What exceeds the offered rate is catching up on a backlog, not throughput.
      Math.min(
        spec.input.live === undefined ? spec.rate : Number.POSITIVE_INFINITY,
        // Of no records there is no pace.
        recordsMeasured === 0
          ? 0
          : paceOf(completed, { clock, start }, offered) * (spec.simulation?.scale ?? 1),
      ),
    ...(summary ? { latency: summary } : {}),
    ...(sent ? { sentLatency: sent } : {}),
    ...(close ? { closeLatency: close } : {}),
    trends: trendsOf(series),
    timeline: timelineOf(series, spec.timelineInterval),
    ...(spec.faults.length > 0 ? { recoveries: recoveriesOf(record, measured, series) } : {}),
    ...(spec.burst ? { burst: phasesOfBurst(spec.burst.from, series) } : {}),
    ...(spec.resize
      ? { resizes: phasesOfResize(spec, { ...series, commits: record.commits }) }
      : {}),
    ...lagSlopeOf(inInterval, spec.seed),
    ...lagEndsOf(inInterval, ticks.length),
    rowsCommitted: first.reduce((sum, { rows }) => sum + rows, 0),
    ...resourcesOf(record),
  }
}

/**
 * Records that a schedule has before an instant, a part of one included: its rates times their lengths.
 *
 * A pace from whole records would be off by up to one for each partition at both ends, and each partition has its first one
 * at 0: of 10 records a second, 8 would be of the first tick.
 */
export function offeredBefore({ rate, duration, history }: InputConfig, instant: Nanos): number {
  const past = history?.duration ?? 0
  const leaving = history?.leaving?.duration ?? 0
  const within = (from: Nanos, to: Nanos): Nanos => Math.max(0, Math.min(instant, to) - from)
  const gone = within(0, leaving) * (history?.leaving?.rate ?? 0)
  const before = gone + within(leaving, past) * (history?.rate ?? 0)
  return (before + within(past, duration) * rate) / NANOS_PER_SECOND
}

/**
 * Records per second that became visible after the warm-up's end: the lesser of two estimates, since each flatters once.
 *
 * From commit to commit, an engine that had fallen behind and then commits many ticks at once would show its pace of
 * catching up. From the warm-up's end by wall time, a tick that becomes visible just after it counts whole, though
 * most of it was due before.
 */
export function paceOf(
  completed: readonly CompletedTick[],
  { clock, start }: { readonly clock: Nanos; readonly start: Nanos },
  recordsBefore: (instant: Nanos) => number,
): number {
  const last = completed.at(-1)
  if (last === undefined || last.tick <= clock) return 0
  const between = (from: CompletedTick): number =>
    ((recordsBefore(last.tick) - recordsBefore(from.tick)) / (last.visibleAt - from.visibleAt)) *
    1e9
  const from = last.visibleAt > start ? start : clock
  const before = completed.findLast(({ visibleAt }) => visibleAt <= from)?.tick ?? 0
  const byWall = between({ tick: before, visibleAt: from })
  const first = completed.find(({ tick, visibleAt }) => tick > clock && visibleAt >= start)
  return first === undefined || first.tick === last.tick ? byWall : Math.min(byWall, between(first))
}

function recoveriesOf(
  { commits, outcome }: RunRecord,
  { spec: { faults, latencyBound: bound }, config, dataflow }: Measured,
  series: SeriesOptions,
): readonly FaultPhases[] {
  const ticks = tickLogOf(config, dataflow)
  return phasesOf({
    ...series,
    faults,
    bound,
    commits,
    outcome,
    tickEnd: (tick) => ticks.endOf(tick),
  })
}

/** Fitting more points than this tells no more and costs much. */
const SLOPE_POINTS_MAX = 400
/** With fewer, an interval of the slope says nothing: of three batches two may rise by chance. */
const SLOPE_POINTS_MIN = 5

function lagSlopeOf(ticks: readonly CompletedTick[], seed: number): Pick<TrialOutcome, 'lagSlope'> {
  const stride = Math.max(1, Math.ceil(ticks.length / SLOPE_POINTS_MAX))
  const points = ticks.filter((_, index) => index % stride === 0)
  if (points.length < SLOPE_POINTS_MIN) return {}
  const seconds = points.map(({ tick }) => tick / 1e9)
  const lags = points.map(({ tick, visibleAt }) => visibleAt - tick)
  const { estimate, low, high } = slopeInterval(seconds, lags, { seed, resamples: 500 })
  return { lagSlope: { estimate, low, high, thirds: slopeOfThirds(seconds, lags) } }
}

function lagEndsOf(ticks: readonly CompletedTick[], period: Nanos): Pick<TrialOutcome, 'lagEnds'> {
  const first = ticks[0]
  const last = ticks.at(-1)
  if (first === undefined || last === undefined || first === last) return {}
  const lag = (of: CompletedTick): Nanos => of.visibleAt - of.tick
  return {
    lagEnds: {
      first: lag(first),
      last: lag(last),
      max: ticks.reduce((most, one) => Math.max(most, lag(one)), 0),
      ticks: ticks.length,
      elapsed: last.tick - first.tick,
      period,
    },
  }
}
