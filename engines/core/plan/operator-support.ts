/**
 * What each engine runs of the language (`vocabulary.ts`): what an engine lacks of what words need, and why. `list` prints it;
 * what it says is what plans are refused by.
 */
import { PlanError } from '../errors.ts'
import type { RunConfig } from '../run-config.ts'
import type { Dataflow } from './dataflow.ts'
import type { Plan } from './plan.ts'
import { type Need, WORDS, type Word } from './vocabulary.ts'

export type EngineName = RunConfig['engine']

export interface Reason {
  readonly found: string
  readonly rule: string
  readonly remedy: string
}

/** By which the D-Stream engine runs a loop after all: a single one, over an input that ends. */
export const AS_JOBS = '--bounded --iterations-as-jobs'

/** What an engine lacks, with the reason. */
const LACKING: Readonly<Record<EngineName, Readonly<Partial<Record<Need, Reason>>>>> = {
  timely: {
    queries: {
      found: 'the timely engine',
      rule: 'Its state is changed in place, so there is no past version to read',
      remedy: 'Use --engine dstream, or make the query a stream of the plan',
    },
  },
  dstream: {
    loops: {
      found: 'the D-Stream engine',
      rule: 'Its graph has no cycles: an RDD is made of RDDs that exist, so a loop of unknown length has no lineage (D-Streams §3)',
      remedy: `Use --engine timely, or run it over an input that ends, with a job for each round: ${AS_JOBS}`,
    },
  },
}

export function runs(engine: EngineName, word: Pick<Word, 'need'>): boolean {
  return reasonAgainst(engine, word) === undefined
}

/** Why an engine does not run a word, and what to do instead; undefined where it does. */
export function reasonAgainst(
  engine: EngineName,
  { need }: Pick<Word, 'need'>,
): Reason | undefined {
  return need && LACKING[engine][need]
}

export function runsPlan(engine: EngineName, plan: Plan): boolean {
  const kinds = new Set<string | undefined>(plan.nodes.map(({ kind }) => kind))
  return WORDS.every((word) => !kinds.has(word.kind) || runs(engine, word))
}

/** Errors: `PlanError` naming the word, for what an engine lacks of a dataflow. `asJobs`: rounds are to be jobs. */
export function checkSupport(
  engine: EngineName,
  { loops, tables }: Dataflow,
  asJobs = false,
): void {
  const lacking = LACKING[engine]
  for (const { node, isQuery } of tables) {
    if (isQuery && lacking.queries) throw refused(`query (node ${node})`, lacking.queries)
  }
  for (const { node } of loops) {
    if (lacking.loops && !asJobs) throw refused(`iterate (node ${node})`, lacking.loops)
  }
}

/** Errors: `PlanError` for an engine that answers no queries. */
export function checkQueried(engine: EngineName, of: string): void {
  const { queries } = LACKING[engine]
  if (queries) throw refused(`the query of ${of}`, queries)
}

function refused(asked: string, reason: Reason): PlanError {
  return new PlanError({ asked, ...reason })
}
