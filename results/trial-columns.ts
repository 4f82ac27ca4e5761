/**
 * Columns of `trials.csv`: one row for each trial, whatever its outcome. The definitions are DESIGN §9's.
 *
 * A trial that failed has a row too, with its measures missing: aborted, invalid and outlying trials are counted, never
 * dropped (METHOD 19).
 */
import { factor, identity, measure, outcome, requiredFactor, requiredOutcome } from './column.ts'

/** Why a trial was run; figures choose rows by it. */
export const roles = [
  'probe',
  'search',
  'maximum',
  'above-maximum',
  'half-load',
  'common-rate',
  'baseline',
  'control',
  'fault',
  'bounded',
] as const

/** One record at a time, or combined to one update a key and tick: throughputs compare only within a class. */
export const throughputClasses = ['per-record', 'per-tick combined'] as const

/** Verdicts of a trend test. */
export const trends = ['steady', 'rising', 'falling'] as const

/** Whether states end with more keys than they began with. */
export const stateTrends = ['steady', 'rising'] as const

export const worlds = ['threads', 'simulated'] as const

const who = [
  identity('run_id', 'text', '', 'Name of the run, which is the name of its folder.'),
  identity(
    'trial_id',
    'text',
    '',
    'Name of the trial, unique in the run; the other tables point to it.',
  ),
  identity(
    'role',
    roles,
    '',
    'Why the trial was run. `probe` overloads, `search` looks for the highest sustained rate, `maximum` and `above-maximum` try again what held and what failed above it; `bounded` has its whole input at once, and no rate.',
  ),
  identity(
    'repeat',
    'integer',
    '',
    'Number of the repeat among trials with equal factors, from 1.',
  ),
] as const

const conditions = [
  factor('arm', 'text', '', 'Arm of the experiment: what sets it apart is in the manifest.'),
  requiredFactor(
    'engine',
    'text',
    '',
    'timely, dstream, single-thread (the COST baseline), null (the harness alone), or the name of a peer.',
  ),
  requiredFactor('workload', 'text', '', 'Name of the workload.'),
  factor(
    'workload_parameters',
    'text',
    '',
    "The workload's parameters as JSON, defaults resolved.",
  ),
  factor(
    'class',
    throughputClasses,
    '',
    'One update a record, or one for each changed key and tick.',
  ),
  requiredFactor(
    'world',
    worlds,
    '',
    'Real threads and real time, or the seeded simulation in virtual time.',
  ),
  factor('scale', 'number', 'ratio', 'Simulated world: records charged for each record processed.'),
  factor('workers', 'integer', 'count', 'Workers of the engine.'),
  factor('partitions', 'integer', 'count', 'Logical partitions of keys and of input.'),
  factor('tick_ns', 'integer', 'ns', "Timely's epoch, D-Stream's batch interval."),
  factor(
    'flush_interval_ns',
    'integer',
    'ns',
    'Timely: rows leave at the latest this long after they were combined.',
  ),
  factor(
    'ingest',
    ['log', 'pushed'],
    '',
    'Read in place from a replayable log, or pushed to receivers and replicated.',
  ),
  factor(
    'kernels',
    ['columns', 'plain'],
    '',
    'Column kernels, or their plain TypeScript definitions.',
  ),
  factor(
    'digests',
    'boolean',
    '',
    'Outputs are digested; false only to measure what checking costs.',
  ),
  factor('recovery', 'text', '', 'Recovery mode.'),
  factor('checkpoint_interval_ns', 'integer', 'ns', 'Distance of checkpoints.'),
  factor(
    'replacement',
    ['respawn', 'survivors'],
    '',
    'Who takes the place of a dead worker: a fresh process, or those that are left.',
  ),
  factor(
    'offered_records_per_s',
    'number',
    'records/s',
    'Rate of the schedule, over all partitions; missing where input is not paced.',
  ),
  factor(
    'latency_bound_ns',
    'integer',
    'ns',
    'The bound on the p99 of latency under which a rate counts as sustained.',
  ),
  factor('warmup_ns', 'integer', 'ns', 'Length of the warm-up, by due instants.'),
  factor('measured_ns', 'integer', 'ns', 'Length of the measured interval, by due instants.'),
  factor('seed', 'integer', '', 'Seed of the trial.'),
  factor('repeats', 'integer', 'count', 'Trials planned with these factors.'),
] as const

