/**
 * A small battery of runs, nearly all simulated, judged as every run is: by the workloads' oracles, which share no code with the
 * engines; plans that no workload has, by the interpreter of plans. It must pass, and fail as soon as one of the bugs in `bugs/`
 * is planted.
 *
 * A bug is planted while modules are loaded: `try-bugs.ts` loads all of this anew for each.
 */

import { PAGE_BYTES, RunMemory } from '../../engines/core/columns/memory.ts'
import { answerProblems } from '../../engines/core/conformance/answer-truth.ts'
import { answerProblemsOf, boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import {
  FULL_FOR_A_WHILE,
  NEARLY_FULL,
  NEARLY_FULL_WITHOUT_DISK,
} from '../../engines/core/conformance/full-regions.ts'
import { CALLS, THROWING } from '../../engines/core/conformance/plans/outputs.ts'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { reducePlan } from '../../engines/core/conformance/reduces.ts'
import { calledProblems } from '../../engines/core/conformance/saved-truth.ts'
import {
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  threadsSubject,
  trialOf,
} from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import {
  centralMessages,
  committedTwice,
  unlaunchedTasks,
  wrongComings,
  wrongCrossing,
  wrongReading,
} from '../../engines/core/conformance/traffic.ts'
import { problemsOf, truthOf } from '../../engines/core/conformance/truth.ts'
import { UserFunctionError } from '../../engines/core/errors.ts'
import { visibleOnOf } from '../../engines/core/metrics/latency.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { EngineName } from '../../engines/core/plan/operator-support.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord, System } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import { SimulatedLedger } from '../../engines/core/world/simulated/simulated-ledger.ts'
import { SlowPair } from '../../engines/core/world/slow-link.fixture.ts'
import { CommitRingWriter } from '../../engines/core/world/threads/commit-ring.ts'
import { RingReader, RingWriter } from '../../engines/core/world/threads/ring.ts'
import { SCRIPTED_THREADS, scriptedTrial } from '../../engines/core/world/threads/scripted-trial.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { dueCommits } from '../checkers/due-commits.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'
import {
  type BatteryRun,
  FAR,
  interval,
  kill,
  LOOPS,
  PLANS,
  QUERIED_RUNS,
  RUNS,
} from './battery-runs.ts'
import { COPIES, COPIES_CALLED, copiesProblem } from './copies.ts'
import { DSTREAM_RUNS, TIMELY_RUNS } from './engine-runs.ts'
import { faultsVerdict } from './faults-verdict.ts'
import { readFinds } from './finds.ts'
import { LOGGED_RUNS } from './logged-runs.ts'
import { TEXT_RUNS } from './text-runs.ts'

/** Of a run in real time: that it has taken too long says nothing of it. */
class TooSlow extends Error {}

/** Loaded by the one run that needs it, as are the campaign and the graph below: all else is loaded for each bug. */
async function smallThreads(): Promise<System> {
  const { threadsSystem } = await import('../../engines/core/world/threads/run-on-threads.ts')
  return threadsSystem({
    workerRegionBytes: 8 * 1024 * 1024,
    driverRegionBytes: 8 * 1024 * 1024,
    controlRingBytes: 4 * 1024,
    dataRingBytes: 64 * 1024,
    stopTimeoutMs: 1_000,
  })
}

/** Invariants are checked in every simulated run: what breaks one ends it. */
const simulated = (engine: EngineName) => simulatedSubject(engine, checkedEngineOf)

