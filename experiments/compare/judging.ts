/**
 * What claims and conclusions of the main job read from rows: cases with the numbers of both engines. Rows whose verdict is
 * not valid decide nothing. The hash of every claim covers this file.
 */
import {
  type KnownRate,
  knownRate,
  type RateBracket,
  rateTrialsOf,
} from '../../results/rate-bracket.ts'
import type { ClaimRow, ClaimVerdict } from '../experiment.ts'
import { median } from '../statistics/quantiles.ts'

/** A workload with its parameters, by what both engines did and one thread does. */
export interface JudgedCase {
  readonly name: string
  readonly rates: { readonly timely: KnownRate; readonly dstream: KnownRate }
  /** A row of one engine at the common rate, its p99 the median of its trials there; undefined for one that has no valid trial. */
  readonly atCommonRate: {
    readonly timely: ClaimRow | undefined
    readonly dstream: ClaimRow | undefined
  }
  /** What one thread does with the same kernels; undefined where that was not measured. */
  readonly thread: KnownRate | undefined
  /** Records per second of the best plain loop. */
  readonly plainLoop: number | undefined
}

/** Whether a rule is met in a case; undefined where the numbers leave it open. */
export type CaseAnswer = { readonly met: boolean | undefined; readonly evidence: string }

const caseOf = (row: ClaimRow): string => `${row.workload} ${row.workload_parameters ?? ''}`

export function judgedCases(rows: readonly ClaimRow[]): readonly JudgedCase[] {
  return [...Map.groupBy(rows, caseOf)].map(([name, own]) => {
    const common = atCommonRate(own).filter(({ verdict }) => verdict === 'valid')
    const rateOf = (engine: string): KnownRate =>
      knownRate(rateTrialsOf(own.filter((row) => row.engine === engine)))
    const loops = (kernels: string): readonly number[] =>
      own.flatMap((row) =>
        row.role === 'baseline' && row.kernels === kernels && row.verdict === 'valid'
          ? (row.throughput_records_per_s ?? [])
          : [],
      )
    const plain = loops('plain')
    return {
      name: shortName(name),
      rates: { timely: rateOf('timely'), dstream: rateOf('dstream') },
      atCommonRate: {
        timely: middleOf(common.filter(({ engine }) => engine === 'timely')),
        dstream: middleOf(common.filter(({ engine }) => engine === 'dstream')),
      },
      thread: threadRate(loops('columns')),
      plainLoop: plain.length > 0 ? median(plain) : undefined,
    }
  })
}

/** The first of trials at one load, with the median of their p99s. */
function middleOf(rows: readonly ClaimRow[]): ClaimRow | undefined {
  const [first] = rows
  const values = rows.flatMap(({ latency_ns_p99: p99 }) => p99 ?? [])
  if (first === undefined || values.length === 0) return first
  return { ...first, latency_ns_p99: median(values) }
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

/** Rates that are nearer than this decide nothing: machines drift by more within minutes. */
const RATE_MARGIN = 1.1
/** Nor do latencies of one trial each. */
const LATENCY_MARGIN = 1.25

/** Is a rate in the first bracket above one in the second? Undefined while they overlap, or are too near to each other. */
export function isAbove(one: RateBracket, other: RateBracket): boolean | undefined {
  if (one.held !== undefined && one.held >= other.limit * RATE_MARGIN) return true
  if (other.held !== undefined && other.held >= one.limit * RATE_MARGIN) return false
  return undefined
}

/**
 * What one thread does lies between what it did before all trials and after them: the machine drifts in between, and an engine was
 * measured somewhere there. Undefined without a measurement.
 */
export function threadRate(rates: readonly number[]): KnownRate | undefined {
  if (rates.length === 0) return undefined
  const bracket = { held: Math.min(...rates), limit: Math.max(...rates) }
  return { bracket, confirmed: bracket }
}

/** Which of two rates is above would be known if a limit that was tried once could be relied on. */
export function needsTries(one: KnownRate, other: KnownRate): boolean {
  return (
    isAbove(one.confirmed, other.confirmed) === undefined &&
    isAbove(one.bracket, other.bracket) !== undefined
  )
}

/** Is the first latency below the second? Undefined while they are too near to each other. */
export function isSooner(one: number, other: number): boolean | undefined {
  return Math.max(one, other) < Math.min(one, other) * LATENCY_MARGIN ? undefined : one < other
}

/** Judges a rule on each case that can be answered; half of the cases must be, or the run cannot tell. */
export function inEveryCase(
  rows: readonly ClaimRow[],
  answer: (judged: JudgedCase) => CaseAnswer,
): ClaimVerdict {
  const answers = judgedCases(rows).map((judged) => ({ ...answer(judged), name: judged.name }))
  const decided = answers.filter(({ met }) => met !== undefined)
  const met = decided.filter((one) => one.met)
  const evidence =
    answers.length === 0
      ? 'no rows'
      : `${met.length} of ${answers.length} cases${decided.length < answers.length ? `, ${answers.length - decided.length} open` : ''}: ${answers.map((one) => `${one.name} ${one.evidence}`).join('; ')}`
  if (decided.length === 0 || decided.length * 2 < answers.length) {
    return { state: 'cannot be tested here', evidence }
  }
  if (met.length === answers.length) return { state: 'holds', evidence }
  return { state: met.length * 2 > decided.length ? 'holds in shape' : 'fails', evidence }
}

/** `word-count, 30s window` from a case's workload and parameters. */
function shortName(name: string): string {
  const [, workload = name, parameters = ''] = /^(\S+) ?(.*)$/.exec(name) ?? []
  const { mode, length } = JSON.parse(parameters || '{}') as { mode?: string; length?: string }
  return length !== undefined && mode !== 'running' ? `${workload}, ${length} window` : workload
}
