/**
 * What a bench measures: subjects as data. A subject is a trial under overload, a trial at a load, or a single-threaded loop.
 *
 * One definition of throughput for all rows: the engine's pace while more is offered than it can do, of a run whose output
 * the oracle confirmed in full. It is cheaper than a search and does not depend on where a latency bound lies; what is
 * sustained under a bound is the main job's business. A pace depends on how much is offered (a fuller tick combines more),
 * so what is offered is fixed for all rounds: `OVERLOAD` times the subject's own pace in trials before the first round,
 * which are not counted. A trial that kept up, or did less than `PACE_SHARE_MIN` of what was offered, is not counted either;
 * it is measured again once at a rate that follows it, and the row says so.
 *
 * Who could lose a worker pays for it: one checkpoint within every measured interval, on both engines (`checkpointWithin`).
 */
import type { InputHistory } from '../../engines/core/run-config.ts'
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { checkpointWithin, TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'
import { loopsOfRates, rateSubjects } from './rate-rows.ts'

/** Offered over the calibrated pace. */
export const OVERLOAD = 1.3
/** A pace nearer to the offered rate than this is no overload; below the other, it is another overload. */
export const PACE_SHARE_MAX = 0.97
export const PACE_SHARE_MIN = 0.5

/** All that a test makes tiny. */
export interface BenchScale {
  readonly name: string
  readonly world: TrialSpec['world']
  readonly warmup: Nanos
  readonly measured: Nanos
  /** Of what is compared with the headline in short (`timely beside`), both alike. */
  readonly shortMeasured: Nanos
  /** Of rates, of which there are many. */
  readonly briefMeasured: Nanos
  readonly grace: Nanos
  /** Lines in the pool, and in one that is ten times as large. */
  readonly records: number
  readonly recordsLarge: number
  /** Of trials that read each line once, or as many lines of the usual pool: about 100 bytes each, twice in memory while they are made. */
  readonly recordsFresh: number
  readonly baselineMs: number
  /** First pace to overload, for who has none yet, records/s. */
  readonly guessRate: number
}

export const fullScale: BenchScale = {
  name: 'full',
  world: 'threads',
  warmup: seconds(1),
  measured: seconds(3),
  shortMeasured: seconds(2),
  briefMeasured: seconds(1),
  grace: seconds(6),
  records: 200_000,
  recordsLarge: 2_000_000,
  recordsFresh: 6_000_000,
  baselineMs: 500,
  guessRate: 2_000_000,
}

export type SubjectKind = 'overload' | 'cpu' | 'half-load' | 'smallest-batch' | 'baseline'

export interface Subject {
  readonly name: string
  readonly kind: SubjectKind
  /** What differs from the headline: running WordCount over `lines`, 2 workers, timely with ticks of 10 ms. */
  readonly change: Partial<TrialSpec>
  /** The subject whose pace its load is a share of; with an overload, whose rate it is offered. */
  readonly of?: string
  readonly share?: number
  /** It is a share of what `of` holds at its tick (`HELD_SHARES`), not of its pace under overload. */
  readonly ofHeld?: true
  /** Distance of checkpoints, where it is not that of `checkpointWithin`. */
  readonly checkpointInterval?: Nanos
  /** It has `BenchScale.recordsFresh` records in all, whatever it would be a share of: of a pool as large, or of the usual one. */
  readonly fresh?: 'read once' | 'read again'
  /** A run without digests has no valid verdict. */
  readonly unchecked?: boolean
  readonly short?: boolean
  readonly brief?: boolean
  /** First pace to overload, where it does not follow from a loop's, records/s. */
  readonly guess?: number
}

const TICK = milliseconds(10)
const BATCH = seconds(1)
/** A pushed batch lies in workers' memory before it is worked on: at these rates, 1 s of it would be several GiB, twice. */
const PUSHED_BATCH = milliseconds(20)
/**
 * Timely's epoch for latency. A maximum belongs to a tick (what is committed, exchanged and agreed on once a tick costs the
 * more the shorter it is), so half load is half of what is held at this one. Not half of the pace under overload: a load that piles up is
 * combined in larger pieces, half as many rows a record were exchanged then, and half of it kept workers busy for 70 to 80 % of the time.
 */
export const LATENCY_TICK: Nanos = milliseconds(2)
/** Latency, and what starts on time, is of the steady state: what piles up at the start takes a while to be worked off. */
export const LATENCY_WARMUP: Nanos = seconds(5)
/**
 * The clock of a trial at half load starts at 5 s, with next to nothing before. V8 compiled all code anew that instants pass through,
 * 2.1 s from 0 and at 3 s, once in a run, until they were doubles from the first on (`asDouble`): that held rows up by 50 to 200 ms,
 * half a second long at half load. Until a run alone on its machine shows that the clock may start at 0 again, both are measured.
 */
const LATENCY_PAST: InputHistory = { duration: seconds(6), rate: 1_000, settle: seconds(1) }
/** Of 3 s, the p99 was one stall of 30 ms. */
const LATENCY_MEASURED: Nanos = seconds(5)
/**
 * One in the warm-up, and one in the measured interval. The first of a run, on code that is not compiled yet, holds rows up for
 * some 70 ms more than all that follow it.
 */
const LATENCY_CHECKPOINTS: Nanos = seconds(4)
/** Of a trial that measures latency. */
const steady = { warmup: LATENCY_WARMUP, measured: LATENCY_MEASURED } as const

/** Nothing to lose. */
const unprotected = { ...TRIAL_DEFAULTS.timely, recovery: 'none', flushInterval: TICK } as const
const dstream: Partial<TrialSpec> = { engine: 'dstream', tick: BATCH }
const pushed: Partial<TrialSpec> = { ingest: 'pushed' }
const overload = (name: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'overload',
  change,
})
const variant = (name: string, change: Partial<TrialSpec> = {}): Subject => ({
  ...overload(name, change),
  short: true,
})
const halfLoad = (name: string, of: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'half-load',
  change: { tick: LATENCY_TICK, ...steady, ...change },
  checkpointInterval: LATENCY_CHECKPOINTS,
  of,
  share: 0.5,
})
const baseline = (name: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'baseline',
  change,
})