async function verdictOf(engine: EngineName, run: BatteryRun): Promise<string | undefined> {
  const workload = workloadNamed(run.workload)
  const parameters = { interval, ...run.parameters }
  const scenario: Scenario = { ...run, plan: workload.plan(parameters) }
  const trial = await (run.bounded ? boundedTrialOf : trialOf)(engine, scenario)
  const subject = run.threads ? threadsSubject(engine, await smallThreads()) : simulated(engine)
  const record = await subject.run(trial, run.options)
  if (run.threads && record.outcome === 'timed-out') throw new TooSlow(record.error?.message)
  const suspected = eventsOf(record, 'worker-suspected')[0]
  if (suspected !== undefined && trial.faults.length === 0) {
    return `worker ${suspected.fields.worker} was suspected without a fault`
  }
  const dataflow = buildDataflow(await loadPlan(trial.config.plan))
  const outputs = dueCommits(dataflow, trial.config)
  // Not wrong, but a sign that something was lost.
  const again = eventsOf(record, 'block-recomputed')[0]
  if (again !== undefined && trial.faults.length === 0) {
    return `batch ${again.fields.batch} was computed again without a fault`
  }
  const twice = run.threads || trial.faults.length > 0 ? undefined : committedTwice(record)
  if (twice !== undefined) return `${twice} without a fault`
  const comings = wrongComings(record, trial.config)
  if (comings !== undefined) return comings
  const verdict = judge(record, trial, outputs, workload.oracle(parameters))
  if (verdict.state !== 'valid') return describeVerdict(verdict)
  if (run.replayed && eventsOf(record, 'log-replayed').length === 0) return 'no log was replayed'
  const [wrong] = run.bounded ? await answerProblemsOf(trial, record) : []
  if (wrong !== undefined) return wrong
  const isExchanged = outputs.every(
    ({ output, partitions }) =>
      partitions.length > 1 && visibleOnOf(dataflow, output) === 'all-partitions',
  )
  if (isExchanged && !run.threads && trial.faults.length === 0) {
    const latency = run.options?.network?.latency ?? NETWORK.latency
    const reading = wrongReading(record, trial.config, latency)
    if (reading !== undefined) return reading
  }
  return run.model ? modelVerdict(record, trial.config) : undefined
}

async function problemOf(engine: EngineName, scenario: Scenario): Promise<string | undefined> {
  const trial = trialOf(engine, scenario)
  const record = await simulated(engine).run(trial, scenario.options)
  return (await problemsOf(trial, record))[0] ?? (await answerProblems(trial, record))[0]
}

/** What is right may still have come about as in another model. */
function modelVerdict(record: RunRecord, config: RunConfig): string | undefined {
  const wrong =
    config.engine === 'timely' ? centralMessages(record, config) : unlaunchedTasks(record)
  return wrong ?? wrongCrossing(record, config.workers)
}

/** What an engine promises beside its rows: views that are never ahead, lineage that makes the same blocks, nothing left. */
async function invariantsVerdict(name: EngineName): Promise<string | undefined> {
  const trial = trialOf(name, {
    plan: workloadNamed('word-count').plan({ interval }),
    config: { workers: 3, tick: milliseconds(50), timely: { accumulation: 'none' } },
    faults: [kill(1, 1_130)],
  })
  const { error } = await simulated(name).run(trial, { network: FAR })
  return error?.message
}

async function loopVerdict(): Promise<string | undefined> {
  const { runTightLoop } = await import('../../engines/timely/graph/one-frame-links.fixture.ts')
  const counts = runTightLoop({ epochs: 2, seeds: 2, rounds: 4, accumulation: 'local' })
  return counts.flat().every((count) => count === 32) ? undefined : `loop: ${counts}`
}

/** Messages over a slow link that loses some arrive once, in order, and in the end; those to a new life, too. */
function sessionVerdict(): string | undefined {
  const messages = 60
  const pair = new SlowPair({ bytesPerSecond: 5e6, latency: milliseconds(10), loss: 0.1 })
  pair.send(messages / 2)
  while (pair.received.length < messages / 2 && pair.now < milliseconds(300_000)) pair.step()
  pair.replace()
  pair.send(messages / 2)
  while (pair.received.length < messages && pair.now < milliseconds(600_000)) pair.step()
  const wrong = pair.received.findIndex((number, place) => number !== place)
  if (wrong >= 0) return `message ${pair.received[wrong]} arrived in place of ${wrong}`
  return pair.received.length === messages ? undefined : `${pair.received.length} messages arrived`
}

/** Frames of all lengths come out of a ring as they went in, however often it wraps. */
function ringVerdict(): string | undefined {
  const memory = RunMemory.reserve(3 * PAGE_BYTES)
  const span = { base: PAGE_BYTES, capacity: 1024, writerWake: 0, readerWake: 64 }
  const writer = new RingWriter(memory, span)
  const reader = new RingReader(memory, span)
  for (let frame = 0; frame < 200; frame++) {
    const bytes = Uint8Array.from({ length: (frame * 37) % 300 }, (_, at) => frame + at)
    const pointer = writer.reserve(bytes.length)
    if (pointer === 0) return `no room for frame ${frame} in an empty ring`
    memory.u8.set(bytes, pointer)
    writer.publish()
    if (!reader.peek()) return `frame ${frame} did not come`
    const found = memory.bytes(reader.pointer, reader.length)
    if (Buffer.compare(found, bytes) !== 0) return `frame ${frame} came as another`
    reader.advance()
    reader.release()
  }
  return undefined
}

