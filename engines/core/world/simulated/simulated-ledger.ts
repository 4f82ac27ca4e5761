/** The ledger of a simulated run: what became visible and when, what was refused, and what a complete run still lacks. */
import type { Commit, CommitOutcome, VisibleCommit } from '../../output/commit.ts'
import { expectedCommits } from '../../output/expected-commits.ts'
import { RunCompletion } from '../../output/run-completion.ts'
import type { Dataflow } from '../../plan/dataflow.ts'
import type { RunConfig } from '../../run-config.ts'
import type { Nanos } from '../../units.ts'

export class SimulatedLedger {
  readonly #commits: VisibleCommit[] = []
  /** Commits refused because their generation, or the life that made them, was over. */
  stale = 0
  readonly completion: RunCompletion

  constructor(dataflow: Dataflow, config: RunConfig) {
    const expected = expectedCommits(dataflow, config)
    this.completion = new RunCompletion(expected, config.input.duration)
  }

  get complete(): boolean {
    return this.completion.missing === 0
  }

  /**
   * Commits by generation, in the order in which they became visible. A step is run whole: what is committed late in it is added
   * before what another process commits meanwhile.
   */
  inOrder(): readonly VisibleCommit[] {
    return this.#commits.toSorted(
      (a, b) => a.generation - b.generation || a.visibleAt - b.visibleAt,
    )
  }

  commit(commit: Commit, at: { now: Nanos; generation: number }): CommitOutcome {
    if (commit.generation < at.generation) {
      return this.refuse()
    }
    this.#commits.push({ ...commit, visibleAt: at.now })
    this.completion.add(commit)
    return 'accepted'
  }

  /** Whoever commits is over. */
  refuse(): CommitOutcome {
    this.stale += 1
    return 'stale'
  }
}
