/**
 * Runs one trial and turns its record into an outcome: the verdict, and what was measured (`trial-measures.ts`).
 *
 * The verdict comes first: what is said of an invalid run is only why.
 */
import { NONE_MALFORMED } from '../../engines/core/input/formats/row-tally.ts'
import { poolBytesOf } from '../../engines/core/input/pool.ts'
import { joinsApart } from '../../engines/core/metrics/join-keys.ts'
import { lateRecordsOf } from '../../engines/core/metrics/late-records.ts'
import { expectedCommits } from '../../engines/core/output/expected-commits.ts'
import type { Dataflow } from '../../engines/core/plan/dataflow.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan, namePlan } from '../../engines/core/plan/named-plan.ts'
import type { InputHistory, RunConfig } from '../../engines/core/run-config.ts'
import { withStatics } from '../../engines/core/statics/with-statics.ts'
import type { RunRecord, System, Trial } from '../../engines/core/system.ts'
import { milliseconds, type Nanos, seconds, type TickEnd } from '../../engines/core/units.ts'
import { engineOf } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { makeInput } from '../../workloads/input/input.ts'
import { type TextPool, textFile } from '../../workloads/input/text-file.ts'
import type { Oracle } from '../../workloads/oracle.ts'
import { planPlaceOf } from '../../workloads/own-plan.ts'
import { meantBy } from '../../workloads/plan-oracle.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { asksOracle, judge, judgedUntil, oracleInputOf } from '../checkers/output.ts'
import type { Reason } from '../checkers/verdict.ts'
import { boundedMeasures } from './bounded-measures.ts'
import { hashOfCommits, lastRows, shownAnswer } from './committed.ts'
import { cutAtDeadline } from './deadline-cut.ts'
import { canDiffer, differingRows } from './differing-rows.ts'
import { engineOf as nullEngineOf } from './null-engine.ts'
import { nullOracle } from './null-oracle.ts'
import { expectedApart } from './oracle-apart.ts'
import { sampledRate, simulationOptions } from './simulation-spec.ts'
import { staticInputsOf } from './static-inputs.ts'
import { machineTime, stolenShare } from './stolen-time.ts'
import { Unmeasured } from './trial-failure.ts'
import { measuresOf } from './trial-measures.ts'
import {
  isClosable,
  PRINTED,
  PRINTED_FILE,
  type ShownAnswer,
  type TrialOutcome,
  type TrialSpec,
} from './trial-spec.ts'

/** What a trial's options are when nobody names them. */
export const TRIAL_DEFAULTS = {
  timely: {
    recovery: 'none',
    checkpointInterval: seconds(10),
    accumulation: 'local',
    flushInterval: milliseconds(10),
  },
  dstream: {
    checkpointInterval: seconds(10),
    batchesInFlightMax: 4,
  },
  // Who dies just after a heartbeat has been silent for the timeout one look later: within 0.9 s it is missed.
  detector: { heartbeat: milliseconds(100), timeout: milliseconds(800) },
} as const satisfies Pick<RunConfig, 'timely' | 'detector'> & {
  readonly dstream: Partial<RunConfig['dstream']>
}

/**
 * Distance of checkpoints, a multiple of `tick`, at which a trial has one: at the first tick that is measured, unless another
 * would follow before the last tick. The papers' 10 s are longer than most trials.
 */
export function checkpointWithin(
  { warmup, measured }: Pick<TrialSpec, 'warmup' | 'measured'>,
  tick: Nanos,
): Nanos {
  return Math.ceil(Math.max(warmup, (warmup + measured) / 2) / tick) * tick
}

const BLOCK_STORE_BYTES = 64 * 1024 * 1024

/** A worker that was given its memory uses half of it for blocks: below what a window holds, every batch would spill. */
export function blockStoreBytesOf({
  workerMemoryBytes,
}: Pick<TrialSpec, 'workerMemoryBytes'>): number {
  return workerMemoryBytes === undefined ? BLOCK_STORE_BYTES : Math.floor(workerMemoryBytes / 2)
}

