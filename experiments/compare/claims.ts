/**
 * What the main job claims about the two models, each with the rule that decides it, written before its first run.
 *
 * The rules read rows alone. A case is a workload with its parameters; rows whose verdict is not valid decide nothing.
 */
import type { Claim, ClaimRow, ClaimVerdict } from '../experiment.ts'
import { median } from '../statistics/quantiles.ts'

type Measure =
  | 'latency_ns_p99'
  | 'throughput_records_per_s'
  | 'cost_ratio'
  | 'offered_records_per_s'

const caseOf = (row: ClaimRow): string => `${row.workload} ${row.workload_parameters ?? ''}`

/** A measure's median for each case and engine. */
function medians(
  rows: readonly ClaimRow[],
  measure: Measure,
): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const values = new Map<string, Record<string, number[]>>()
  for (const row of rows) {
    const value = row[measure]
    if (row.verdict !== 'valid' || value === undefined) continue
    const engines = values.get(caseOf(row)) ?? {}
    values.set(caseOf(row), engines)
    engines[row.engine] = [...(engines[row.engine] ?? []), value]
  }
  return new Map(
    [...values].map(([name, engines]) => [
      name,
      Object.fromEntries(Object.entries(engines).map(([engine, all]) => [engine, median(all)])),
    ]),
  )
}

/**
 * Trials at one rate common to both engines: those of the role, and the half load of an engine that has none, where another
 * engine was at the same rate, since nobody runs the same trial twice.
 */
export function atCommonRate<R extends ClaimRow>(rows: readonly R[]): readonly R[] {
  const loads = rows.filter(({ role }) => role === 'common-rate' || role === 'half-load')
  const hasOwn = (row: R): boolean =>
    loads.some(
      (other) =>
        other.role === 'common-rate' &&
        other.engine === row.engine &&
        caseOf(other) === caseOf(row),
    )
  return loads.filter(
    (row) =>
      row.role === 'common-rate' ||
      (!hasOwn(row) &&
        loads.some(
          (other) =>
            caseOf(other) === caseOf(row) &&
            other.engine !== row.engine &&
            (other.role === 'common-rate' || !hasOwn(other)) &&
            other.offered_records_per_s === row.offered_records_per_s,
        )),
  )
}

/** Judges a test on each case that has both engines' numbers. */
function inEveryCase(
  numbers: ReadonlyMap<string, Readonly<Record<string, number>>>,
  test: (timely: number, dstream: number) => boolean,
  text: (timely: number, dstream: number) => string,
): ClaimVerdict {
  const cases = [...numbers].flatMap(([name, { timely, dstream }]) =>
    timely === undefined || dstream === undefined ? [] : [{ name, timely, dstream }],
  )
  if (cases.length === 0) {
    return { state: 'cannot be tested here', evidence: 'no case has valid rows of both engines' }
  }
  const held = cases.filter(({ timely, dstream }) => test(timely, dstream))
  return {
    state:
      held.length === cases.length
        ? 'holds'
        : held.length * 2 > cases.length
          ? 'holds in shape'
          : 'fails',
    evidence: `${held.length} of ${cases.length} cases: ${cases
      .map(({ name, timely, dstream }) => `${shortName(name)} ${text(timely, dstream)}`)
      .join('; ')}`,
  }
}

/** `word-count, 30s window` from a case's workload and parameters. */
function shortName(name: string): string {
  const [, workload = name, parameters = ''] = /^(\S+) ?(.*)$/.exec(name) ?? []
  const { mode, length } = JSON.parse(parameters || '{}') as { mode?: string; length?: string }
  return length !== undefined && mode !== 'running' ? `${workload}, ${length} window` : workload
}

const times = (ratio: number): string => `${ratio.toFixed(2)}×`

export const compareClaims: readonly Claim[] = [
  {
    name: 'continuous-is-sooner',
    text: 'At one rate, continuous operators make a record visible sooner than micro-batches of 500 ms.',
    rule: 'In every case: median p99 of the latency of a record at the common rate, timely, is below that of dstream. More than half of the cases: holds in shape.',
    judge: (rows) =>
      inEveryCase(
        medians(atCommonRate(rows), 'latency_ns_p99'),
        (timely, dstream) => timely < dstream,
        (timely, dstream) => times(timely / dstream),
      ),
  },
  {
    name: 'batches-cost-no-throughput',
    text: 'Under a bound of 1 s, micro-batches sustain at least the rate of continuous operators.',
    rule: 'In every case: median offered rate of the sustained maximum trials, dstream over timely, is at least 1. More than half of the cases: holds in shape.',
    judge: (rows) =>
      inEveryCase(
        medians(
          rows.filter(({ role, sustained }) => role === 'maximum' && sustained),
          'offered_records_per_s',
        ),
        (timely, dstream) => dstream >= timely,
        (timely, dstream) => times(dstream / timely),
      ),
  },
  {
    name: 'engines-beat-one-thread',
    text: 'Two workers of either engine sustain more than one thread with the same kernels and no engine.',
    rule: 'In every case and for both engines: median offered rate of the sustained maximum trials over the median of the kernel loop is above 1. More than half of the cases: holds in shape.',
    judge: (rows) =>
      inEveryCase(
        medians(
          rows
            .filter(({ role, sustained }) => role === 'maximum' && sustained)
            .map((row) => ({
              ...row,
              cost_ratio:
                row.cost_baseline_records_per_s && row.offered_records_per_s
                  ? row.offered_records_per_s / row.cost_baseline_records_per_s
                  : undefined,
            })),
          'cost_ratio',
        ),
        (timely, dstream) => timely > 1 && dstream > 1,
        (timely, dstream) => `${times(timely)} and ${times(dstream)}`,
      ),
  },
]
