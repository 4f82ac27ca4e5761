/**
 * The judge of a run: its commits against the workload's oracle.
 *
 * Every run is judged, timed or not, in either world, with or without faults: a run that is wrong has no throughput. It is
 * done after the measured interval, and costs what the oracle costs. Neither runs code of the engines (`independence.test.ts`):
 * what they are given is data, and which commits are due the judge says for itself (`due-commits.ts`).
 */

import type { HistoryEvent } from '../../engines/core/metrics/history.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord, Trial } from '../../engines/core/system.ts'
import type { PartitionId, TickEnd } from '../../engines/core/units.ts'
import {
  type ExpectedTick,
  multiplesOf,
  type Oracle,
  type OracleInput,
} from '../../workloads/oracle.ts'
import { arrivalsOf } from '../../workloads/oracle-arrivals.ts'
import { DigestSums, sameDigest } from '../../workloads/oracle-digest.ts'
import { checkChanges } from './changes.ts'
import { checkDelivery, type FirstCommits, lanes, placeOf } from './delivery.ts'
import type { DueCommits } from './due-commits.ts'
import { checkFaults } from './faults.ts'
import { checked, type Findings, type Verdict } from './verdict.ts'

/**
 * Judges a run. `outputs` are those of its plan (`dueCommits`), `oracle` is of the workload with the plan's parameters, or what it
 * said when it was asked before (`oracleInputOf`).
 *
 * *valid* only if the run completed, every (output, partition, tick) was committed, first commits have the oracle's digests,
 * later ones the same, none is extra or early, generations never fall, every fault that was planned took effect, as many records were
 * told as late as the oracle counts, and the oracle spoke of exactly these ticks, at least one. A run
 * that did not complete is *unknown*, or *invalid* by what it did commit. Throws nothing: see `checked`.
 *
 * Workers that were to join or to leave must have, too.
 *
 * A run with live input is held to what arrived, by the record; `config.input` then ends where the run did. One that was cut is to be
 * whole up to there, and what it has committed of later ticks is to be right.
 */
export function judge(
  record: RunRecord,
  trial: JudgedTrial,
  outputs: readonly DueCommits[],
  oracle: Oracle | Iterable<ExpectedTick>,
): Verdict {
  const { config, faults } = trial
  return checked((findings) => {
    const first = checkDelivery(record, config, outputs, findings)
    checkFaults(record, faults, findings)
    const duration = record.cutAt ?? config.input.duration
    if (outputs.every(({ period }) => period > duration)) {
      findings.doubt(
        'nothing-due',
        () => `the first commit is due after the run's end, ${duration}`,
      )
    }
    if (record.input !== undefined && !(record.input.dueAt[0]! < duration)) {
      findings.doubt('nothing-due', () => `no record arrived before the run's end, ${duration}`)
    }
    if (trial.input !== undefined && record.input === undefined) {
      // Of a run that failed, say since its source died, there is a reason already.
      if (record.outcome === 'completed') {
        findings.doubt('oracle-differs', () => 'what arrived is not known')
      }
    } else if (config.digests) {
      const expected = 'expect' in oracle ? oracle.expect(oracleInputOf(record, trial)) : oracle
      const coverage = new Coverage(outputs, judgedUntil(record, config))
      let late: number | undefined
      for (const tick of expected) {
        compare(tick, first, coverage, findings)
        if (tick.late !== undefined && tick.tick <= duration) late = (late ?? 0) + tick.late
      }
      coverage.finish(findings)
      if (late !== undefined && record.outcome === 'completed') {
        checkLate(late, record.history, findings)
      }
    } else findings.doubt('no-digests', () => 'the run was configured without digests')
    checkChanges(record, config, findings)
    return findings.verdict({ commits: first.count, repeated: first.repeated })
  })
}

type JudgedTrial = Pick<Trial, 'config' | 'pool' | 'input' | 'faults'>

/** Whether there is something to ask an oracle of a run. */
export function asksOracle(
  record: Pick<RunRecord, 'input'>,
  { config, input: live }: JudgedTrial,
): boolean {
  return config.digests && (live === undefined || record.input !== undefined)
}

/** Where an oracle is to end: of a run that was cut, behind the last tick that it committed anything of. */
export function judgedUntil(
  { cutAt, uncut = [] }: Pick<RunRecord, 'cutAt' | 'uncut'>,
  { tick, input }: Pick<RunConfig, 'tick' | 'input'>,
): TickEnd {
  let until = cutAt ?? input.duration
  for (const commit of uncut) {
    const isDue = commit.tick <= input.duration && commit.tick % tick === 0
    if (isDue && commit.tick > until) until = commit.tick
  }
  return until
}

