/**
 * Random trials for fast-check: typed, and shrinking to a plain source over one line on one worker, without a fault.
 *
 * A word is drawn as soon as some engine runs all that it needs (`operator-support.ts`), and a recovery mode as soon as there is one.
 */
import fc from 'fast-check'
import type {
  Loop,
  LoopWord,
  PlanStep,
  RandomPlan,
  Reduce,
  Span,
  StepWord,
} from '../../engines/core/conformance/random-plan.ts'
import { FAULT_NAMES, type FaultName, takes } from '../../engines/core/faults/fault-words.ts'
import { runs } from '../../engines/core/plan/operator-support.ts'
import type { PlanNode } from '../../engines/core/plan/plan.ts'
import { WORDS } from '../../engines/core/plan/vocabulary.ts'
import { ENGINES } from '../../engines/index.ts'
import type { DrawnFault } from './drawn-faults.ts'
import type { DrawnResize, LeaverHit } from './drawn-resize.ts'
import type { Cut, DrawnQuery, RandomTrial } from './random-trial.ts'
import { SETUPS, type Setup, survives } from './recovery-modes.ts'

const INTERVAL_MS = 200
const STEPS_MAX = 8

const span: fc.Arbitrary<Span> = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([slide, more]) => ({ slide, length: slide + more }))

const place = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(6))
const events = fc.constantFrom('text', 'pairs', 'lists')
const periods = fc.nat(3)
const reduce = fc.constantFrom<Reduce>('sum', 'largest', 'smallest', 'min', 'max')

const loopWord = fc.constantFrom<LoopWord>(
  'sum',
  'distinct',
  'running',
  'grouped',
  'joined',
  'joined-outside',
)
const rounds = fc.nat(6)
const innerLoop: fc.Arbitrary<Loop> = fc.record({
  body: fc.array(loopWord, { maxLength: 2 }),
  rounds,
  fresh: fc.boolean(),
})
const loop: fc.Arbitrary<Loop> = fc.record({
  body: fc.array(
    fc.oneof<[fc.Arbitrary<LoopWord | Loop>, fc.Arbitrary<LoopWord | Loop>]>(loopWord, innerLoop),
    { maxLength: 3 },
  ),
  rounds,
  fresh: fc.boolean(),
})

interface DrawnWord {
  /** The kind of node that it is made of, where it is not its name. */
  readonly kind?: PlanNode['kind']
  readonly weight: number
  readonly parameters: fc.Arbitrary<StepWord>
}

const named = <W extends StepWord['word']>(word: W) => fc.constant(word)

const DRAWN: Readonly<Record<StepWord['word'], DrawnWord>> = {
  narrow: {
    kind: 'map',
    weight: 8,
    parameters: fc.oneof(
      fc.record({
        word: named('narrow'),
        of: fc.constant('text' as const),
        how: fc.constantFrom(
          'words',
          'split',
          'lower-case',
          'prefix',
          'trim',
          'contains',
          'longer-than',
          'not-empty',
          'twice',
        ),
      }),
      fc.record({
        word: named('narrow'),
        of: fc.constant('pairs' as const),
        how: fc.constantFrom(
          'odd-values',
          'sevens',
          'swap',
          'halves',
          'few-keys',
          'strange-keys',
          'listed',
        ),
      }),
      fc.record({ word: named('narrow'), of: fc.constant('lists' as const) }),
    ),
  },
  pair: {
    kind: 'map',
    weight: 3,
    parameters: fc.record({
      word: named('pair'),
      how: fc.constantFrom('ones', 'lengths', 'by-first'),
    }),
  },
  union: { weight: 2, parameters: fc.record({ word: named('union'), of: events, with: place }) },
  distinct: { weight: 1, parameters: fc.record({ word: named('distinct'), of: events }) },
  window: { weight: 2, parameters: fc.record({ word: named('window'), of: events, span }) },
  countByWindow: {
    kind: 'reduceByWindow',
    weight: 1,
    parameters: fc.record({ word: named('countByWindow'), of: events, span }),
  },
  stamp: {
    weight: 1,
    parameters: fc.record({ word: named('stamp'), of: fc.constantFrom('text', 'pairs') }),
  },
  exchange: { weight: 1, parameters: fc.record({ word: named('exchange') }) },
  reduceByKey: {
    weight: 2,
    parameters: fc.record({
      word: named('reduceByKey'),
      reduce,
    }),
  },
  groupByKey: { weight: 1, parameters: fc.record({ word: named('groupByKey') }) },
  cogroup: { weight: 3, parameters: fc.record({ word: named('cogroup'), with: place }) },
  join: { weight: 2, parameters: fc.record({ word: named('join'), with: place }) },
  runningReduce: {
    weight: 2,
    parameters: fc.record({
      word: named('runningReduce'),
      reduce,
    }),
  },
  reduceByWindow: {
    weight: 3,
    parameters: fc.record({
      word: named('reduceByWindow'),
      span,
      how: fc.constantFrom('sum', 'inverse', 'largest'),
    }),
  },
  track: {
    weight: 4,
    parameters: fc.record({
      word: named('track'),
      how: fc.constantFrom('kept', 'exits', 'expired', 'by-time'),
      timeout: periods,
    }),
  },
  reduceByEventTime: {
    kind: 'eventWindow',
    weight: 2,
    parameters: fc.record({ word: named('reduceByEventTime'), span, lateness: periods }),
  },
  tableJoin: { weight: 2, parameters: fc.record({ word: named('tableJoin'), with: place }) },
  staticJoin: { weight: 3, parameters: fc.record({ word: named('staticJoin') }) },
  changes: {
    weight: 3,
    parameters: fc.record({ word: named('changes'), of: fc.constantFrom('tables', 'ranks') }),
  },
  topK: {
    weight: 2,
    parameters: fc.record({ word: named('topK'), k: fc.integer({ min: 1, max: 4 }) }),
  },
  iterate: {
    weight: 4,
    parameters: fc.record({
      word: named('iterate'),
      loop,
      result: fc.constantFrom('pairs', 'table', 'labels', 'labels'),
    }),
  },
}

