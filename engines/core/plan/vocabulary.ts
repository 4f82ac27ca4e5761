/**
 * The words of the language: what a user may write in a plan, each in a sentence, with what it takes besides streams, functions
 * and lengths. `list` prints them. A word that is missing here fails a test, an option that is missing is a type error.
 */
import type { Query, Want } from '../queries/query.ts'
import type * as functions from './functions.ts'
import type { PlanNode } from './plan.ts'
import type {
  EventTimeOptions,
  IterateOptions,
  SourceOptions,
  TrackOptions,
  WindowOptions,
} from './stream-options.ts'

/** What not every engine has. */
export type Need = 'loops' | 'queries'

export interface Word {
  /** As the user writes it. */
  readonly word: string
  /** Of the node that it makes, if that is a node of its own. */
  readonly kind?: PlanNode['kind']
  readonly meaning: string
  readonly need?: Need
  /** What each of its options means. */
  readonly options?: Readonly<Record<string, string>>
}

type Described<O> = Readonly<Record<keyof O, string>>

const FORMAT = 'how bytes become records: text, json, csv (with its columns) or u32x2'
const SLIDE = 'from the end of a window to the next; by default the period of the stream'

const SOURCE: Described<SourceOptions> = {
  format: FORMAT,
  stamped: 'records come with the time when they happened, and may come late',
}

const STATIC_SOURCE: Described<Omit<SourceOptions, 'stamped'>> = { format: FORMAT }

const TRACK: Described<TrackOptions<unknown, unknown, unknown> & { timeout: unknown }> = {
  timeout: 'the key leaves when it has had no event for so long',
  time: 'the order of the events of a key and period',
  expired: 'what a key that timed out is for one more period',
}

const WINDOW: Described<Pick<WindowOptions<unknown>, 'slide'>> = { slide: SLIDE }

const REDUCED_WINDOW: Described<WindowOptions<unknown>> = {
  slide: SLIDE,
  inverse: 'takes out what leaves, instead of adding all anew',
}

const EVENT_TIME: Described<EventTimeOptions<unknown, unknown>> = {
  time: 'when a record happened',
  lateness: 'for how long a window is kept open after its end',
  slide: SLIDE,
}

const ITERATE: Described<IterateOptions> = {
  rounds: 'after which nothing is fed back',
  fresh: 'the loop forgets what it had when a period enters',
}

type KeyOf<U> = U extends unknown ? keyof U : never

type QueryOption =
  | Exclude<keyof Query, 'of' | 'want' | 'at'>
  | Exclude<Extract<Want, string>, 'rows'>
  | KeyOf<Extract<Want, object>>

/** As `--query` has them. */
const QUERY: Readonly<Record<QueryOption, string>> = {
  every: 'again and again',
  slice: 'each version from an instant to another (from … to …)',
  count: 'only how many rows there are',
  top: 'only the k greatest rows',
  key: 'only the row of a key',
}

const word = (kind: PlanNode['kind'], meaning: string, more: Partial<Word> = {}): Word => {
  return { word: kind, kind, meaning, ...more }
}

/** A word with several meanings, told apart by what it is called on, has a line for each. */
export const WORDS: readonly Word[] = [
  word('source', 'the records of an input, cut into intervals', {
    word: 'readStream',
    options: SOURCE,
  }),
  {
    word: 'readStatic',
    meaning: 'an input that is read once and wholly, before the run',
    options: STATIC_SOURCE,
  },
  { word: 'static', meaning: 'what was made of it, for streams to be joined with' },
  word('map', 'a record for each record'),
  word('filter', 'the records for which a function is true'),
  word('flatMap', 'any number of records for each record'),
  word('keyBy', 'a record with its key before it'),
  word('union', 'the records of several streams'),
  word('stamp', 'a record with the end of its period before it'),
  { word: 'transform', meaning: 'a piece of a plan that has a name' },
  word('changes', 'the rows of a table that changed, as records'),
  word('exchange', 'pairs in the partition of their key'),
  word('reduceByKey', 'a reduce a key and period'),
  word('groupByKey', 'all values of a key and period'),
  word('cogroup', 'all values of a key and period, of two streams'),
  word('join', 'each two values of a key and period, of two streams'),
  word('tableJoin', 'a table with all events of its keys', { word: 'join' }),
  word('staticJoin', 'records with static data of their keys', { word: 'join' }),
  word('distinct', 'each record once'),
  word('runningReduce', 'a table of reduces over everything so far'),
  word('track', 'a table of states that events make and change', { options: TRACK }),
  word('window', 'all records of the last length', { options: WINDOW }),
  word('reduceByWindow', 'a table of reduces over the last length', { options: REDUCED_WINDOW }),
  {
    word: 'countByWindow',
    meaning: 'a table of how many records the last length had',
    options: WINDOW,
  },
  word('eventWindow', 'reduces over when records happened, and what came too late', {
    word: 'reduceByEventTime',
    options: EVENT_TIME,
  }),
  word('topK', 'a table of the k rows with the greatest values'),
  word('iterate', 'a loop, until a round puts nothing out', { need: 'loops', options: ITERATE }),
  word('collect', 'an output that is committed'),
  word('save', 'an output in files'),
  word('foreachBatch', 'an output that calls a function'),
  word('query', 'a table that may be asked for while it lives', {
    need: 'queries',
    options: QUERY,
  }),
]

/** The functions that have a kernel. Any other may be written out, and runs as a plain function. */
export const FUNCTIONS: Readonly<Record<Exclude<keyof typeof functions, 'withKernel'>, string>> = {
  words: 'flatMap: the words of a text',
  contains: 'filter: texts with a text in them',
  longerThan: 'filter: texts of more than so many bytes',
  prefix: 'map: the first bytes of a text',
  lowerCase: 'map: A to Z become a to z',
  whereEquals: 'filter: pairs with a number at a place',
  withOne: 'map: a pair with 1, to be counted',
  sum: 'reduces: the sum',
  difference: 'reduceByWindow: the inverse of sum',
  min: 'reduces: the lesser one',
  max: 'reduces: the greater one',
  bothWays: 'flatMap: a pair, and turned around',
  withLesser: 'map: the first number of a pair, and the lesser of both',
  eventAndRow: 'map behind the join of a table: the event, and its row',
}