export function configOf(spec: TrialSpec): RunConfig {
  const history = historyOf(spec)
  const past = (history?.duration ?? 0) - (history?.settle ?? 0)
  return {
    engine: spec.engine,
    plan: workloadNamed(spec.workload).plan(spec.parameters),
    workers: spec.workers,
    ...(spec.resize ? { resize: spec.resize } : {}),
    partitions: spec.partitions,
    tick: spec.tick,
    input: {
      rate: sampledRate(spec.rate, spec.simulation),
      duration: past + spec.warmup + spec.measured,
      ...(history ? { history: sampledHistory(history, spec) } : {}),
      ...(spec.bounded ? { once: true } : {}),
      ...(spec.disorder ? { disorder: { ...spec.disorder, seed: lowWord(spec.seed) } } : {}),
    },
    ...(spec.ingest ? { ingest: spec.ingest } : {}),
    measuredFrom: past + spec.warmup,
    seed: spec.seed,
    kernels: spec.kernels,
    keepRows: (spec.showRows ?? (spec.bounded ? 1 : 0)) > 0,
    ...(spec.showRows && !spec.bounded ? { keepRowsMax: spec.showRows } : {}),
    ...(spec.saved === undefined ? {} : { saveAll: true }),
    digests: spec.digests,
    replacement: spec.replacement,
    detector: spec.detector,
    timely: { ...TRIAL_DEFAULTS.timely, ...spec.timely },
    dstream: {
      ...TRIAL_DEFAULTS.dstream,
      blockStoreBytesMax: blockStoreBytesOf(spec),
      ...spec.dstream,
    },
  }
}

/**
 * A burst is a history that the clock does not skip: the rate before it is that of what leaves windows, and its own that of the
 * rest of the past, up to which all is settled at the clock's start.
 */
function historyOf({ history, burst, rate }: TrialSpec): InputHistory | undefined {
  if (burst === undefined) return history
  const { from, until } = burst
  return { duration: until, settle: until, rate: burst.rate, leaving: { duration: from, rate } }
}

/** A disorder is drawn from 32 bits of the seed. */
function lowWord(seed: number): number {
  return seed % 2 ** 32
}

function sampledHistory(history: InputHistory, { simulation }: TrialSpec): InputHistory {
  const { leaving } = history
  return {
    ...history,
    rate: sampledRate(history.rate, simulation),
    ...(leaving ? { leaving: { ...leaving, rate: sampledRate(leaving.rate, simulation) } } : {}),
  }
}

function savedPlaceOf({ saved }: TrialSpec): Pick<Trial, 'saved'> {
  if (saved === undefined) return {}
  return { saved: saved === PRINTED ? { openFile: PRINTED_FILE } : { folder: saved } }
}

const NULL_ENGINE = new URL('./null-engine.ts', import.meta.url).href

/** A world is loaded for the trial that is run in it: who starts trials in processes of their own needs none. */
async function systemOf(spec: TrialSpec, stepped?: () => void): Promise<System> {
  const { world, workerMemoryBytes, spin, isNull } = spec
  if (world === 'simulated') {
    const { simulatedSystem } = await import(
      '../../engines/core/world/simulated/simulated-system.ts'
    )
    return withStatics(
      simulatedSystem(isNull ? nullEngineOf : engineOf, (dataflow) => ({
        ...simulationOptions(spec, dataflow),
        ...(stepped ? { afterStep: stepped } : {}),
      })),
    )
  }
  const { THREADS, threadsSystem } = await import(
    '../../engines/core/world/threads/run-on-threads.ts'
  )
  return withStatics(
    threadsSystem({
      ...(workerMemoryBytes ? { workerRegionBytes: workerMemoryBytes } : {}),
      ...(spin ? { spin } : {}),
      ...(isNull ? { modules: { ...THREADS.modules, engines: NULL_ENGINE } } : {}),
    }),
  )
}

export interface TrialHooks {
  /** Ends a trial that can be closed where it stands. */
  readonly closing?: AbortSignal
  /** Called with each answer to a query. */
  readonly answered?: (answer: ShownAnswer) => void
  /** While the run is judged: up to which tick, of a run of this length. First with tick 0. */
  readonly judging?: (tick: TickEnd, duration: Nanos) => void
  /** After each step of a simulation. */
  readonly stepped?: () => void
}

