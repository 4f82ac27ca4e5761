/** The runs of the battery, as data. What judges them is in `battery.ts`. */
import { GRAPH, numbersPlan } from '../../engines/core/conformance/plans/numbers.ts'
import { QUERIED, queriedPlan } from '../../engines/core/conformance/plans/queries.ts'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { INTERVAL_MS, resizing, type Scenario } from '../../engines/core/conformance/scenario.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import type { Query } from '../../engines/core/queries/query.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { DISK } from '../../engines/core/world/simulated/disk.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import { type InputKind, makeInput } from '../../workloads/input/input.ts'
import type { GivenParameters } from '../../workloads/parameters.ts'

export interface BatteryRun extends Omit<Scenario, 'plan'> {
  readonly workload: string
  readonly parameters?: GivenParameters
  /** Whether its traffic is judged, too. */
  readonly model?: true
  /** Over the lines as a whole: its answer is judged, too. */
  readonly bounded?: true
  /** In real time: short. Rings are small, so that they wrap. */
  readonly threads?: true
  /** Whether a log must take all back further than a checkpoint does. */
  readonly replayed?: true
}

const NUMBERS_PLAN = numbersPlan('the least of each component', INTERVAL_MS)
const ONE_WAY_PLAN = numbersPlan('the greatest that leads there', INTERVAL_MS)
const PASSED_ON_PLAN = numbersPlan('what is passed on, too', INTERVAL_MS)

export const interval = `${INTERVAL_MS}ms`
export const kill = (process: number, at: number) =>
  ({ kind: 'kill', process, at: milliseconds(at) }) as const
/** Storage takes nothing for a while. */
const full = (at: number, length: number) =>
  ({
    kind: 'storage',
    what: 'full',
    at: milliseconds(at),
    length: milliseconds(length),
    factor: 1,
    share: 1,
  }) as const
/** Far apart: what one worker sends late reaches the other when it is elsewhere. */
export const FAR = { ...NETWORK, latency: milliseconds(30), jitter: 1 }
/** What left later may arrive long before. */
const UNEVEN = { ...NETWORK, latency: milliseconds(5), jitter: 10 }
/** Links that lose nothing, and hold a message or two. */
const TIGHT = { lossless: true, linkBytesMax: 256 }
/** Waits for heartbeats from there, too. */
export const PATIENT = { heartbeat: milliseconds(20), timeout: milliseconds(300) }

/** Different keys, so that what crosses workers is rows and not headers. */
export const MANY_WORDS = Array.from({ length: 500 }, (_, line) =>
  Array.from({ length: 4 }, (_, word) => `word-${(line * 7 + word * 131) % 1_009}`).join(' '),
)

/** Few, of a pool of which most come once: clients time out, and auctions close. */
export function linesOf(kind: InputKind): readonly string[] {
  const { bytes } = makeInput(kind, { records: 400 })
  return Buffer.from(bytes).toString('latin1').trimEnd().split('\n')
}

/** Few: reads go on from the last of them to the first. */
const VIEWS = Array.from({ length: 7 }, (_, view) => `{"url":"/${view % 5}"}`)

const LATE = { length: interval, slide: '200ms', lateness: '200ms' }

/**
 * Views that say when they happened, as numbers and as instants of a zone: some before the input, some behind its end. Each
 * partition begins with some of which nothing comes near later on.
 */
const OWN_VIEWS = Array.from({ length: 240 }, (_, view) => {
  const farAway = view % 48 < 8 ? 60_000 : 0
  const ms = 1_769_817_600_000 + ((view * 37) % 40) * 100 - 1_000 + farAway
  const local = new Date(ms - 5 * 3_600_000).toISOString().slice(0, -1)
  return JSON.stringify({ url: `/${view % 5}`, at: view % 2 === 0 ? ms : `${local}-05:00` })
})

const OWN_TIMES = { ...LATE, time: 'at', unit: 'ms', origin: '2026-01-31T00:00:00Z' }

