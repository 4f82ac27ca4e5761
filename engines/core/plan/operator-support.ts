/**
 * What each engine runs of the language: the words, in one sentence each, and what an engine lacks of what they need.
 * `list` prints it; what it says is what plans are refused by.
 */
import { PlanError } from '../errors.ts'
import type { RunConfig } from '../run-config.ts'
import type { Dataflow } from './dataflow.ts'
import type { Plan, PlanNode } from './plan.ts'

export type EngineName = RunConfig['engine']

type Need = 'loops' | 'queries'

interface Reason {
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

export interface Word {
  /** As the user writes it. */
  readonly word: string
  readonly kind: PlanNode['kind']
  readonly meaning: string
  readonly need?: Need
}

const word = (kind: PlanNode['kind'], meaning: string, need?: Need): Word => {
  return { word: kind, kind, meaning, ...(need && { need }) }
}

/** The language. A word with several meanings, told apart by what it is called on, has a line for each. */
export const WORDS: readonly Word[] = [
  word('map', 'a record for each record'),
  word('filter', 'the records for which a function is true'),
  word('flatMap', 'any number of records for each record'),
  word('keyBy', 'a record with its key before it'),
  word('union', 'the records of several streams'),
  word('stamp', 'a record with the end of its period before it'),
  word('changes', 'the rows of a table that changed, as records'),
  word('exchange', 'pairs in the partition of their key'),
  word('reduceByKey', 'a reduce a key and period'),
  word('groupByKey', 'all values of a key and period'),
  word('cogroup', 'all values of a key and period, of two streams'),
  word('join', 'each two values of a key and period, of two streams'),
  { ...word('tableJoin', 'a table with all events of its keys'), word: 'join' },
  { ...word('staticJoin', 'records with static data of their keys'), word: 'join' },
  word('distinct', 'each record once'),
  word('runningReduce', 'a table of reduces over everything so far'),
  word('track', 'a table of states that events make and change, with a timeout'),
  word('window', 'all records of the last length'),
  word('reduceByWindow', 'a table of reduces over the last length'),
  {
    ...word('eventWindow', 'reduces over when records happened, with a lateness'),
    word: 'reduceByEventTime',
  },
  word('topK', 'a table of the k rows with the greatest values'),
  word('iterate', 'a loop, until a round puts nothing out', 'loops'),
  word('collect', 'an output that is committed'),
  word('save', 'an output in files'),
  word('foreachBatch', 'an output that calls a function'),
  word('query', 'a table that may be asked for while it lives', 'queries'),
]

export function runs(engine: EngineName, { need }: Pick<Word, 'need'>): boolean {
  return need === undefined || LACKING[engine][need] === undefined
}

export function runsPlan(engine: EngineName, plan: Plan): boolean {
  const kinds = new Set(plan.nodes.map(({ kind }) => kind))
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
