/**
 * A trial over time, computed after it from its commits: a row for each interval, and whether lag and latency were steady.
 *
 * The trend is tested on the measured interval alone. Too few ticks for a test give none: "not tested" is not "steady".
 */
import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import {
  type LatencyOptions,
  latenciesOverTime,
  summarize,
} from '../../engines/core/metrics/latency.ts'
import { type Nanos, seconds } from '../../engines/core/units.ts'
import { median } from '../statistics/quantiles.ts'
import { steadyState } from '../statistics/steady-state.ts'
import type { CompletedTick } from './completed-ticks.ts'
import type { TimelineEntry, Trend, TrialTrends } from './trial-spec.ts'

const INTERVAL: Nanos = seconds(1)
/** Values of a series that a trend is tested on: two for each of the test's ten blocks. */
const TREND_VALUES = 20

export interface SeriesOptions {
  readonly latency: Omit<LatencyOptions, 'from' | 'to'>
  /** Ticks that are complete, ascending. */
  readonly completed: readonly CompletedTick[]
  /** Records due before an instant, over all partitions. */
  readonly dueBefore: (instant: Nanos) => number
  /** Start of the clock, of the measured interval, and end of the input. */
  readonly clock: Nanos
  readonly start: Nanos
  readonly end: Nanos
  readonly history: readonly HistoryEvent[]
}

/** One entry an interval, from the clock's start until the last commit, or the end of the input if that is later. */
export function timelineOf(options: SeriesOptions, interval = INTERVAL): readonly TimelineEntry[] {
  const { latency, completed, dueBefore, clock, end } = options
  const last = Math.max(end, completed.at(-1)?.visibleAt ?? 0)
  const cuts: Nanos[] = []
  for (let cut = clock; cut < last; cut += interval) cuts.push(cut)
  cuts.push(last)
  const entries: TimelineEntry[] = []
  const batches = eventsNamed(options.history, 'batch-completed')
  const readings = eventsNamed(options.history, 'resident-set')
  const generations = eventsNamed(options.history, 'generation-issued')
  let tick = 0
  let visible = dueBefore(clock)
  latenciesOverTime(latency, cuts, ({ records, recordsLost }, at) => {
    const [from, to] = [cuts[at]!, cuts[at + 1]!]
    let lag: Nanos | undefined
    const before = visible
    while (tick < completed.length && completed[tick]!.visibleAt <= to) {
      const done = completed[tick++]!
      visible = Math.max(visible, dueBefore(done.tick))
      lag = done.visibleAt - done.tick
    }
    // Of records that never became visible there is no latency: quantiles of the others would flatter.
    const summary = recordsLost === 0 ? summarize(records) : undefined
    entries.push({
      at: to - clock,
      interval: to - from,
      recordsPerSecond: ((visible - before) * 1e9) / (to - from),
      ...(summary ? { p50: summary.p50, p99: summary.p99, max: summary.max } : {}),
      ...(lag === undefined ? {} : { lag }),
      backlogRecords: dueBefore(Math.min(to, end)) - visible,
      ...batchesOf(batches.filter((batch) => batch.at > from && batch.at <= to)),
      ...residentOf(readings.filter(({ at }) => at > from && at <= to)),
      generation: Number(generations.findLast((issued) => issued.at <= to)?.fields.generation ?? 1),
    })
  })
  return entries
}

const eventsNamed = (history: readonly HistoryEvent[], name: string): readonly HistoryEvent[] =>
  history.filter(({ event }) => event === name)

/** Of the batches that were completed in an interval: medians, since there may be several. */
function batchesOf(
  completed: readonly HistoryEvent[],
): Pick<TimelineEntry, 'processing' | 'schedulingDelay'> {
  if (completed.length === 0) return {}
  const of = (field: string): Nanos =>
    Math.round(median(completed.map(({ fields }) => Number(fields[field]))))
  return { processing: of('processingDelayNs'), schedulingDelay: of('schedulingDelayNs') }
}

function residentOf(readings: readonly HistoryEvent[]): Pick<TimelineEntry, 'residentBytesMax'> {
  if (readings.length === 0) return {}
  return { residentBytesMax: Math.max(...readings.map(({ fields }) => Number(fields.bytes))) }
}

/** METHOD 8: trend tests of the lag, tick by tick, and of the median latency of equal parts of the measured interval. */
export function trendsOf(options: SeriesOptions): TrialTrends {
  const { latency, completed, start, end } = options
  const lags = completed
    .filter(({ tick }) => tick > start && tick <= end)
    .map((done) => done.visibleAt - done.tick)
  const medians: number[] = []
  const { ticks } = latency
  const before = ticks.containing(start) - 1
  if (ticks.endOf(before + TREND_VALUES) - ticks.endOf(before) <= end - start) {
    const cuts = Array.from(
      { length: TREND_VALUES + 1 },
      (_, cut) => start + Math.floor(((end - start) * cut) / TREND_VALUES),
    )
    latenciesOverTime(latency, cuts, ({ records, recordsLost }) => {
      const median = recordsLost === 0 ? records.quantile(0.5) : undefined
      if (median !== undefined) medians.push(median)
    })
  }
  return {
    ...(lags.length >= TREND_VALUES ? { lag: trendOf(lags) } : {}),
    ...(medians.length === TREND_VALUES ? { latency: trendOf(medians) } : {}),
  }
}

function trendOf(values: readonly number[]): Trend {
  const { state, relativeChange } = steadyState(values)
  // A level of 0 makes any change infinite, which no table holds.
  return { state, ...(Number.isFinite(relativeChange) ? { changeShare: relativeChange } : {}) }
}
