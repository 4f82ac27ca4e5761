/**
 * Doubts about data are not errors: this closed list says what may be wrong with a trial's numbers, why, and what to do.
 *
 * A doubt is computed from the trial's own row, so anybody can check it from `trials.csv`: each names the column that
 * raised it. Names stand in the row's `warnings`, separated by spaces.
 */
import { SEARCHED } from '../../results/rate-bracket.ts'
import { carries } from '../../results/row-ticks.ts'
import type { TrialColumn } from '../../results/schema.ts'
import type { NewRow } from '../../results/writer.ts'
import { median } from '../statistics/quantiles.ts'

export interface Warning {
  readonly cause: string
  readonly advice: string
  /** Column of `trials.csv` that holds the evidence. */
  readonly column: TrialColumn
}

export const warnings = {
  'clock-too-coarse': {
    cause: "The clock's smallest step is over 1 % of the median latency",
    advice: 'Read no latency below a hundred steps, or use another machine',
    column: 'clock_resolution_ns',
  },
  'offered-rate-not-reached': {
    cause: 'Less than 98 % of the offered rate was processed',
    advice: 'Read the throughput as the capacity under overload and ignore the latency',
    column: 'throughput_records_per_s',
  },
  'queue-growing': {
    cause: 'The lag grows by more than 1 ms a second, by its 95 % interval',
    advice: 'The latency depends on how long the run was: lower the rate',
    column: 'lag_slope_ns_per_s_low',
  },
  'source-held-back': {
    cause:
      'What came waited for room before it was stamped, since the engine took it in more slowly: latency excludes up to that long',
    advice: 'Read the throughput as the capacity under overload, or send less',
    column: 'source_held_back_ns',
  },
  'not-steady': {
    cause: 'Latency or lag still rises or falls over the measured interval, by a trend test',
    advice: 'Lengthen the warm-up or the measured interval',
    column: 'latency_trend',
  },
  'garbage-collection': {
    cause: 'A process spent over 10 % of the time in garbage collection',
    advice: 'Give it more memory, or look for allocation per record',
    column: 'gc_share',
  },
  'machine-stalls': {
    cause:
      "The run's own threads were kept from running for over a quarter of the p99 latency, at the gaps' own p99",
    advice: 'Read p99 as an upper bound; stop the neighbours, or use another machine',
    column: 'stall_ns_p99',
  },
  'stall-over-bound': {
    cause:
      "One of the run's own threads was once kept from running for longer than the latency bound",
    advice: 'The largest latency may be the machine and not the engine: repeat the trial',
    column: 'stall_ns_max',
  },
  'state-unbounded': {
    cause:
      'A `track` without a timeout kept more keys in each quarter of the run than in the one before',
    advice:
      'Give it a timeout, or let keys leave by null: memory, and checkpoints, grow as long as it runs',
    column: 'state_keys_trend',
  },
  'few-samples': {
    cause:
      'Fewer than 100 ticks (with windows: slides) were measured, so p99 is that of the slowest one',
    advice: 'Read it as a largest value, or measure longer',
    column: 'ticks_completed',
  },
  'few-samples-for-tail': {
    cause:
      'Fewer than 1,000 ticks (with windows: slides) were measured, so p99.9 is that of the slowest one',
    advice: 'Read up to p99, or measure longer',
    column: 'ticks_completed',
  },
  'close-to-bound': {
    cause: 'p99 is within 10 % of the bound',
    advice: 'The verdict may turn with the next trial: repeat it',
    column: 'latency_ns_p99',
  },
  'more-threads-than-cores': {
    cause: 'There are more workers and drivers than cores',
    advice: 'Latencies contain the waiting for a core: use fewer workers',
    column: 'workers',
  },
  'one-thread-is-faster': {
    cause: 'One thread without any engine does more',
    advice: 'The engine pays for itself only in latency, fault tolerance or more machines',
    column: 'cost_ratio',
  },
  quick: {
    cause: 'Measured for less than 5 minutes or with fewer than 10 repeats',
    advice: 'Fit for a first look; publish only longer and repeated runs',
    column: 'measured_ns',
  },
} as const satisfies Readonly<Record<string, Warning>>