/**
 * Runs the trial in this process. Errors: what cannot be started throws, and `Unmeasured` what was closed too early; what ends badly is the outcome's.
 */
export async function runTrial(
  spec: TrialSpec,
  { closing, answered, judging, stepped }: TrialHooks = {},
): Promise<TrialOutcome> {
  const unnamed = configOf(spec)
  // With its hash: every process of the run must build this very plan.
  const config = { ...unnamed, plan: await namePlan(unnamed.plan) }
  const plan = await loadPlan(config.plan)
  const workload = workloadNamed(spec.workload)
  const { pool, linesNotUtf8, malformed } = inputOf(spec)
  const staticInputs = staticInputsOf(spec, plan)
  const { live } = spec.input
  const trial: Trial = {
    config,
    pool,
    staticInputs,
    ...(live ? { input: live } : {}),
    ...savedPlaceOf(spec),
    ...(closing && isClosable(spec) ? { closing } : {}),
    faults: spec.faults,
    ...queriesOf(spec, answered),
    deadline: config.input.duration + spec.grace,
  }
  const world = await systemOf(spec, stepped)
  const before = machineTime()
  const ran = await world.run(trial)
  // Virtual time waits for the machine.
  const stolen = spec.world === 'threads' ? stolenShare(before, machineTime()) : undefined
  if (ran.cutAt !== undefined && ran.cutAt <= (config.measuredFrom ?? 0)) {
    throw new Unmeasured('the trial was closed before anything of it was measured')
  }
  const dataflow = buildDataflow(plan)
  const outputs = expectedCommits(dataflow, config)
  const record = cutAtDeadline(ran, spec, config, outputs)
  const { cutAt } = record
  const arrived = arrivedConfig(config, record)
  const judgedAt = process.cpuUsage()
  const judged = { ...trial, config: arrived }
  const isApart = planPlaceOf(spec.workload) !== undefined && asksOracle(record, judged)
  const until = judgedUntil(record, arrived)
  const went = (tick: TickEnd): void => judging?.(tick, until)
  went(0)
  const oracle = isApart
    ? await expectedApart(oracleInputOf(record, judged), {
        named: config.plan,
        plan,
        staticInputs,
        went,
      })
    : telling(
        spec.isNull ? nullOracle : workload.oracle(spec.parameters, { plan, staticInputs }),
        went,
      )
  const verdict = judge(record, judged, dueCommits(dataflow, config), oracle)
  const { user, system } = process.cpuUsage(judgedAt)
  const ended = cutAt === undefined ? arrived : cutConfig(arrived, cutAt)
  const of = { spec, config: ended, dataflow, outputs }
  const measured = spec.bounded
    ? boundedMeasures(record, of, pool.offsets.length - 1)
    : measuresOf(record, of)
  const reasons = verdict.state === 'valid' ? [] : verdict.reasons.map(shownReason)
  if (
    canDiffer(verdict, trial, dataflow, measured.recordsAll) &&
    cutAt === undefined &&
    spec.isNull === undefined
  ) {
    const meant = () => meantBy({ plan, staticInputs }, oracleInputOf(record, judged))
    reasons.push(`rows that differ: ${await differingRows(world, trial, meant)}`)
  }
  return {
    outcome: ran.cutAt === undefined ? ran.outcome : 'aborted',
    ...(cutAt === undefined ? {} : { cutAt }),
    ...(record.error ? { error: record.error.message } : {}),
    ...errorCodeOf(record.error),
    verdict: verdict.state,
    reasons,
    ...(ran.outcome === 'timed-out' ? withoutLatency(measured) : measured),
    // With the oracle, and with all that a checker keeps: the whole process.
    residentBytesMax: process.resourceUsage().maxRSS * 1024,
    ...(stolen === undefined ? {} : { stolenShare: stolen }),
    ...(record.traceHash ? { traceHash: record.traceHash } : {}),
    commitsHash: hashOfCommits(ran.commits),
    ...lateOf(record, dataflow),
    ...apartOf(record),
    ...arrivedOf(record),
    ...(linesNotUtf8 > 0 ? { inputLinesNotUtf8: linesNotUtf8 } : {}),
    ...(malformed.count > 0 ? { inputRowsMalformed: malformed } : {}),
    ...(spec.showRows && !spec.bounded ? { rows: lastRows(record.rows, spec.showRows) } : {}),
    ...(spec.queries
      ? { queried: (record.answers ?? []).map((each) => shownAnswer(each, spec.queries!)) }
      : {}),
    ...(spec.keepHistory ? { history: record.history } : {}),
    oracleMs: (user + system) / 1_000,
  }
}

