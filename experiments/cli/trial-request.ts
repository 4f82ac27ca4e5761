/**
 * From the options of a command line to trials as plain data: defaults resolved once, everything checked.
 *
 * Whatever can be refused is refused here, before a run folder or a process exists.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { LiveInput } from '../../engines/core/input/live-input.ts'
import { commonPeriod, formatDuration as exact } from '../../engines/core/plan/duration.ts'
import type { Nanos } from '../../engines/core/units.ts'
import { ENGINES } from '../../engines/index.ts'
import { planPlaceOf } from '../../workloads/own-plan.ts'
import { TRIAL_DEFAULTS } from '../runner/trial.ts'
import { checkTrial } from '../runner/trial-check.ts'
import type { InputSpec, TrialSpec } from '../runner/trial-spec.ts'
import {
  BOUNDED_SHOWN_ROWS,
  boundedSpec,
  checkBoundedFlags,
  checkIterations,
} from './bounded-option.ts'
import { calibrationGiven } from './calibration-option.ts'
import { type ClusterShape, clusterOf } from './cluster-option.ts'
import { checkEngineFlags } from './engine-option.ts'
import { faultsGiven, faultsOf } from './fault-option.ts'
import { resolveInput } from './input-option.ts'
import { checkLiveFlags, LIVE_DURATION, liveInputOf } from './live-option.ts'
import {
  formatDuration,
  formatSize,
  parseCount,
  parseDuration,
  parseName,
  parseRate,
  parseSize,
  type Range,
} from './options.ts'
import { savedGiven } from './output-option.ts'
import { givenParameters } from './parameter-options.ts'
import { queriesGiven } from './query-option.ts'
import { resizeGiven, workersOf } from './resize-option.ts'
import { placeOf, type ResumedInput } from './resume-option.ts'
import { parseSeed } from './seed.ts'
import {
  ACCUMULATIONS,
  DEFAULTS,
  ENGINE_CHOICES,
  INGESTS,
  KERNELS,
  RANGES,
  RECOVERIES,
  REPLACEMENTS,
  WORKERS_MEMORY_MAX,
  WORLDS,
} from './trial-defaults.ts'
import { dashed, type TrialFlags } from './trial-flags.ts'
import { makeOwnPlan, workloadGiven } from './workload-option.ts'

/** Trials that can be run, each with everything resolved, and what to tell the user about them. */
export interface TrialRequest {
  readonly specs: readonly TrialSpec[]
  readonly seed: number
  readonly inputSha256?: string
  /** Hash of the calibration that the simulated costs are from. */
  readonly calibrationSha256?: string
  readonly warnings: readonly string[]
}

/**
 * Errors: `ConfigurationError` and `PlanError` for what cannot be, with the option in the message; `InputError` for an
 * input that cannot be read.
 */
