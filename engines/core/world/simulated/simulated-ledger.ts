/** The ledger of a simulated run: what became visible and when, what was refused, and what a complete run still lacks. */
import type { Commit, CommitOutcome, VisibleCommit } from '../../output/commit.ts'
import { expectedCommits } from '../../output/expected-commits.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import type { RunConfig } from '../../run-config.ts'
import type { Nanos } from '../../units.ts'

export class SimulatedLedger {
  readonly commits: VisibleCommit[] = []
  /** Commits refused because their generation was over. */
  stale = 0
  #missing = new Set<string>()

  constructor(dataflow: Dataflow, config: RunConfig) {
    for (const { output, partitions, period } of expectedCommits(dataflow, config)) {
      for (const partition of partitions) {
        for (let tick = period; tick <= config.input.duration; tick += period) {
          this.#missing.add(`${output}/${partition}/${tick}`)
        }
      }
    }
  }

  get complete(): boolean {
    return this.#missing.size === 0
  }

  commit(commit: Commit, at: { now: Nanos; generation: number }): CommitOutcome {
    if (commit.generation !== at.generation) {
      this.stale += 1
      return 'stale'
    }
    this.commits.push({ ...commit, visibleAt: at.now })
    this.#missing.delete(`${commit.output}/${commit.partition}/${commit.tick}`)
    return 'accepted'
  }
}