/** Of records that became visible by a deadline there is one: those that did not took longer. */
function withoutLatency<M extends Partial<TrialOutcome>>(measured: M) {
  const { latency, sentLatency, closeLatency, ...rest } = measured
  return rest
}

/** An oracle that tells how far it is. */
function telling(oracle: Oracle, went: (tick: TickEnd) => void): Oracle {
  return {
    *expect(input) {
      for (const expected of oracle.expect(input)) {
        went(expected.tick)
        yield expected
      }
    },
  }
}

const EXAMPLES_SHOWN = 2

function shownReason({ kind, count, examples }: Reason): string {
  const shown = examples.slice(0, EXAMPLES_SHOWN)
  const more = count > shown.length ? `; and ${count - shown.length} more` : ''
  return `${kind} × ${count}: ${shown.join('; ')}${more}`
}

function queriesOf(
  { queries }: TrialSpec,
  answered: ((answer: ShownAnswer) => void) | undefined,
): Pick<Trial, 'queries' | 'answered'> {
  if (queries === undefined) return {}
  return { queries, answered: (answer) => answered?.(shownAnswer(answer, queries)) }
}

function lateOf({ history }: RunRecord, dataflow: Dataflow): Pick<TrialOutcome, 'recordsLate'> {
  const recordsLate = lateRecordsOf(history, dataflow)
  return recordsLate === undefined ? {} : { recordsLate }
}

function apartOf({ history }: RunRecord): Pick<TrialOutcome, 'joinsApart'> {
  const apart = joinsApart(history)
  return apart.length === 0 ? {} : { joinsApart: apart }
}

/** A live run ended with its input. */
function arrivedConfig(config: RunConfig, { input }: RunRecord): RunConfig {
  return input === undefined ? config : { ...config, input: { rate: 0, duration: input.duration } }
}

function cutConfig(config: RunConfig, cutAt: TickEnd): RunConfig {
  return { ...config, input: { ...config.input, duration: cutAt } }
}

function arrivedOf({
  input,
}: RunRecord): Pick<TrialOutcome, 'arrived' | 'inputLinesNotUtf8' | 'inputRowsMalformed'> {
  if (input === undefined) return {}
  const { duration, resumes, linesNotUtf8, malformed, isFull, position } = input
  const { heldBackNs, heldBackNsMax } = input
  return {
    arrived: { duration, resumes, isFull, position, heldBackNs, heldBackNsMax },
    ...(linesNotUtf8 > 0 ? { inputLinesNotUtf8: linesNotUtf8 } : {}),
    ...(malformed.count > 0 ? { inputRowsMalformed: malformed } : {}),
  }
}

/** The records of a trial; of a live input none. Reads or makes them anew. */
export function inputOf({ input }: TrialSpec): Omit<TextPool, 'files'> {
  if (input.kind === 'file' && input.path !== undefined && input.live === undefined) {
    return textFile(input.path, input.format)
  }
  const pool = input.live === undefined ? makeInput(input.kind, input) : poolBytesOf([])
  return { pool, linesNotUtf8: 0, malformed: NONE_MALFORMED }
}

/** By its field and not by its class: an error that came from a thread is a copy without one. */
function errorCodeOf(error: Error | undefined): Pick<TrialOutcome, 'errorCode'> {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' ? { errorCode: code } : {}
}
