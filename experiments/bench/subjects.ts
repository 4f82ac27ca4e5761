/**
 * What a bench measures: subjects as data. A subject is a trial under overload, a trial at a load, or a single-threaded loop.
 *
 * One definition of throughput for all rows: the engine's pace while more is offered than it can do (`OVERLOAD` times its
 * own pace), of a run whose output the oracle confirmed in full. It is cheaper than a search and does not depend on where
 * a latency bound lies; what is sustained under a bound is the main job's business.
 */
import { milliseconds, type Nanos, seconds } from '../../engines/core/units.ts'
import { configOf, TRIAL_DEFAULTS } from '../runner/trial.ts'
import type { TrialSpec } from '../runner/trial-spec.ts'

/** Offered over the pace that was measured last. */
export const OVERLOAD = 1.3

/** All that a test makes tiny. */
export interface BenchScale {
  readonly name: string
  readonly world: TrialSpec['world']
  readonly warmup: Nanos
  readonly measured: Nanos
  readonly grace: Nanos
  /** Lines in the pool, and in the pool whose bytes are fresh for much longer. */
  readonly records: number
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
  grace: seconds(6),
  records: 200_000,
  recordsFresh: 2_000_000,
  baselineMs: 600,
  guessRate: 2_000_000,
}

export type SubjectKind = 'overload' | 'half-load' | 'smallest-batch' | 'baseline'

export interface Subject {
  readonly name: string
  readonly kind: SubjectKind
  /** What differs from the headline: running WordCount over `lines`, 2 workers, timely with ticks of 10 ms. */
  readonly change: Partial<TrialSpec>
  /** The subject whose pace its load is a share of. */
  readonly of?: string
  readonly share?: number
  /** A run without digests has no valid verdict. */
  readonly unchecked?: boolean
}

const TICK = milliseconds(10)
const BATCH = seconds(1)
/** A pushed batch lies in workers' memory before it is worked on: at these rates, 1 s of it would be several GiB, twice. */
const PUSHED_BATCH = milliseconds(10)
/** Timely's epoch for latency: as in the table of issue 3's aims. */
const LATENCY_TICK = milliseconds(1)

const dstream: Partial<TrialSpec> = { engine: 'dstream', tick: BATCH }
const overload = (name: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'overload',
  change,
})
const baseline = (name: string, change: Partial<TrialSpec> = {}): Subject => ({
  name,
  kind: 'baseline',
  change,
})

/** `ingest` became a field of trials after this file; a checkout without it has no row for it. */
const pushed = { ingest: 'pushed' } as Partial<TrialSpec>
export const hasPushedIngest = (spec: TrialSpec): boolean =>
  (configOf({ ...spec, ...pushed }) as { readonly ingest?: unknown }).ingest === 'pushed'

export const subjects: readonly Subject[] = [
  baseline('word-count loops'),
  baseline('grep loops', { workload: 'grep' }),
  overload('timely'),
  overload('dstream', dstream),
  overload('timely again'),
  overload('timely plain', { kernels: 'plain' }),
  overload('dstream plain', { ...dstream, kernels: 'plain' }),
  overload('timely grep', { workload: 'grep' }),
  overload('dstream grep', { ...dstream, workload: 'grep' }),
  overload('timely grep pushed', { workload: 'grep', ...pushed }),
  overload('dstream grep pushed', { ...dstream, workload: 'grep', tick: PUSHED_BATCH, ...pushed }),
  overload('timely fresh bytes', { input: { kind: 'lines' } }),
  overload('timely longer than 3', { parameters: { longerThan: 3 } }),
  overload('timely prefix', { parameters: { prefix: 3 } }),
  overload('timely real text', { input: { kind: 'state-of-the-union' } }),
  { ...overload('timely without digests', { digests: false }), unchecked: true },
  {
    name: 'timely at half load',
    kind: 'half-load',
    change: {
      tick: LATENCY_TICK,
      timely: { ...TRIAL_DEFAULTS.timely, flushInterval: LATENCY_TICK },
    },
    of: 'timely',
    share: 0.5,
  },
  { name: 'smallest batch', kind: 'smallest-batch', change: dstream, of: 'dstream', share: 0.1 },
]

export function subjectNamed(name: string): Subject {
  return subjects.find((subject) => subject.name === name)!
}

export function specOfSubject(
  subject: Subject,
  rate: number,
  scale: BenchScale,
  seed: number,
): TrialSpec {
  const fresh = subject.name === 'timely fresh bytes'
  return {
    workload: 'word-count',
    parameters: {},
    input: { kind: 'lines', records: scale.records },
    engine: 'timely',
    world: scale.world,
    workers: 2,
    partitions: 8,
    tick: TICK,
    rate: Math.max(1, Math.round(rate)),
    warmup: scale.warmup,
    measured: scale.measured,
    seed,
    kernels: 'columns',
    digests: true,
    timely: { ...TRIAL_DEFAULTS.timely, flushInterval: TICK },
    dstream: TRIAL_DEFAULTS.dstream,
    replacement: 'respawn',
    detector: TRIAL_DEFAULTS.detector,
    faults: [],
    workerMemoryBytes: 256 * 1024 * 1024,
    grace: scale.grace,
    keepHistory: false,
    ...subject.change,
    ...(fresh ? { input: { kind: 'lines', records: scale.recordsFresh } } : {}),
  }
}
