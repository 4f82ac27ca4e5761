/**
 * What claims and conclusions of the main job read from rows: cases with the numbers of both engines. Wrong rows decide
 * nothing; a trial that did not keep up has no latency, and is counted. The hash of every claim covers this file.
 */

import type { Nanos } from '../../engines/core/units.ts'
import { atCommonRate } from '../../results/load-rows.ts'
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
  /** Of each engine at the common rate; undefined for one without a trial there. */
  readonly atCommonRate: {
    readonly timely: JudgedLoad | undefined
    readonly dstream: JudgedLoad | undefined
  }
  /** What one thread does with the same kernels; undefined where that was not measured. */
  readonly thread: KnownRate | undefined
  /** Records per second of the best plain loop. */
  readonly plainLoop: number | undefined
}

/** What the trials of an engine at one load came to. */
export interface JudgedLoad {
  readonly rate: number | undefined
  readonly tick: Nanos | undefined
  /**
   * Median of the p99s of all trials; who did not keep up has no latency (METHOD 8) and counts as infinite. Undefined where the
   * output of one was wrong, or not judged.
   */
  readonly p99: Nanos | undefined
  /** How many of the trials did not keep up. */
  readonly notHeld: number
  readonly trials: number
}

/** Whether a rule is met in a case; undefined where the numbers leave it open. */
export type CaseAnswer = { readonly met: boolean | undefined; readonly evidence: string }

export const caseOf = (row: ClaimRow): string => `${row.workload} ${row.workload_parameters ?? ''}`

export function judgedCases(rows: readonly ClaimRow[]): readonly JudgedCase[] {
  return [...Map.groupBy(rows, caseOf)].map(([name, own]) => {
    const common = atCommonRate(own)
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
        timely: loadOf(common.filter(({ engine }) => engine === 'timely')),
        dstream: loadOf(common.filter(({ engine }) => engine === 'dstream')),
      },
      thread: threadRate(loops('columns')),
      plainLoop: plain.length > 0 ? median(plain) : undefined,
    }
  })
}

/** Whether a trial has a latency: it came to its end, and kept up. */
export const isHeld = ({ outcome, verdict, sustained }: ClaimRow): boolean =>
  outcome === 'completed' && verdict === 'valid' && sustained !== false

function loadOf(rows: readonly ClaimRow[]): JudgedLoad | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  const isOpen = ({ verdict, outcome }: ClaimRow): boolean =>
    verdict === 'invalid' || (verdict === 'unknown' && outcome === 'completed')
  const values = rows.map((row) =>
    isHeld(row) ? (row.latency_ns_p99 ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
  )
  return {
    rate: first.offered_records_per_s,
    tick: first.tick_ns,
    p99: rows.some(isOpen) ? undefined : median(values),
    notHeld: rows.filter((row) => !isHeld(row)).length,
    trials: rows.length,
  }
}

/** `not held by dstream`, or `3 of 10 not held by dstream`; nothing of who kept up. */
export function notHeldText(engine: string, { notHeld, trials }: JudgedLoad): readonly string[] {
  if (notHeld === 0) return []
  return [`${trials > 1 ? `${notHeld} of ${trials} ` : ''}not held by ${engine}`]
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

/** Is the first latency below the second? Undefined while they are too near to each other, or one is none. */
export function isSooner(one: number, other: number): boolean | undefined {
  if (!Number.isFinite(Math.max(one, other))) return undefined
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