/** A load that both sides of a comparison keep up with, after a warm-up that leaves no queue. */
const cpu = (name: string, of: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'cpu',
  change: { ...overloads.find((one) => one.name === of)!.change, ...change },
  of,
  share: 0.5,
  short: true,
})

/** A worker of its own and a core for all else: what is kept by position is kept by each worker. */
const fresh = (name: string, pool: NonNullable<Subject['fresh']>): Subject => ({
  name,
  kind: 'cpu',
  change: { workers: 1, warmup: seconds(1), measured: seconds(2) },
  fresh: pool,
})

const overloads: readonly Subject[] = [
  overload('timely'),
  overload('dstream', dstream),
  overload('timely plain', { kernels: 'plain' }),
  overload('dstream plain', { ...dstream, kernels: 'plain' }),
  overload('timely grep', { workload: 'grep' }),
  overload('dstream grep', { ...dstream, workload: 'grep' }),
  overload('timely grep pushed', { workload: 'grep', ...pushed }),
  overload('dstream grep pushed', { ...dstream, workload: 'grep', ...pushed, tick: PUSHED_BATCH }),
]

/** Whose output is digested and not, to see what that costs. */
export const checkedSubjects: readonly string[] = ['timely', 'dstream', 'timely grep']

export const subjects: readonly Subject[] = [
  baseline('word-count loops'),
  baseline('grep loops', { workload: 'grep' }),
  ...overloads,
  { ...variant('timely beside'), of: 'timely' },
  { ...variant('timely again'), of: 'timely' },
  { ...variant('timely large pool'), of: 'timely' },
  fresh('timely looping pool', 'read again'),
  fresh('timely fresh bytes', 'read once'),
  variant('timely longer than 3', { parameters: { longerThan: 3 } }),
  variant('timely prefix', { parameters: { prefix: 3 } }),
  variant('timely real text', { input: { kind: 'state-of-the-union' } }),
  ...checkedSubjects.flatMap((of) => [
    cpu(`${of} checked`, of),
    { ...cpu(`${of} unchecked`, of, { digests: false }), unchecked: true },
  ]),
  overload('timely 2 ms', { tick: LATENCY_TICK }),
  { ...halfLoad('timely at half load', 'timely 2 ms', { history: LATENCY_PAST }), ofHeld: true },
  { ...halfLoad('timely at half load from 0', 'timely 2 ms'), ofHeld: true },
  halfLoad('timely at half of its pace', 'timely 2 ms', { history: LATENCY_PAST }),
  {
    name: 'smallest batch',
    kind: 'smallest-batch',
    change: { ...dstream, ...steady },
    checkpointInterval: LATENCY_CHECKPOINTS,
    of: 'dstream',
    share: 0.1,
  },
  // Asked for nothing else than the fastest subject is, of the same input.
  {
    ...overload('null engine', { workload: 'grep', isNull: true, timely: unprotected }),
    brief: true,
    guess: 1e9,
  },
  ...rateSubjects,
]