export async function resolveTrials(
  name: string | undefined,
  flags: TrialFlags,
  resumed?: ResumedInput,
): Promise<TrialRequest> {
  const workload = workloadGiven(name, flags)
  const engine = parseName('engine', flags.engine ?? DEFAULTS.engine, ENGINE_CHOICES)
  const seed = parseSeed('seed', flags.seed ?? DEFAULTS.seed)
  const given = givenParameters(workload, flags)
  const planned = faultsGiven(flags)
  const own = flags.plan === undefined ? undefined : await makeOwnPlan(workload.plan(given))
  if (flags.resume !== undefined && resumed === undefined) throw notResumed(flags.resume)
  const live = resumed?.live ?? liveInputOf(flags)
  if (live !== undefined) checkLiveFlags(live, flags)
  if (flags.bounded) checkBoundedFlags(flags, live)
  checkIterations(flags, engine)
  checkEngineFlags(flags, engine)
  const shared = live
    ? { ...sharedOptions({ duration: LIVE_DURATION, warmup: '0s', ...flags }), rate: 0 }
    : sharedOptions(flags.bounded ? { showRows: BOUNDED_SHOWN_ROWS, ...flags } : flags)
  const calibration = calibrationGiven(flags.calibration, shared.world)
  const simulation = { ...shared.simulation, ...calibration?.simulation }
  const input = await resolveInput(workload, {
    flags: resumed ? { ...formatFlags(resumed.live), ...flags } : flags,
    live,
    given,
    options: sizesOf(flags),
  })
  const { parameters } = workload.plan({ ...input.parameters, ...given })
  const saved = savedGiven(flags.save, { engine, world: shared.world })
  const base = {
    ...shared,
    ...(Object.keys(simulation).length > 0 ? { simulation } : {}),
    workload: workload.name,
    parameters,
    seed,
    input: input.spec,
    ...(saved === undefined ? {} : { saved }),
  }
  const inputFor = (each: TrialSpec['engine']): InputSpec => {
    const { live: arriving } = input.spec
    if (resumed === undefined || arriving === undefined) return input.spec
    const from = placeOf(resumed, each, flags.resume)
    return { ...input.spec, live: { ...arriving, from } }
  }
  const specs: TrialSpec[] = []
  for (const each of engine === 'both' ? ENGINES : [engine]) {
    const tick = tickOf(each, flags, own?.interval ?? parameters.interval)
    // A bound that nobody gave need not be a multiple of the tick.
    const isBound = live !== undefined && flags.duration === undefined
    const measured = isBound ? base.measured - (base.measured % tick) : base.measured
    const asked = { ...base, engine: each, tick, measured, input: inputFor(each) }
    const spec = flags.bounded ? await boundedSpec(asked, flags) : asked
    await checkTrial(spec)
    specs.push({ ...spec, faults: await faultsOf(planned, spec) })
  }
  return {
    specs,
    seed,
    ...(input.sha256 === undefined ? {} : { inputSha256: input.sha256 }),
    ...(calibration ? { calibrationSha256: calibration.sha256 } : {}),
    warnings: [
      ...(own?.warnings ?? []),
      ...input.warnings,
      ...(calibration?.warnings ?? []),
      ...doubtsOf(specs[0]!),
    ],
  }
}

/** As its input was read before, where nothing else is asked for. */
function formatFlags({ format }: LiveInput): Pick<TrialFlags, 'format' | 'strict'> {
  const { values, strict } = format ?? {}
  return { ...(values && { format: values }), ...(strict && { strict }) }
}

function notResumed(run: string): ConfigurationError {
  return new ConfigurationError({
    asked: `--resume ${run}`,
    found: 'a replay',
    rule: 'A replay takes the input that it is given from its beginning',
    remedy: 'Use run',
  })
}

type SharedOptions = Omit<
  TrialSpec,
  'workload' | 'parameters' | 'seed' | 'input' | 'engine' | 'tick'
>

