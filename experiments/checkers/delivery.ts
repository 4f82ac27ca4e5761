/**
 * Delivery: was everything committed once? What can be said of a run without knowing what its results should be.
 *
 * A tick of an output may be committed again after a fault; the first commit counts, and a later one must have the same
 * digest. The ledger refuses commits of a generation that is over, so generations never fall.
 */
import type { Commit, VisibleCommit } from '../../engines/core/output/commit.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import type { PartitionId, TickEnd } from '../../engines/core/units.ts'
import { digestOf, sameDigest } from '../../workloads/oracle-digest.ts'
import type { DueCommits } from './due-commits.ts'
import type { Findings } from './verdict.ts'

/** First commits of a run, by output, partition and tick. */
export class FirstCommits {
  readonly #commits = new Map<string, VisibleCommit>()
  repeated = 0

  get count(): number {
    return this.#commits.size
  }

  of(output: number, partition: PartitionId, tick: TickEnd): VisibleCommit | undefined {
    return this.#commits.get(`${output} ${partition} ${tick}`)
  }

  /** Adds a commit; the first of its tick is returned if there is one already. */
  add(commit: VisibleCommit): VisibleCommit | undefined {
    const name = `${commit.output} ${commit.partition} ${commit.tick}`
    const first = this.#commits.get(name)
    if (first === undefined) this.#commits.set(name, commit)
    else this.repeated += 1
    return first
  }
}

export function checkDelivery(
  record: RunRecord,
  config: RunConfig,
  outputs: readonly DueCommits[],
  findings: Findings,
): FirstCommits {
  const first = new FirstCommits()
  let generation = Number.NEGATIVE_INFINITY
  for (const commit of record.uncut ?? record.commits) {
    if (!isExpected(commit, config, outputs)) findings.fault('extra', () => placeOf(commit))
    if (commit.generation < generation) {
      const after = generation
      findings.fault('generation', () => `${placeOf(commit)} after one of generation ${after}`)
    }
    generation = Math.max(generation, commit.generation)
    if (commit.visibleAt < commit.tick) {
      findings.fault('early', () => `${placeOf(commit)} was visible at ${commit.visibleAt} ns`)
    }
    const before = first.add(commit)
    if (before !== undefined && !sameDigest(before, commit)) {
      findings.fault(
        'contradicted',
        () => `${placeOf(commit)}: ${lanes(before)}, then ${lanes(commit)}`,
      )
    }
  }
  const { cutAt = config.input.duration } = record
  if (record.outcome === 'completed') checkMissing(first, cutAt, outputs, findings)
  else {
    const { outcome, error } = record
    findings.doubt('not-completed', () => (error ? `${outcome}: ${error.message}` : outcome))
  }
  checkRows(record, config, findings)
  return first
}

function checkMissing(
  first: FirstCommits,
  until: TickEnd,
  outputs: readonly DueCommits[],
  findings: Findings,
): void {
  for (const { output, partitions, period } of outputs) {
    for (let tick = period; tick <= until; tick += period) {
      for (const partition of partitions) {
        if (first.of(output, partition, tick) !== undefined) continue
        findings.fault('missing', () => `output ${output}, partition ${partition}, tick ${tick}`)
      }
    }
  }
}

/** Where rows were kept, some commit of their place and generation must have their digest; where they are its last ones, more of them. */
function checkRows(record: RunRecord, config: RunConfig, findings: Findings): void {
  if (record.rows.length === 0 || !config.digests) return
  const commits = Map.groupBy(record.commits, rowsPlace)
  for (const kept of record.rows) {
    const digest = digestOf(kept.rows)
    const candidates = commits.get(rowsPlace(kept)) ?? []
    const isTail = digest.rows === config.keepRowsMax
    const matches = (commit: Commit): boolean =>
      sameDigest(commit, digest) || (isTail && commit.rows > digest.rows)
    if (candidates.some(matches)) continue
    findings.fault('rows', () => `${placeOf(kept)}: rows give ${lanes(digest)}`)
  }
}

type Place = Pick<Commit, 'generation' | 'output' | 'partition' | 'tick'>

function rowsPlace({ generation, output, partition, tick }: Place): string {
  return `${generation} ${output} ${partition} ${tick}`
}

function isExpected(
  { output, partition, tick }: Commit,
  config: RunConfig,
  outputs: readonly DueCommits[],
): boolean {
  const due = outputs.find((candidate) => candidate.output === output)
  if (due === undefined || !due.partitions.includes(partition)) return false
  return tick > 0 && tick <= config.input.duration && tick % due.period === 0
}

export function placeOf({ generation, output, partition, tick }: Place): string {
  return `output ${output}, partition ${partition}, tick ${tick}, generation ${generation}`
}

export function lanes(digest: { rows: number; lane0: number; lane1: number }): string {
  const [lane0, lane1] = [digest.lane0, digest.lane1].map((lane) => lane.toString(16))
  return `${digest.rows} rows ${lane0} ${lane1}`
}