const measures = [
  measure(
    'throughput_records_per_s',
    'number',
    'records/s',
    'Records that became visible after the warm-up, per second up to the last commit, parts of a record by the rate of the schedule; at most the offered rate where that was sustained.',
  ),
  measure(
    'output_updates_per_s',
    'number',
    'updates/s',
    'Rows committed per second of the measured interval.',
  ),
  measure('latency_ns_p50', 'integer', 'ns', 'Latency of a record, visible minus due: median.'),
  measure('latency_ns_p95', 'integer', 'ns', 'Latency of a record: 95th percentile.'),
  measure(
    'latency_ns_p99',
    'integer',
    'ns',
    'Latency of a record: 99th percentile; what the bound is held against.',
  ),
  measure(
    'latency_ns_p999',
    'integer',
    'ns',
    'Latency of a record: 99.9th percentile; to be read only from 1,000 ticks.',
  ),
  measure('latency_ns_max', 'integer', 'ns', 'Latency of a record: the largest.'),
  measure(
    'latency_samples_records',
    'integer',
    'records',
    'Records whose latency was taken: all that were due in the measured interval.',
  ),
  measure(
    'sent_latency_ns_p50',
    'integer',
    'ns',
    'Latency of a record from the instant at which its tick had been read, however late: what others report, and never the headline. Median; missing for outputs whose windows are longer than a tick.',
  ),
  measure('sent_latency_ns_p99', 'integer', 'ns', 'The same: 99th percentile.'),
  measure(
    'close_latency_ns_p50',
    'integer',
    'ns',
    'Latency of a close, commit minus end of the window: median.',
  ),
  measure('close_latency_ns_p99', 'integer', 'ns', 'Latency of a close: 99th percentile.'),
  measure('close_latency_ns_max', 'integer', 'ns', 'Latency of a close: the largest.'),
  measure(
    'source_held_back_ns',
    'integer',
    'ns',
    'Live input: time in which what had come waited for room in the run, without a stamp; latency leaves out up to this much. Missing where records have due instants of their own.',
  ),
  measure(
    'source_held_back_ns_max',
    'integer',
    'ns',
    'The same: the longest that records which came together waited.',
  ),
  measure(
    'latency_trend',
    trends,
    '',
    'Trend test of the median latency of twentieths of the measured interval; missing with fewer than 20 ticks.',
  ),
  measure(
    'latency_trend_share',
    'number',
    'share',
    'Its change over the measured interval, as a share of its level.',
  ),
  measure(
    'lag_trend',
    trends,
    '',
    'Trend test of the lag of ticks over the measured interval; missing with fewer than 20 ticks.',
  ),
  measure(
    'lag_trend_share',
    'number',
    'share',
    'Its change over the measured interval, as a share of its level.',
  ),
  measure(
    'lag_slope_ns_per_s',
    'number',
    'ns/s',
    'Growth of the lag (commit minus end of tick) per second of the measured interval.',
  ),
  measure(
    'lag_slope_ns_per_s_low',
    'number',
    'ns/s',
    'Lower end of its 95 % interval; above zero, the queue is growing.',
  ),
  measure('lag_slope_ns_per_s_high', 'number', 'ns/s', 'Upper end of its 95 % interval.'),
  measure(
    'lag_slope_thirds_ns_per_s',
    'number',
    'ns/s',
    'The same growth between the medians of the first and the last third, which a single pause does not move; `sustained` is judged by this and by the lower end.',
  ),
  measure('ticks_completed', 'integer', 'count', 'Ticks committed on all partitions.'),
  measure(
    'exchanged_rows',
    'integer',
    'rows',
    'Rows sent through exchanges (by key, or to a single partition) after they were combined at the sender, to the own worker too; counted alike by both engines. Zero where a plan has no exchange.',
  ),
  measure(
    'exchanged_bytes',
    'integer',
    'bytes',
    'Bytes of these rows, without headers of messages.',
  ),
  measure(
    'exchanged_remote_share',
    'number',
    'share',
    'Share of these bytes that crossed workers, from 0 to 1; zero where a plan has no exchange.',
  ),
  measure(
    'progress_messages',
    'integer',
    'count',
    "Coordination messages: timely's progress updates, D-Stream's driver messages.",
  ),
  measure('progress_bytes', 'integer', 'bytes', 'Bytes of these messages.'),
  measure('replicated_bytes', 'integer', 'bytes', 'Bytes of input copied to a second worker.'),
  measure('checkpoints_durable', 'integer', 'count', 'Checkpoints that became durable.'),
  measure('checkpoint_bytes', 'integer', 'bytes', 'Bytes of checkpoints.'),
  measure(
    'logged_bytes',
    'integer',
    'bytes',
    'Bytes of the message log that are durable; missing where none is kept.',
  ),
  measure(
    'state_keys_max',
    'integer',
    'keys',
    'Keys that a `track`, a joined table or windows by event time held in one partition at the end of a period: the most; of the sample, where that is simulated at a scale. Missing where a plan has none of them.',
  ),
  measure(
    'state_keys_trend',
    stateTrends,
    '',
    'Keys of a `track` without a timeout, by quarters of the run: `rising` if each had more than the one before, and the last a tenth more than the first; else `steady`. Missing without such a `track`, and where a quarter has no end of a period.',
  ),
  measure('cpu_ns_workers', 'integer', 'ns', 'CPU time of all workers.'),
  measure('cpu_ns_worker_max', 'integer', 'ns', 'CPU time of the busiest worker.'),
  measure(
    'cpu_ns_driver',
    'integer',
    'ns',
    'CPU time of the driver; missing where the engine has none.',
  ),
  measure(
    'cpu_ns_client',
    'integer',
    'ns',
    'CPU time of the client that pushes; missing where input is read in place.',
  ),
  measure('cpu_ns_supervisor', 'integer', 'ns', 'CPU time of the thread that watches the run.'),
  measure('cpu_ns_storage', 'integer', 'ns', 'CPU time of the thread that reads and writes files.'),
  measure(
    'cpu_ns_source',
    'integer',
    'ns',
    'CPU time of the thread that reads live input; missing where there is none.',
  ),
  measure('gc_share', 'number', 'share', 'Wall time in garbage collection, the worst process.'),
  measure(
    'memory_bytes_max',
    'integer',
    'bytes',
    "Largest use of the run's shared memory, over all processes.",
  ),
  measure(
    'resident_bytes_max',
    'integer',
    'bytes',
    "Largest resident set of the trial's process, the oracle included.",
  ),
  measure(
    'run_resident_bytes_max',
    'integer',
    'bytes',
    "Largest resident set of the trial's process until the run's end, before the oracle.",
  ),
  measure(
    'coordinator_resident_bytes_max',
    'integer',
    'bytes',
    'Largest resident set so far of the process that started the trial.',
  ),
  measure(
    'stall_ns_p99',
    'integer',
    'ns',
    "Scheduling gaps of the run's own threads, a sample a ms of their loops: 99th percentile; p99 of latency is read beside it.",
  ),
  measure('stall_ns_max', 'integer', 'ns', 'Scheduling gaps: the largest.'),
  measure(
    'stolen_share',
    'number',
    'share',
    'Threads: share of the CPU time of all cores that the host kept for others while the trial or baseline ran (steal time of `/proc/stat`); missing where the kernel does not say.',
  ),
  measure('clock_resolution_ns', 'integer', 'ns', 'Smallest step of the clock, measured.'),
  measure('stale_commits', 'integer', 'count', 'Commits of an older generation, refused.'),
  measure(
    'cost_baseline_records_per_s',
    'number',
    'records/s',
    'One thread on the same bytes and kernels with no framework: median of the baseline trials.',
  ),
  measure(
    'cost_ratio',
    'number',
    'ratio',
    'Throughput over that baseline; below 1, one thread would have done.',
  ),
  measure('oracle_ns', 'integer', 'ns', 'Time that the oracle took, after the measured interval.'),
] as const

const ending = [
  requiredOutcome(
    'outcome',
    ['completed', 'saturated', 'diverged', 'timed-out', 'failed', 'aborted'],
    '',
    'How the trial ended.',
  ),
  outcome(
    'sustained',
    'boolean',
    '',
    'p99 within the bound, lag not growing by its interval, and the oracle agrees.',
  ),
  requiredOutcome(
    'verdict',
    ['valid', 'invalid', 'unknown'],
    '',
    "The oracle's verdict; a wrong run has no throughput. Of one that was ended before its end, of the ticks that are whole.",
  ),
  outcome(
    'reasons',
    'text',
    '',
    'Why the verdict is not valid, or the error that ended the trial. Of a wrong trial of a million records at most also the first rows that differ, from another run of it with its rows kept (`experiments/runner/differing-rows.ts`).',
  ),
  outcome(
    'warnings',
    'text',
    '',
    'Doubts about the row, by their names in `experiments/runner/warnings.ts`, separated by spaces.',
  ),
] as const

export const trialColumns = [...who, ...conditions, ...measures, ...ending] as const