/** While a process is in a step that began under the generation before, nobody's next life begins: it may read what the last one left. */
async function regionsVerdict(): Promise<string | undefined> {
  const { runOnThreads } = await import('../../engines/core/world/threads/run-on-threads.ts')
  const trial = scriptedTrial('linger', { config: { workers: 3 }, faults: [kill(2, 20)] })
  const record = await runOnThreads(trial, SCRIPTED_THREADS)
  if (record.outcome === 'timed-out') throw new TooSlow(record.error?.message)
  if (record.error !== undefined) return record.error.message
  const lingered = eventsOf(record, 'lingered')[0]!.at
  const early = eventsOf(record, 'process-started').find(
    ({ at, fields }) => fields.incarnation === 2 && at < lingered,
  )
  return early && `the next life of process ${early.fields.process} began in the middle of a step`
}

/** A commit whose generation is over must be refused; no engine tries, since a world ends the fenced at once. */
async function ledgerVerdict(): Promise<string | undefined> {
  const { config } = trialOf('timely', { plan: workloadNamed('word-count').plan({ interval }) })
  const ledger = new SimulatedLedger(buildDataflow(await loadPlan(config.plan)), config)
  const commit = { output: 0, partition: 0, tick: config.tick, rows: 0, lane0: 0, lane1: 0 }
  const outcome = ledger.commit({ ...commit, generation: 1 }, { now: config.tick, generation: 2 })
  if (outcome !== 'stale') return `a commit of generation 1 in generation 2: ${outcome}`
  const ring = new CommitRingWriter(
    RunMemory.reserve(3 * PAGE_BYTES),
    { base: PAGE_BYTES, capacity: 4096, readerWake: 0, writerWake: 0 },
    { now: () => 0, generation: () => 2, count: () => undefined, finalTick: 2 * config.tick },
  )
  const onThreads = ring.commit({ ...commit, generation: 1 })
  return onThreads === 'stale' ? undefined : `the same on threads: ${onThreads}`
}

/** Must be refused, whichever engine folds it. The second one shows in no two values. */
const UNLAWFUL = ['a sum of fractions', 'who beats whom in a ring of three'] as const

async function lawsVerdict(): Promise<string | undefined> {
  const lines = Array.from({ length: 97 }, (_, i) => `${i / 100}`)
  for (const unlawful of UNLAWFUL) {
    const plan = reducePlan(unlawful, INTERVAL_MS)
    for (const name of ENGINES) {
      const { error } = await simulated(name).run(trialOf(name, { plan, lines }))
      if (!(error instanceof UserFunctionError)) return `${name} took ${unlawful}`
    }
  }
  return undefined
}

async function calledVerdict(engine: EngineName): Promise<string | undefined> {
  const plan = conformancePlan('an output that calls a function', INTERVAL_MS)
  const trial = trialOf(engine, { plan, faults: [kill(1, 1_130)] })
  CALLS.length = 0
  const record = await simulated(engine).run(trial)
  const [wrong] = await problemsOf(trial, record)
  return wrong ?? calledProblems(CALLS, await truthOf(trial))[0]
}

/** What a function has thrown at is not committed. */
async function thrownVerdict(engine: EngineName): Promise<string | undefined> {
  const { commits } = await simulated(engine).run(trialOf(engine, { plan: THROWING }))
  const early = commits.find(({ tick }) => tick >= milliseconds(1_000))
  return early && `tick ${early.tick} was committed`
}

async function copiesVerdict(scenario: Scenario): Promise<string | undefined> {
  const trial = trialOf('dstream', scenario)
  const record = await simulated('dstream').run(trial, scenario.options)
  return (await problemsOf(trial, record))[0] ?? copiesProblem(record)
}