function isRun(kind: string): boolean {
  const needed = WORDS.filter((word) => word.kind === kind)
  return ENGINES.some((engine) => needed.length > 0 && needed.every((word) => runs(engine, word)))
}

const stepWord: fc.Arbitrary<StepWord> = fc.oneof(
  ...Object.entries(DRAWN)
    .filter(([word, { kind }]) => isRun(kind ?? word))
    .map(([, { weight, parameters }]) => ({ weight, arbitrary: parameters })),
)

const out = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 }) },
)

const step: fc.Arbitrary<PlanStep> = fc
  .tuple(stepWord, place, out)
  .map(([word, from, out]) => ({ ...word, from, out }))

/** One in three reads pairs of integers. */
const format = fc.constantFrom<RandomPlan['format']>('text', 'text', 'u32x2')

export const randomPlan: fc.Arbitrary<RandomPlan> = fc.record({
  format,
  intervalMs: fc.constant(INTERVAL_MS),
  steps: fc.array(step, { maxLength: STEPS_MAX }),
})

/** The last ones are not UTF-8: one is another one's Latin-1, one is half of a character. */
const word = fc.constantFrom(
  ...['a', 'b', 'ab', 'Ba', 'river', 'é', 'a-long-word-of-more-than-16', '\udce9', '\ud83d'],
)
const line = fc.array(word, { maxLength: 4 }).map((found) => found.join(' '))

/** Few, so that keys come again; the greatest, and what no signed word holds. */
const integer = fc.constantFrom(0, 1, 2, 3, 7, 20, 2_147_483_648, 4_294_967_295)
const pair = fc.tuple(integer, integer)

/** What a mode has no answer to is the same for all plans. */
const setup: fc.Arbitrary<Setup> = fc.oneof(
  ...SETUPS.map((each) => ({ weight: survives(each) ? 3 : 1, arbitrary: fc.constant(each) })),
)

/** Their progress, and who watches whom, grow with the square of them: a few of a size are enough. */
const workers = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: 6, max: 8 }) },
)

const cut: fc.Arbitrary<Cut> = fc.record({
  workers,
  partitions: fc.integer({ min: 1, max: 8 }),
  tickMs: fc.constantFrom(200, 100, 50, 50),
  rate: fc.constantFrom(0, 1, 7, 40, 150, 40),
  seed: fc.nat(1_000_000),
  ingest: fc.constantFrom('log', 'log', 'log', 'pushed'),
  kernels: fc.constantFrom('columns', 'plain'),
  keepRows: fc.boolean(),
  replacement: fc.constantFrom('respawn', 'survivors'),
  accumulation: fc.constantFrom('none', 'local', 'global', 'both'),
  flushMs: fc.constantFrom(20, 3, 100),
  checkpointTicks: fc.integer({ min: 1, max: 9 }),
  batchesInFlightMax: fc.integer({ min: 1, max: 5 }),
  blockStoreBytesMax: fc.constantFrom(256 * 1024, 20_000, 0),
  // To clear and poison more is most of what a short run costs.
  regionKib: fc.oneof(
    { weight: 7, arbitrary: fc.constant(1_024) },
    { weight: 1, arbitrary: fc.constant(4_096) },
  ),
  latencyUs: fc.constantFrom(50, 1_000, 10_000),
})