export type WarningName = keyof typeof warnings
export const warningNames = Object.keys(warnings) as readonly WarningName[]

export interface TrialContext {
  /** Cores that the run may use, limits of a container included. */
  readonly cores: number
}

type Draft = Partial<NewRow<'trials'>>

const rules: Readonly<Record<WarningName, (row: Draft, context: TrialContext) => boolean>> = {
  'clock-too-coarse': (row) => over(row.clock_resolution_ns, row.latency_ns_p50, 0.01),
  'offered-rate-not-reached': (row) =>
    row.throughput_records_per_s !== undefined &&
    over(row.offered_records_per_s, row.throughput_records_per_s, 1 / 0.98),
  'queue-growing': (row) => (row.lag_slope_ns_per_s_low ?? 0) > 1e6,
  'source-held-back': (row) => (row.source_held_back_ns ?? 0) > 0,
  'not-steady': (row) =>
    [row.latency_trend, row.lag_trend].some((trend) => trend !== undefined && trend !== 'steady'),
  'garbage-collection': (row) => (row.gc_share ?? 0) > 0.1,
  'machine-stalls': (row) => over(row.stall_ns_p99, row.latency_ns_p99, 0.25),
  'stall-over-bound': (row) => over(row.stall_ns_max, row.latency_bound_ns, 1),
  'state-unbounded': (row) => row.state_keys_trend === 'rising',
  'few-samples': (row) => row.latency_ns_p99 !== undefined && !carries(row, 0.01),
  'few-samples-for-tail': (row) =>
    row.latency_ns_p999 !== undefined && carries(row, 0.01) && !carries(row, 0.001),
  'close-to-bound': (row) =>
    over(row.latency_ns_p99, row.latency_bound_ns, 0.9) &&
    !over(row.latency_ns_p99, row.latency_bound_ns, 1.1),
  // Simulated workers have nodes of their own, and virtual time waits for the machine.
  'more-threads-than-cores': (row, { cores }) =>
    row.world === 'threads' &&
    (row.workers ?? 0) + (row.cpu_ns_driver === undefined ? 0 : 1) > Math.ceil(cores),
  // Who was offered more, and did less; a load that was chosen lower says nothing.
  'one-thread-is-faster': (row) =>
    (row.cost_ratio ?? 1) < 1 &&
    (row.role === 'maximum' || (SEARCHED.has(row.role ?? '') && row.sustained === false)),
  quick: (row) =>
    row.measured_ns !== undefined && (row.measured_ns < 300e9 || (row.repeats ?? 1) < 10),
}

/** Is `value` more than `share` of `whole`? Not if either is missing. */
const over = (value: number | undefined, whole: number | undefined, share: number): boolean =>
  value !== undefined && whole !== undefined && value > whole * share

/** Doubts about one trial, in the order of the list. Missing measures raise none. */
export function doubtsAbout(row: Draft, context: TrialContext): readonly WarningName[] {
  return warningNames.filter((name) => rules[name](row, context))
}

/** A doubt as a sentence for people. */
export function describeWarning(name: WarningName): string {
  const { cause, advice, column } = warnings[name]
  return `${name}: ${cause} (${column}). ${advice}.`
}

/**
 * Doubts that only the repeats together can raise, as sentences for the manifest; the rows are already written then.
 *
 * `rows` are the trials of one cell in the order in which they ran, at a load that is alike.
 */
export function doubtsAboutRepeats(cell: string, rows: readonly Draft[]): readonly string[] {
  const rates = rows.flatMap((row) => row.throughput_records_per_s ?? [])
  const [first, ...later] = rates
  if (first === undefined || later.length < 2) return []
  const doubts: string[] = []
  if (first < 0.9 * median(later)) {
    doubts.push(
      `first-trial-slow: the first trial of ${cell} did under 90 % of the later ones (throughput_records_per_s). Lengthen the warm-up.`,
    )
  }
  if (Math.max(...rates) - Math.min(...rates) > 0.2 * median(rates)) {
    doubts.push(
      `machine-noisy: repeats of ${cell} lie over 20 % of their median apart (throughput_records_per_s). Compare medians with intervals only, and repeat when the machine is quiet.`,
    )
  }
  return doubts
}