/** A function is called once for each tick and partition, though its worker is slow. */
async function copiesCalledVerdict(): Promise<string | undefined> {
  CALLS.length = 0
  const trial = trialOf('dstream', COPIES_CALLED)
  const record = await simulated('dstream').run(trial, COPIES_CALLED.options)
  const calls = CALLS.length
  const [wrong] = await problemsOf(trial, record)
  const due = new Set(record.commits.map(({ partition, tick }) => `${partition}/${tick}`)).size
  return wrong ?? (calls === due ? undefined : `${calls} calls for ${due} commits`)
}

/** The trial by which a hunt has found the bug; without a bug all there are, which must be right. */
async function foundVerdict(): Promise<string | undefined> {
  const { runRandomTrial } = await import('../campaign/checked-trial.ts')
  const bug = process.env.PLANTED_BUG ?? ''
  for (const find of readFinds()) {
    if (bug !== '' && find.bug !== bug) continue
    const { problems } = await runRandomTrial(find.trial)
    if (problems.length > 0) return problems[0]
  }
  return undefined
}

/** By name; a verdict is nothing when it is valid. */
function batteryRuns(): Map<string, () => Promise<string | undefined>> {
  const runs = new Map<string, () => Promise<string | undefined>>()
  runs.set('loop', loopVerdict)
  for (const [name, scenario] of Object.entries(LOOPS)) {
    runs.set(`loop: ${name}`, async () => problemOf('timely', scenario))
  }
  runs.set('ledger', ledgerVerdict)
  runs.set('session', async () => sessionVerdict())
  runs.set('faults', async () => faultsVerdict())
  runs.set('ring', async () => ringVerdict())
  runs.set('regions', regionsVerdict)
  runs.set('laws', lawsVerdict)
  runs.set('seeds', foundVerdict)
  for (const engine of ENGINES) {
    runs.set(`${engine}: invariants`, async () => invariantsVerdict(engine))
  }
  for (const [name, run] of Object.entries(RUNS)) {
    for (const engine of ENGINES) {
      runs.set(`${engine}: ${name}`, async () => verdictOf(engine, run))
    }
  }
  for (const [name, scenario] of Object.entries({ ...PLANS, ...TEXT_RUNS })) {
    for (const engine of ENGINES) {
      runs.set(`${engine}: ${name}`, async () => problemOf(engine, scenario))
    }
  }
  for (const engine of ENGINES) {
    runs.set(`${engine}: a region full for a while`, async () =>
      problemOf(engine, FULL_FOR_A_WHILE[engine]),
    )
    runs.set(`${engine}: called`, async () => calledVerdict(engine))
    runs.set(`${engine}: called, and it throws`, async () => thrownVerdict(engine))
  }
  runs.set('dstream: a region nearly full', async () => problemOf('dstream', NEARLY_FULL))
  runs.set('dstream: a region nearly full, and no disk', async () =>
    problemOf('dstream', NEARLY_FULL_WITHOUT_DISK),
  )
  for (const [name, scenario] of Object.entries(QUERIED_RUNS)) {
    runs.set(`dstream: ${name}`, async () => problemOf('dstream', scenario))
  }
  for (const [name, scenario] of Object.entries(COPIES)) {
    runs.set(`dstream: ${name}`, async () => copiesVerdict(scenario))
  }
  runs.set('dstream: copies, called', copiesCalledVerdict)
  for (const [name, run] of Object.entries(DSTREAM_RUNS)) {
    runs.set(`dstream: ${name}`, async () => verdictOf('dstream', run))
  }
  for (const [name, run] of Object.entries({ ...TIMELY_RUNS, ...LOGGED_RUNS })) {
    runs.set(`timely: ${name}`, async () => verdictOf('timely', run))
  }
  return runs
}

const ALL = batteryRuns()

export const RUN_NAMES: readonly string[] = [...ALL.keys()]

/**
 * What a run of the battery has caught, in words; undefined where all is right. Simulated runs have their deadline in virtual time, and
 * end there with what is missing: that is a catch.
 *
 * Errors: there is no such run; a run in real time was not over in time, which says nothing of it.
 */
export async function caughtIn(name: string): Promise<string | undefined> {
  const run = ALL.get(name)
  if (run === undefined) throw new Error(`no run of the battery is named '${name}'`)
  try {
    return await run()
  } catch (error) {
    if (error instanceof TooSlow) throw error
    return error instanceof Error ? error.message : String(error)
  }
}