/** Some are late for all windows that they lie in, others for the first of them. */
const OUT_OF_ORDER = {
  rate: 600,
  duration: milliseconds(2_400),
  disorder: { bound: milliseconds(1_500), share: 0.5, seed: 1 },
}

/** Checkpoints between two ends of an interval: what came since the last one is in them. */
const BETWEEN = {
  timely: { checkpointInterval: milliseconds(300) },
  dstream: { checkpointInterval: milliseconds(300) },
}

/** Two join, then all but one leave: neither at the end of a tick nor where a checkpoint is due anyway. */
export const RESIZED = { workers: 4, partitions: 8, resize: resizing(2, [1_030, 4], [1_730, 1]) }

/** Of workloads: judged by their oracles. */
export const RUNS: Readonly<Record<string, BatteryRun>> = {
  grep: { workload: 'grep', parameters: { pattern: 'river' } },
  'grep, plain': {
    workload: 'grep',
    parameters: { pattern: 'river' },
    config: { kernels: 'plain' },
  },
  running: { workload: 'word-count' },
  'running, the model': {
    workload: 'word-count',
    model: true,
    lines: MANY_WORDS,
    config: {
      partitions: 12,
      timely: { recovery: 'none' },
      input: { rate: 3_000, duration: milliseconds(1_200) },
    },
  },
  'running, plain': {
    workload: 'word-count',
    config: { kernels: 'plain', workers: 3, timely: { accumulation: 'both' } },
  },
  'running, far apart': {
    workload: 'word-count',
    config: { workers: 3, tick: milliseconds(50), timely: { accumulation: 'none' } },
    options: { network: FAR },
  },
  'running, killed': {
    workload: 'word-count',
    faults: [kill(1, 1_130)],
  },
  'running, tight links': {
    workload: 'word-count',
    lines: MANY_WORDS,
    config: {
      workers: 3,
      timely: { accumulation: 'none' },
      input: { rate: 3_000, duration: milliseconds(1_200) },
    },
    options: TIGHT,
  },
  'running, killed twice, plain': {
    workload: 'word-count',
    config: { workers: 3, kernels: 'plain' },
    faults: [kill(0, 1_130), kill(2, 1_190)],
  },
  'running, killed, survived, far apart': {
    workload: 'word-count',
    config: { workers: 3, replacement: 'survivors', tick: milliseconds(50) },
    faults: [kill(1, 1_205)],
    options: { network: FAR },
  },
  'running, resized': { workload: 'word-count', config: RESIZED },
  // Who went on would be far ahead when the checkpoint is there.
  'running, resized, a slow disk': {
    workload: 'word-count',
    config: { ...RESIZED, tick: milliseconds(20) },
    options: { disk: { ...DISK, latency: milliseconds(60) } },
  },
  'running, resized, the disk is full': {
    workload: 'word-count',
    config: RESIZED,
    faults: [full(1_000, 300)],
  },
  // The last checkpoint is not there, and whoever was lost needs the one before; later on the one behind it.
  'running, killed while the disk is full': {
    workload: 'word-count',
    faults: [full(1_100, 400), kill(1, 1_390), kill(0, 1_790)],
  },
  'windows, inverse': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '1200ms', slide: interval, longerThan: 4 },
  },
  'windows, inverse, resized': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '1200ms', slide: interval },
    config: RESIZED,
  },
  'windows, inverse, plain': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '1200ms', slide: interval },
    config: { kernels: 'plain', input: { rate: 6, duration: milliseconds(4_800) } },
  },
  'windows, re-added, killed': {
    workload: 'word-count',
    parameters: { mode: 'window', length: '1200ms', slide: '800ms' },
    config: { kernels: 'plain' },
    faults: [kill(0, 1_260)],
  },
  'windows, inverse, killed after each other': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '1200ms', slide: interval },
    config: { tick: milliseconds(50), input: { rate: 60, duration: milliseconds(4_800) } },
    faults: [kill(0, 1_255), kill(1, 2_810)],
  },
  'ranks, killed': {
    workload: 'top-k',
    parameters: { length: '800ms', slide: interval, k: 3 },
    config: { workers: 3, replacement: 'survivors' },
    faults: [kill(1, 1_410)],
  },
  sessions: {
    workload: 'sessions',
    parameters: { timeout: '800ms' },
    lines: linesOf('session-events'),
  },
  'sessions, killed': {
    workload: 'sessions',
    parameters: { timeout: '800ms' },
    lines: linesOf('session-events'),
    faults: [kill(1, 1_130)],
  },
  // So few that they come again in each interval: how long a view waits is seen.
  clicks: {
    workload: 'join',
    parameters: { length: '800ms' },
    lines: linesOf('ad-events').slice(0, 60),
  },
  'auctions, killed': {
    workload: 'nexmark-q4',
    parameters: { lasts: '800ms' },
    lines: linesOf('nexmark-events'),
    faults: [kill(1, 1_130)],
  },
  late: { workload: 'late-views', parameters: LATE, lines: VIEWS, config: { input: OUT_OF_ORDER } },
  'late, killed': {
    workload: 'late-views',
    parameters: LATE,
    lines: VIEWS,
    config: { ...BETWEEN, input: OUT_OF_ORDER },
    faults: [kill(1, 1_130)],
  },
  // What was forgotten is not in the log any more.
  'late, killed, pushed': {
    workload: 'late-views',
    parameters: LATE,
    lines: VIEWS,
    config: {
      ...BETWEEN,
      input: OUT_OF_ORDER,
      ingest: 'pushed',
      workers: 3,
      replacement: 'survivors',
    },
    faults: [kill(1, 1_130)],
  },
  'bounded late': {
    workload: 'late-views',
    parameters: OWN_TIMES,
    bounded: true,
    lines: OWN_VIEWS,
  },
  // Periods are ended again: it reads so long that some were, and no checkpoint has them.
  'bounded late, killed': {
    workload: 'late-views',
    parameters: OWN_TIMES,
    bounded: true,
    lines: OWN_VIEWS,
    config: {
      timely: { checkpointInterval: milliseconds(4_000) },
      dstream: { checkpointInterval: milliseconds(4_000) },
    },
    faults: [kill(1, 1_650)],
    options: { costs: { ...NOMINAL_COSTS, kernels: { other: 0, read: milliseconds(0.5) } } },
  },
  bounded: { workload: 'word-count', bounded: true, lines: MANY_WORDS },
  'bounded windows': {
    workload: 'word-count',
    parameters: { mode: 'window-inverse', length: '800ms', slide: interval },
    bounded: true,
    lines: MANY_WORDS,
  },
}

