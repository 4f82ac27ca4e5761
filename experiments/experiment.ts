/**
 * The contract of an experiment: a question, what is varied to answer it, and claims whose rules of decision are committed
 * before the first run (METHOD 1), so that nobody can choose the rule after seeing the numbers.
 *
 * An experiment drives engines by trials, writes every trial as a row, and answers each claim from these rows alone: a
 * claim can be judged again from a run's folder by somebody who did not measure.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FaultRow, TrialRow } from '../results/schema.ts'
import type { ExitStatus } from './cli/exit-status.ts'
import type { CommandIo } from './runner/command-io.ts'

/** `holds in shape`: the direction is right and the size is not; `cannot be tested here`: the rows it needs are missing. */
export type ClaimState = 'holds' | 'holds in shape' | 'fails' | 'cannot be tested here'

export interface ClaimVerdict {
  readonly state: ClaimState
  /** The numbers behind it, in words. */
  readonly evidence: string
}

/** What is needed of the rows of trials and faults: run ids are the writer's. */
export type ClaimRow = Omit<TrialRow, 'run_id'>
export type ClaimFault = Omit<FaultRow, 'run_id'>

/** A rule by which a claim was judged before. */
export type FormerRule = {
  /** What it said that the rule of today does not. */
  readonly what: string
} & (
  | {
      /** Rows that the rule of today judges as that one judged these. */
      readonly asSeen: (rows: readonly ClaimRow[]) => readonly ClaimRow[]
    }
  | {
      /** Why a verdict by it cannot be computed from the run. */
      readonly why: string
    }
)

export interface Claim {
  /** Kebab-case, unique in its experiment. */
  readonly name: string
  readonly text: string
  /** The rule of decision, in words: metric, unit, direction, threshold. `judge` does what it says and nothing else. */
  readonly rule: string
  judge(rows: readonly ClaimRow[], faults?: readonly ClaimFault[]): ClaimVerdict
  /** URLs of the files whose code `judge` calls, of this repository. */
  readonly judgedBy: readonly string[]
  /** Of a claim whose rule was changed, the last one first. Printed with the verdict (METHOD). */
  readonly formerly?: readonly FormerRule[]
}

export interface Factor {
  readonly name: string
  readonly values: readonly (string | number)[]
}

export interface Experiment {
  /** Kebab-case; also its folder in `results/`, and its command. */
  readonly name: string
  readonly question: string
  /** Figures that it draws, or tables that it prints. */
  readonly shows: string
  readonly factors: readonly Factor[]
  readonly claims: readonly Claim[]
  /** Runs with its defaults. */
  run(io: CommandIo): Promise<ExitStatus>
}

/**
 * First 12 digits of a hash of a claim's rule, in words and in code: its text, its rule, the source of its `judge`, and the
 * files that this calls. Printed with a verdict, so that a changed rule is seen.
 */
export function ruleHash({ text, rule, judge, judgedBy }: Omit<Claim, 'name'>): string {
  const hash = createHash('sha256').update(`${text}\n${rule}\n${judge}\n`)
  for (const url of judgedBy) hash.update(readFileSync(new URL(url)))
  return hash.digest('hex').slice(0, 12)
}
