/**
 * What a run's tables hold: the contract between experiments and notebooks. The README beside it is generated from it.
 *
 * Tables are long and tidy. Columns stand in the order identity, factors, measures, outcome; a measure's name ends in its
 * unit (and a statistic); what is missing is an empty cell, never zero. A change of columns raises the version, and the
 * reader refuses every other version by name.
 */
import type { Column, RowOf } from './column.ts'
import { factor, identity, measure, outcome, requiredFactor, requiredMeasure } from './column.ts'
import { roles, trialColumns, worlds } from './trial-columns.ts'

export const SCHEMA_VERSION = 7

/** Repeated in the series, so that each table can be plotted alone. */
const whose = [
  identity('run_id', 'text', '', 'Name of the run.'),
  identity('trial_id', 'text', '', 'The trial, as in `trials.csv`.'),
  identity('role', roles, '', 'Why the trial was run.'),
  identity('repeat', 'integer', '', 'Number of the repeat, from 1.'),
] as const

const where = [
  requiredFactor('engine', 'text', '', 'Engine or peer.'),
  requiredFactor('workload', 'text', '', 'Workload.'),
  requiredFactor('world', worlds, '', 'Real threads, or the seeded simulation.'),
  factor('tick_ns', 'integer', 'ns', "Timely's epoch, D-Stream's batch interval."),
  factor('offered_records_per_s', 'number', 'records/s', 'Rate of the schedule.'),
] as const

const latencyColumns = [
  ...whose,
  ...where,
  requiredFactor(
    'latency_of',
    ['record', 'close', 'stall'],
    '',
    "Visible minus due; commit minus end of the window; scheduling gaps of the run's threads.",
  ),
  requiredFactor(
    'point',
    ['quantile', 'ccdf'],
    '',
    'A named quantile, or a point of the complementary distribution.',
  ),
  requiredMeasure(
    'above_share',
    'number',
    'share',
    'Share of records with a larger latency: 0.01 at p99, 0 at the largest.',
  ),
  requiredMeasure('latency_ns', 'integer', 'ns', 'The latency that this share exceeds.'),
  measure(
    'samples_records',
    'integer',
    'records',
    'Records behind the whole distribution; windows of a thread for `stall`.',
  ),
] as const

const timelineColumns = [
  ...whose,
  ...where,
  requiredFactor(
    'at_ns',
    'integer',
    'ns',
    "End of the interval, since the start of the run's clock.",
  ),
  factor('interval_ns', 'integer', 'ns', 'Length of the interval.'),
  measure('throughput_records_per_s', 'number', 'records/s', 'Records that became visible in it.'),
  measure('latency_ns_p50', 'integer', 'ns', 'Latency of records due in it: median.'),
  measure('latency_ns_p99', 'integer', 'ns', 'Latency of records due in it: 99th percentile.'),
  measure('latency_ns_max', 'integer', 'ns', 'Latency of records due in it: the largest.'),
  measure('lag_ns', 'integer', 'ns', 'Commit minus end of the last tick that ended in it.'),
  measure('backlog_records', 'integer', 'records', 'Records due and not yet visible at its end.'),
  measure(
    'processing_ns',
    'integer',
    'ns',
    "D-Stream: from a batch's first task to its end, as in the papers; the median of those that ended in it.",
  ),
  measure(
    'scheduling_delay_ns',
    'integer',
    'ns',
    "D-Stream: from a batch's submission to its first task; the median of those that ended in it.",
  ),
  measure(
    'resident_bytes_max',
    'integer',
    'bytes',
    "Threads: largest of the readings, one a second, of the resident set of the run's own process.",
  ),
  outcome('generation', 'integer', '', 'Generation of the membership at its end.'),
] as const

const faultColumns = [
  ...whose,
  ...where,
  requiredFactor('fault', 'integer', '', 'Number of the fault in the plan, from 1.'),
  requiredFactor(
    'kind',
    'text',
    '',
    'Kind of the fault: kill, pause, slow, split …; or burst, of the input; or join, leave, of workers.',
  ),
  factor('target', 'text', '', 'Whom it hit.'),
  factor('planned_at_ns', 'integer', 'ns', "Planned instant, since the start of the run's clock."),
  factor('planned_until_ns', 'integer', 'ns', 'Planned end; missing for a permanent fault.'),
  measure('witnessed_at_ns', 'integer', 'ns', 'When its witness proves that it took effect.'),
  measure('detected_at_ns', 'integer', 'ns', 'First suspicion by heartbeats.'),
  measure('processing_at_ns', 'integer', 'ns', 'First commit that needed the lost part again.'),
  measure(
    'backlog_back_at_ns',
    'integer',
    'ns',
    'From here the backlog stays in its pre-fault band.',
  ),
  measure('latency_back_at_ns', 'integer', 'ns', 'From here latency stays in its pre-fault band.'),
  measure(
    'recovery_ns',
    'integer',
    'ns',
    'Recovery time: latency back minus witnessed. Empty where `recovered` is false: who was not seen back counts as longer than all others.',
  ),
  measure(
    'restored_tick_ns',
    'integer',
    'ns',
    'Instant that the state is of which was restored: how old it was at the fault is the distance between them. Missing where none was.',
  ),
  outcome('witness', 'text', '', 'The event that proves the fault.'),
  outcome(
    'recovered',
    'boolean',
    '',
    'Latency was seen to be back in its band, and to stay there for 3 s, before the trial ended or the next fault came.',
  ),
] as const

export const tables = {
  trials: trialColumns,
  latency: latencyColumns,
  timeline: timelineColumns,
  faults: faultColumns,
} as const satisfies Readonly<Record<string, readonly Column[]>>

export type TableName = keyof typeof tables
export const tableNames = Object.keys(tables) as readonly TableName[]

/** One sentence a table, for the README. */
export const tableMeanings: Readonly<Record<TableName, string>> = {
  trials: 'One row for each trial, whatever its outcome.',
  latency:
    'Latency distributions of trials, and their scheduling gaps: named quantiles, and points of the complementary distribution. From histograms of all records; never averaged.',
  timeline:
    'Trials over time: one row for each interval, of a second unless the experiment says otherwise, from the start of the clock to the last commit.',
  faults:
    'One row for each planned fault, burst of the input or change of the workers, and trial, with the phases of recovery as instants.',
}

export type Row<T extends TableName> = RowOf<(typeof tables)[T]>
export type TrialRow = Row<'trials'>
export type LatencyRow = Row<'latency'>
export type TimelineRow = Row<'timeline'>
export type FaultRow = Row<'faults'>
/** Name of a column of `trials.csv`. */
export type TrialColumn = (typeof trialColumns)[number]['name']