/** A kill is what most of recovery is for; beside it, what is taken for one. */
const FAULT_WEIGHTS: Readonly<Record<FaultName, number>> = {
  kill: 8,
  pause: 3,
  split: 3,
  drop: 2,
  delay: 2,
  duplicate: 1,
  reorder: 2,
  slow: 2,
  contend: 1,
  skew: 2,
  fill: 1,
  tear: 2,
  lose: 2,
}

const acknowledgement = fc.constantFrom<DrawnFault['on']>(
  'before-acknowledgement',
  'after-acknowledgement',
)

const fault: fc.Arbitrary<DrawnFault> = fc.record({
  fault: fc.oneof(
    ...FAULT_NAMES.filter((name) => takes('simulated', name)).map((name) => ({
      weight: FAULT_WEIGHTS[name],
      arbitrary: fc.constant(name),
    })),
  ),
  whom: fc.nat(11),
  other: fc.nat(5),
  ways: fc.constantFrom<DrawnFault['ways']>('both', 'one'),
  at: fc.nat(999),
  on: fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: fc.constant<DrawnFault['on']>('instant') },
    { weight: 1, arbitrary: fc.constantFrom<DrawnFault['on']>('boundary', 'checkpoint') },
    { weight: 2, arbitrary: fc.constant<DrawnFault['on']>('recovery') },
    { weight: 2, arbitrary: acknowledgement },
  ),
  lastsMs: fc.constantFrom(20, 60, 150, 400, 900, 150, 400, 0),
  strength: fc.nat(2),
})

/** Faults that mean most when one follows the other; drawn by themselves they meet too rarely. */
const instant = fc.constant<DrawnFault['on']>('instant')
const early = fc.integer({ min: 200, max: 500 })
const damage: fc.Arbitrary<DrawnFault> = fc.record({
  fault: fc.constantFrom<FaultName[]>('tear', 'lose'),
  whom: fc.nat(11),
  other: fc.nat(5),
  ways: fc.constant('both'),
  at: early,
  on: instant,
  lastsMs: fc.constantFrom(900, 400, 0),
  strength: fc.nat(2),
})
const killing = (at: fc.Arbitrary<number>, on: fc.Arbitrary<DrawnFault['on']>) =>
  fc.record<DrawnFault>({
    fault: fc.constant('kill'),
    whom: fc.nat(11),
    other: fc.nat(5),
    ways: fc.constant('both'),
    at,
    on,
    lastsMs: fc.constant(20),
    strength: fc.constant(0),
  })
const followed: fc.Arbitrary<readonly DrawnFault[]> = fc.oneof<
  fc.Arbitrary<readonly DrawnFault[]>[]
>(
  // What is read back then is damaged.
  fc.tuple(damage, killing(fc.integer({ min: 550, max: 900 }), instant)),
  fc.tuple(killing(early, instant), killing(early, fc.constant<DrawnFault['on']>('recovery'))),
)

/** One in ten has none. */
export const drawnFaults: fc.Arbitrary<readonly DrawnFault[]> = fc.oneof(
  { withCrossShrink: true },
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 8, arbitrary: fc.array(fault, { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: followed },
)

const queries = fc.array(
  fc.record<DrawnQuery>({
    table: fc.nat(7),
    at: fc.nat(999),
    want: fc.constantFrom<DrawnQuery['want'][]>('rows', 'count', { top: 1 }, { top: 3 }),
    how: fc.oneof<fc.Arbitrary<DrawnQuery['how']>[]>(
      fc.constantFrom('once', 'again'),
      fc.record({ versions: fc.nat(3) }),
    ),
  }),
  { maxLength: 3 },
)

const hit: fc.Arbitrary<LeaverHit> = fc.record({
  fault: fc.constantFrom<LeaverHit['fault']>('kill', 'pause'),
  afterMs: fc.constantFrom(0, 2, 6, 12, 30, 60, 110),
  lastsMs: fc.constantFrom(400, 60),
})

/** In one of four trials workers join or leave, and some are hit while they do. */
const resize: fc.Arbitrary<DrawnResize | undefined> = fc.oneof(
  { withCrossShrink: true },
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({
      from: fc.nat(7),
      steps: fc.array(fc.record({ at: fc.integer({ min: 100, max: 900 }), workers: fc.nat(7) }), {
        minLength: 1,
        maxLength: 3,
      }),
      hit: fc.option(hit, { nil: undefined, freq: 2 }),
    }),
  },
)

/** What was drawn first is as it was before the last was drawn, too: new draws go to the end. */
export const randomTrial: fc.Arbitrary<RandomTrial> = fc.record({
  faults: drawnFaults,
  lines: fc.array(line, { minLength: 1, maxLength: 12 }),
  pairs: fc.array(pair, { minLength: 1, maxLength: 12 }),
  plan: randomPlan,
  setup,
  cut,
  queries,
  resize,
})