const SAVED = conformancePlan('outputs that are saved and committed', INTERVAL_MS)

/** Plans that no workload has: judged by the interpreter. */
export const PLANS: Readonly<Record<string, Scenario>> = {
  'a join': { plan: conformancePlan('join', INTERVAL_MS) },
  'a joined table, killed': {
    plan: conformancePlan('a table that changes, joined with events that come again', INTERVAL_MS),
    faults: [kill(1, 1_130)],
  },
  'static data': { plan: conformancePlan('a join with static data', INTERVAL_MS) },
  saved: { plan: SAVED },
  'saved, killed': {
    plan: SAVED,
    config: { workers: 3 },
    faults: [kill(1, 1_130)],
    options: { disk: { ...DISK, faults: { slow: { share: 0.5, factor: 10 } } } },
  },
  // A snapshot is there long before they are.
  'saved, killed while files are written': {
    plan: SAVED,
    config: { timely: { recovery: 'barrier-snapshots' } },
    faults: [kill(1, 1_210)],
    options: { disk: { ...DISK, faults: { slow: { share: 1, factor: 10 } } } },
  },
  'saved, torn': { plan: SAVED, options: { disk: { ...DISK, faults: { torn: 0.05 } } } },
}

const QUERIED_PLAN = queriedPlan(INTERVAL_MS)