/** What it is asked. Of what arrived, a copy. */
export function oracleInputOf(
  record: Pick<RunRecord, 'input' | 'cutAt' | 'uncut'>,
  { config, pool }: JudgedTrial,
): OracleInput {
  const { partitions } = config
  const input = { ...config.input, duration: judgedUntil(record, config) }
  const ticks = multiplesOf(config.tick, input.duration)
  const source = record.input ? arrivalsOf(record.input, partitions) : { pool }
  return { ...source, partitions, input, ticks }
}

function compare(
  expected: ExpectedTick,
  first: FirstCommits,
  coverage: Coverage,
  findings: Findings,
): void {
  const { output, tick, digests } = expected
  if (expected.anywhere) {
    compareSum(expected, first, coverage, findings)
    return
  }
  digests.forEach((digest, partition) => {
    coverage.spokeOf(output, partition, tick, findings)
    const commit = first.of(output, partition, tick)
    if (commit === undefined || sameDigest(commit, digest)) return
    findings.fault('wrong', () => `${placeOf(commit)}: ${lanes(commit)}, not ${lanes(digest)}`)
  })
}

/** Of rows that may lie in any partition. One that has not committed is a finding of its own. */
function compareSum(
  { output, tick, digests: [expected] }: ExpectedTick,
  first: FirstCommits,
  coverage: Coverage,
  findings: Findings,
): void {
  const sums = new DigestSums(1)
  let isWhole = true
  for (const partition of coverage.partitionsOf(output)) {
    coverage.spokeOf(output, partition, tick, findings)
    const commit = first.of(output, partition, tick)
    if (commit === undefined) isWhole = false
    else sums.addDigest(0, commit)
  }
  const [found] = sums.take()
  if (!isWhole || sameDigest(found!, expected!)) return
  findings.fault(
    'wrong',
    () =>
      `output ${output}, all partitions, tick ${tick}: ${lanes(found!)}, not ${lanes(expected!)}`,
  )
}

/** Each period tells of its late records, and when it is ended again, say after a fault, the same once more. */
function checkLate(late: number, history: readonly HistoryEvent[], findings: Findings): void {
  const told = new Map<string, unknown>()
  for (const { event, fields } of history) {
    if (event !== 'late-records') continue
    const { operator, partition, tick, records } = fields
    const place = `operator ${operator}, partition ${partition}, tick ${tick}`
    const before = told.get(place) ?? records
    if (records !== before) {
      findings.fault('late-count', () => `${place}: ${before}, then ${records}`)
    }
    told.set(place, records)
  }
  const counted = [...told.values()].reduce((sum: number, records) => sum + Number(records), 0)
  if (counted === late) return
  findings.fault('late-count', () => `${counted} records came too late, not ${late}`)
}

/** Checks that the oracle speaks of every due tick once, in order, and of nothing else. */
class Coverage {
  readonly #outputs: readonly DueCommits[]
  readonly #duration: number
  /** For each output and partition, the tick that comes next. */
  readonly #next: Map<number, number[]>

  constructor(outputs: readonly DueCommits[], duration: number) {
    this.#outputs = outputs
    this.#duration = duration
    this.#next = new Map(
      outputs.map(({ output, partitions, period }) => {
        const next: number[] = []
        for (const partition of partitions) next[partition] = period
        return [output, next]
      }),
    )
  }

  /** Those that commit an output; of one that is unknown the first, of which `spokeOf` tells. */
  partitionsOf(output: number): readonly PartitionId[] {
    return this.#outputs.find((each) => each.output === output)?.partitions ?? [0]
  }

  spokeOf(output: number, partition: number, tick: number, findings: Findings): void {
    const next = this.#next.get(output)
    const period = this.#outputs.find((candidate) => candidate.output === output)?.period
    if (next?.[partition] !== tick || period === undefined) {
      findings.doubt(
        'oracle-differs',
        () => `the oracle expects output ${output}, partition ${partition}, tick ${tick}`,
      )
      return
    }
    next[partition] = tick + period
  }

  finish(findings: Findings): void {
    for (const { output, partitions } of this.#outputs) {
      for (const partition of partitions) {
        const next = this.#next.get(output)![partition]!
        if (next > this.#duration) continue
        findings.doubt(
          'oracle-differs',
          () => `the oracle is silent on output ${output}, partition ${partition}, tick ${next}`,
        )
      }
    }
  }
}
