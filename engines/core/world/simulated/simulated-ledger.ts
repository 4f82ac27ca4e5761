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
    for (const { output, partitions, ticks } of expectedCommits(dataflow, config)) {
      const count = ticks.containing(config.input.duration) - 1
      for (const partition of partitions) {
        for (let index = 1; index <= count; index++) {
          this.#missing.add(`${output}/${partition}/${ticks.endOf(index)}`)
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