/** Of each table, more than once a tick. */
const QUESTIONS = QUERIED.flatMap((of, table) =>
  [0, 1, 2, 3].map((more): Query => {
    const at = milliseconds(100 + 7 * table + 23 * more)
    return { of, want: 'rows', at, every: milliseconds(101) }
  }),
)

/** Asked late, of what was long ago. */
const LATE_SLICE: Query = {
  of: 'counts',
  want: 'rows',
  at: milliseconds(2_310),
  slice: { from: milliseconds(500), to: milliseconds(900) },
}

/** Asked while they run: one engine answers. */
export const QUERIED_RUNS: Readonly<Record<string, Scenario>> = {
  // What is asked for lies on a disk, unless somebody holds it.
  queried: {
    plan: QUERIED_PLAN,
    queries: [...QUESTIONS, LATE_SLICE],
    config: { dstream: { blockStoreBytesMax: 0 } },
  },
  // Questions are on their way to who is dead already.
  'queried, killed, far apart': {
    plan: QUERIED_PLAN,
    queries: QUESTIONS,
    config: { workers: 3, detector: PATIENT },
    faults: [kill(1, 1_130), kill(0, 1_930)],
    options: { network: FAR },
  },
  // The driver dies with a question that nobody can answer yet.
  'queried, driver killed': {
    plan: QUERIED_PLAN,
    queries: [
      {
        of: 'counts',
        want: 'rows',
        at: milliseconds(710),
        slice: { from: milliseconds(800), to: milliseconds(1_600) },
      },
    ],
    faults: [kill(2, 1_250)],
  },
}

/** Loops: one engine has them. */
export const LOOPS: Readonly<Record<string, Scenario>> = {
  components: { plan: conformancePlan('connected components', INTERVAL_MS) },
  'components of pairs': { plan: NUMBERS_PLAN, pairs: GRAPH },
  'components of pairs, killed': {
    plan: NUMBERS_PLAN,
    pairs: GRAPH,
    faults: [kill(1, 710)],
  },
  // Pairs lead one way: their keys are no sets.
  'pairs that lead one way': { plan: ONE_WAY_PLAN, pairs: GRAPH },
  'pairs that lead one way, killed': {
    plan: ONE_WAY_PLAN,
    pairs: GRAPH,
    faults: [kill(1, 710)],
  },
  // Not in one table: rounds are seen.
  'pairs that are passed on': { plan: PASSED_ON_PLAN, pairs: GRAPH },
  'pairs that are passed on, killed': {
    plan: PASSED_ON_PLAN,
    pairs: GRAPH,
    faults: [kill(1, 710)],
  },
  // Each tick is an epoch that enters, and no checkpoint drains the one before.
  'components, far apart': {
    plan: conformancePlan('connected components', INTERVAL_MS),
    config: {
      workers: 3,
      tick: milliseconds(INTERVAL_MS),
      detector: PATIENT,
      timely: { accumulation: 'none', recovery: 'none' },
    },
    options: { network: FAR },
  },
  'components, killed, far apart': {
    plan: conformancePlan('connected components', INTERVAL_MS),
    config: { workers: 3, detector: PATIENT },
    faults: [kill(1, 1_310)],
    options: { network: FAR },
  },
  'three rounds, far apart': {
    plan: conformancePlan('three rounds', INTERVAL_MS),
    config: { workers: 3, detector: PATIENT, timely: { accumulation: 'none', recovery: 'none' } },
    options: { network: UNEVEN },
  },
  'three rounds': { plan: conformancePlan('three rounds', INTERVAL_MS) },
  'a fresh loop in a loop': { plan: conformancePlan('a fresh loop in a loop', INTERVAL_MS) },
  'a captured table': {
    plan: conformancePlan('a captured table that changes in every tick', INTERVAL_MS),
  },
}