function sharedOptions(flags: TrialFlags): SharedOptions {
  const duration = (option: keyof typeof durations, range: Range): Nanos =>
    parseDuration(dashed(option), flags[option] ?? durations[option], range)
  const count = (option: 'workers' | 'showRows', range: Range): number =>
    parseCount(dashed(option), flags[option] ?? DEFAULTS[option], range)
  const name = <N extends string>(
    option: 'world' | 'kernels' | 'ingest' | 'recovery' | 'accumulation' | 'replacement',
    names: readonly N[],
  ): N => parseName(option, flags[option] ?? DEFAULTS[option], names)

  const world = name('world', WORLDS)
  const cluster: ClusterShape = clusterOf(flags, world)
  const range = world === 'threads' ? RANGES.workersOnThreads : RANGES.workersSimulated
  const given = cluster.workers ?? count('workers', range)
  const rate = parseRate('rate', flags.rate ?? DEFAULTS.rate, RANGES.rate)
  const history = historyOf(flags.history, rate)
  const start = history?.duration ?? 0
  const resize = resizeGiven(flags, { workers: given, start, range })
  const workers = resize === undefined ? given : workersOf(resize)
  const partitions =
    cluster.partitions ??
    (flags.partitions === undefined
      ? DEFAULTS.partitionsPerWorker * workers
      : parseCount('partitions', flags.partitions, RANGES.partitions))
  const warmup = duration('warmup', RANGES.warmup)
  const measured = duration('duration', RANGES.duration)
  const disorder = disorderOf(flags.disorder)
  const checkpointInterval = duration('checkpointInterval', RANGES.duration)
  const heartbeat = duration('heartbeat', RANGES.heartbeat)
  return {
    world,
    workers,
    ...(resize ? { resize } : {}),
    partitions,
    ...(cluster.simulation ? { simulation: cluster.simulation } : {}),
    rate: wholeRate(rate),
    warmup,
    measured,
    ...(history ? { history } : {}),
    ...(disorder ? { disorder } : {}),
    kernels: name('kernels', KERNELS),
    ingest: name('ingest', INGESTS),
    digests: true,
    timely: {
      recovery: name('recovery', RECOVERIES),
      checkpointInterval,
      accumulation: name('accumulation', ACCUMULATIONS),
      flushInterval: duration('flushInterval', RANGES.flushInterval),
    },
    dstream: {
      ...TRIAL_DEFAULTS.dstream,
      checkpointInterval,
      ...speculationOf(flags.speculation ?? DEFAULTS.speculation),
      ...(flags.iterationsAsJobs ? { iterationsAsJobs: true } : {}),
    },
    replacement: name('replacement', REPLACEMENTS),
    detector: {
      heartbeat,
      timeout: duration('detectorTimeout', { min: heartbeat, max: RANGES.heartbeat.max }),
    },
    // Of each engine, by its ticks: they come when all else is known.
    faults: [],
    ...(flags.query ? { queries: queriesGiven(flags.query, history?.duration ?? 0) } : {}),
    workerMemoryBytes: workerMemoryOf(flags, world, workers),
    grace: duration('grace', RANGES.duration),
    keepHistory: true,
    showRows: count('showRows', RANGES.showRows),
  }
}

const durations = {
  duration: DEFAULTS.duration,
  warmup: DEFAULTS.warmup,
  checkpointInterval: DEFAULTS.checkpointInterval,
  flushInterval: DEFAULTS.flushInterval,
  heartbeat: DEFAULTS.heartbeat,
  detectorTimeout: DEFAULTS.detectorTimeout,
  grace: DEFAULTS.grace,
} as const

function workerMemoryOf(flags: TrialFlags, world: TrialSpec['world'], workers: number): number {
  const text = flags.workerMemory ?? DEFAULTS.workerMemory[world]
  const bytes = parseSize('worker-memory', text, RANGES.workerMemory)
  if (bytes * workers <= WORKERS_MEMORY_MAX) return bytes
  throw new ConfigurationError({
    asked: `--worker-memory ${text} for ${workers} workers`,
    found: formatSize(bytes * workers),
    rule: `A run has one range of addresses, with ${formatSize(WORKERS_MEMORY_MAX)} for its workers`,
    remedy: 'Give less memory, or fewer workers',
  })
}

/** The schedule is exact in whole records; a rate like 1.5 records/s has none. */
function wholeRate(rate: number): number {
  if (Number.isInteger(rate)) return rate
  throw new ConfigurationError({
    asked: `--rate ${rate}/s`,
    found: 'a part of a record',
    rule: 'A rate is a whole number of records a second',
    remedy: `Write ${Math.max(1, Math.round(rate))}/s`,
  })
}