export function subjectNamed(name: string): Subject {
  return subjects.find((subject) => subject.name === name)!
}

/** The subject that a measure comes from (`measure.ts` has their names). */
export function subjectOfMeasure(measure: string): Subject {
  const loops: Readonly<Record<string, string>> = {
    'kernel loop': 'word-count loops',
    'byte loop': 'word-count loops',
    'byte loop, wide table': 'word-count loops',
    'split + Map': 'word-count loops',
    'chunk indexOf': 'grep loops',
    'Buffer.includes': 'grep loops',
    'string.includes': 'grep loops',
    'grep kernel loop': 'grep loops',
    ...loopsOfRates,
  }
  return subjectNamed(
    loops[measure] ?? measure.replace(/ (p50|p99|processing|remote share|words|CPU a record)$/, ''),
  )
}

export interface SpecRequest {
  readonly rate: number
  readonly scale: BenchScale
  readonly seed: number
  /** Another tick than the subject's own; timely flushes as often. */
  readonly tick?: Nanos | undefined
}

function recordsOf({ name, fresh }: Subject, scale: BenchScale): number {
  if (fresh === 'read once') return scale.recordsFresh
  return name === 'timely large pool' ? scale.recordsLarge : scale.records
}

/**
 * Records/s with which a pool of `recordsFresh` lasts for the whole trial and no partition comes to where the next one began: as many
 * for each partition.
 */
export function freshRate({ recordsFresh }: BenchScale, spec: TrialSpec): number {
  const { warmup, measured, partitions } = spec
  const each = Math.floor(recordsFresh / partitions)
  return Math.floor((each * 1e9) / (warmup + measured)) * partitions
}

export function specOfSubject(subject: Subject, request: SpecRequest): TrialSpec {
  const { rate, scale, seed } = request
  const tick = request.tick ?? subject.change.tick ?? TICK
  const usual = subject.brief
    ? scale.briefMeasured
    : subject.short
      ? scale.shortMeasured
      : scale.measured
  const { warmup = scale.warmup, measured = usual } = subject.change
  const checkpointInterval =
    subject.checkpointInterval ?? checkpointWithin({ warmup, measured }, tick)
  return {
    workload: 'word-count',
    parameters: {},
    input: { kind: 'lines', records: recordsOf(subject, scale) },
    engine: 'timely',
    world: scale.world,
    workers: 2,
    partitions: 8,
    rate: Math.max(1, Math.round(rate)),
    warmup,
    measured,
    seed,
    kernels: 'columns',
    digests: true,
    timely: {
      ...TRIAL_DEFAULTS.timely,
      flushInterval: tick,
      checkpointInterval,
      // As able to lose a worker as the other engine; pushed input would be kept from checkpoint to checkpoint.
      recovery: subject.change.ingest === 'pushed' ? 'none' : 'checkpoint',
    },
    dstream: { ...TRIAL_DEFAULTS.dstream, checkpointInterval },
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults: [],
    workerMemoryBytes: 256 * 1024 * 1024,
    grace: scale.grace,
    keepHistory: false,
    ...subject.change,
    tick,
  }
}