/** The tick that was asked for, or the engine's usual one, shortened until it divides the plan's interval. */
function tickOf(engine: TrialSpec['engine'], flags: TrialFlags, planned: unknown): Nanos {
  if (flags.tick !== undefined) return parseDuration('tick', flags.tick, RANGES.tick)
  const usual = DEFAULTS.tick[engine]
  if (typeof planned !== 'string') return usual
  const interval = parseDuration('interval', planned)
  const tick = commonPeriod(usual, interval)
  const { min, max } = RANGES.tick
  if (tick >= min) return tick
  throw new ConfigurationError({
    asked: flags.interval === undefined ? `an interval of ${planned}` : `--interval ${planned}`,
    found: `a tick of ${exact(tick)}, which divides it and the usual ${exact(usual)}`,
    rule: `A tick is from ${exact(min)} to ${exact(max)}`,
    remedy:
      interval < min
        ? `Give an --interval of ${exact(min)} or more`
        : `Give a rounder --interval, or a --tick that divides it, like ${exact(Math.min(interval, max))}`,
  })
}

function historyOf(text: string | undefined, rate: number): TrialSpec['history'] {
  if (text === undefined) return undefined
  const [length, before] = text.split('@')
  return {
    duration: parseDuration('history', length!, RANGES.duration),
    rate: wholeRate(before === undefined ? rate : parseRate('history', before, RANGES.rate)),
  }
}

/** `2s@25%`: a quarter of the records are up to 2 s late. */
function disorderOf(text: string | undefined): TrialSpec['disorder'] {
  if (text === undefined) return undefined
  const [bound, share = DEFAULTS.disorderShare, more] = text.split('@')
  const percent = /^\d+(\.\d+)?%$/.test(share) ? Number(share.slice(0, -1)) : Number.NaN
  if (more !== undefined || !(percent <= 100)) {
    throw new ConfigurationError({
      asked: `--disorder ${text}`,
      found: more === undefined ? `a share of ${share}` : 'more than a bound and a share',
      rule: 'A share is from 0% to 100% of the records',
      remedy: 'Write 2s@25%',
    })
  }
  return { bound: parseDuration('disorder', bound!, RANGES.disorder), share: percent / 100 }
}

/** `1.4`: a task is slow beyond so many times its stage's median; `off`: none is copied. */
function speculationOf(text: string): Pick<TrialSpec['dstream'], 'speculation'> {
  if (text === 'off') return {}
  const { min, max } = RANGES.speculation
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (factor >= min && factor <= max) return { speculation: factor }
  throw new ConfigurationError({
    asked: `--speculation ${text}`,
    found: Number.isNaN(factor) ? 'no factor' : `${factor} is out of range`,
    rule: `A task is slow beyond so many times the median of its job stage, from ${min} to ${max}`,
    remedy: `Write ${DEFAULTS.speculation}, or off`,
  })
}

/** Of an input that is made here. */
function sizesOf(flags: TrialFlags): Pick<InputSpec, 'records' | 'recordBytes'> {
  const sizes: { -readonly [size in 'records' | 'recordBytes']?: number } = {}
  for (const size of ['records', 'recordBytes'] as const) {
    const text = flags[size]
    if (text !== undefined) sizes[size] = parseCount(dashed(size), text, RANGES[size])
  }
  return sizes
}

/** What a reader of the numbers should know, found out from the request alone. */
function doubtsOf(spec: TrialSpec): readonly string[] {
  const doubts: string[] = []
  const { length, mode } = spec.parameters
  // Of a plan of the user's own nobody knows what its parameters mean.
  const isOwn = planPlaceOf(spec.workload) !== undefined
  const isStream = spec.input.live === undefined && !spec.bounded
  if (typeof length === 'string' && mode !== 'running' && isStream && !isOwn) {
    const window = parseDuration('window', length)
    const before = spec.warmup + (spec.history?.duration ?? 0)
    if (before < window) {
      doubts.push(
        `The window of ${formatDuration(window)} is not full when the measured interval begins. Give --history ${formatDuration(window)}.`,
      )
    }
  }
  const isKilled = spec.faults.some(({ kind }) => kind === 'kill')
  if (isKilled && spec.timely.recovery === 'none' && spec.engine === 'timely') {
    doubts.push(
      'The timely engine has no recovery: a kill ends its run. Give --recovery checkpoint.',
    )
  }
  return doubts
}
