/**
 * A small battery of runs, nearly all simulated, judged as every run is: by the workloads' oracles, which share no code with the
 * engines; plans that no workload has, by the interpreter of plans. It must pass, and fail as soon as one of the bugs in `bugs/`
 * is planted.
 *
 * Run as a process of its own by `planted-bugs.test.ts`, since a bug is planted while modules are loaded:
 *
 *   PLANTED_BUG=<name> node --import ./experiments/planted-bugs/plant.ts experiments/planted-bugs/battery.ts [first]
 *
 * Prints what caught the bug and exits with 1, or exits with 0. `first` names a run to begin with.
 */

import { PAGE_BYTES, RunMemory } from '../../engines/core/columns/memory.ts'
import { answerProblems } from '../../engines/core/conformance/answer-truth.ts'
import { answerProblemsOf, boundedTrialOf } from '../../engines/core/conformance/bounded-trial.ts'
import { CALLS, THROWING } from '../../engines/core/conformance/plans/outputs.ts'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { reducePlan } from '../../engines/core/conformance/reduces.ts'
import { calledProblems } from '../../engines/core/conformance/saved-truth.ts'
import {
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  simulatedSubject,
  threadsSubject,
  trialOf,
} from '../../engines/core/conformance/scenario.ts'
import {
  centralMessages,
  unlaunchedTasks,
  wrongCrossing,
  wrongReading,
} from '../../engines/core/conformance/traffic.ts'
import { problemsOf, truthOf } from '../../engines/core/conformance/truth.ts'
import type { Engine } from '../../engines/core/engine.ts'
import { UserFunctionError } from '../../engines/core/errors.ts'
import { visibleOnOf } from '../../engines/core/metrics/latency.ts'
import { expectedCommits } from '../../engines/core/output/expected-commits.ts'
import { buildDataflow } from '../../engines/core/plan/dataflow-builder.ts'
import { loadPlan } from '../../engines/core/plan/named-plan.ts'
import type { RunConfig } from '../../engines/core/run-config.ts'
import type { RunRecord } from '../../engines/core/system.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { NETWORK } from '../../engines/core/world/simulated/network.ts'
import { SimulatedLedger } from '../../engines/core/world/simulated/simulated-ledger.ts'
import { SlowPair } from '../../engines/core/world/slow-link.fixture.ts'
import { CommitRingWriter } from '../../engines/core/world/threads/commit-ring.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { checkedEngineOf, ENGINES, engineOf } from '../../engines/index.ts'
import { runTightLoop } from '../../engines/timely/graph/one-frame-links.fixture.ts'
import { workloadNamed } from '../../workloads/index.ts'
import { judge } from '../checkers/output.ts'
import { describeVerdict } from '../checkers/verdict.ts'
import {
  type BatteryRun,
  DSTREAM_RUNS,
  FAR,
  interval,
  kill,
  LOOPS,
  PLANS,
  QUERIED_RUNS,
  RUNS,
  TIMELY_RUNS,
} from './battery-runs.ts'

const THREADS = threadsSystem({
  workerRegionBytes: 8 * 1024 * 1024,
  driverRegionBytes: 8 * 1024 * 1024,
  controlRingBytes: 4 * 1024,
  dataRingBytes: 64 * 1024,
  stopTimeoutMs: 1_000,
})

async function verdictOf(engine: Engine, run: BatteryRun): Promise<string | undefined> {
  const workload = workloadNamed(run.workload)
  const parameters = { interval, ...run.parameters }
  const scenario: Scenario = { ...run, plan: workload.plan(parameters) }
  const trial = await (run.bounded ? boundedTrialOf : trialOf)(engine.name, scenario)
  const subject = run.threads ? threadsSubject(engine.name, THREADS) : simulatedSubject(engine)
  const record = await subject.run(trial, run.options)
  const suspected = eventsOf(record, 'worker-suspected')[0]
  if (suspected !== undefined && trial.faults.length === 0) {
    return `worker ${suspected.fields.worker} was suspected without a fault`
  }
  const dataflow = buildDataflow(await loadPlan(trial.config.plan))
  const outputs = expectedCommits(dataflow, trial.config)
  // Not wrong, but a sign that something was lost.
  const again = eventsOf(record, 'block-recomputed')[0]
  if (again !== undefined && trial.faults.length === 0) {
    return `batch ${again.fields.batch} was computed again without a fault`
  }
  const verdict = judge(record, trial, outputs, workload.oracle(parameters))
  if (verdict.state !== 'valid') return describeVerdict(verdict)
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

async function problemOf(engine: Engine, scenario: Scenario): Promise<string | undefined> {
  const trial = trialOf(engine.name, scenario)
  const record = await simulatedSubject(engine).run(trial, scenario.options)
  return (await problemsOf(trial, record))[0] ?? (await answerProblems(trial, record))[0]
}

/** What is right may still have come about as in another model. */
function modelVerdict(record: RunRecord, config: RunConfig): string | undefined {
  const wrong =
    config.engine === 'timely' ? centralMessages(record, config) : unlaunchedTasks(record)
  return wrong ?? wrongCrossing(record, config.workers)
}

/** What an engine promises beside its rows: views that are never ahead, lineage that makes the same blocks, nothing left. */
async function invariantsVerdict(name: RunConfig['engine']): Promise<string | undefined> {
  const { engine, drained, left } = await checkedEngineOf(name)
  const trial = trialOf(name, {
    plan: workloadNamed('word-count').plan({ interval }),
    config: { workers: 3, tick: milliseconds(50), timely: { accumulation: 'none' } },
    faults: [kill(1, 1_130)],
  })
  const { error } = await simulatedSubject(engine).run(trial, { network: FAR, drained })
  return error?.message ?? (drained() ? undefined : left().join('; '))
}

function loopVerdict(): string | undefined {
  const counts = runTightLoop({ epochs: 2, seeds: 2, rounds: 4, accumulation: 'local' })
  return counts.flat().every((count) => count === 32) ? undefined : `loop: ${counts}`
}

/** Messages over a slow link that loses some arrive once, in order, and in the end. */
function sessionVerdict(): string | undefined {
  const messages = 60
  const pair = new SlowPair({ bytesPerSecond: 5e6, latency: milliseconds(10), loss: 0.1 })
  pair.send(messages)
  while (pair.received.length < messages && pair.now < milliseconds(600_000)) pair.step()
  const wrong = pair.received.findIndex((number, place) => number !== place)
  if (wrong >= 0) return `message ${pair.received[wrong]} arrived in place of ${wrong}`
  return pair.received.length === messages ? undefined : `${pair.received.length} messages arrived`
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

/** A sum of fractions must be refused, whichever engine folds it. */
async function lawsVerdict(): Promise<string | undefined> {
  const plan = reducePlan('a sum of fractions', INTERVAL_MS)
  const lines = Array.from({ length: 97 }, (_, i) => `${i / 100}`)
  for (const name of ENGINES) {
    const trial = trialOf(name, { plan, lines })
    const { error } = await simulatedSubject(await engineOf(name)).run(trial)
    if (!(error instanceof UserFunctionError)) return `${name} took a sum of fractions`
  }
  return undefined
}

async function calledVerdict(engine: Engine): Promise<string | undefined> {
  const plan = conformancePlan('an output that calls a function', INTERVAL_MS)
  const trial = trialOf(engine.name, { plan, faults: [kill(1, 1_130)] })
  CALLS.length = 0
  const record = await simulatedSubject(engine).run(trial)
  const [wrong] = await problemsOf(trial, record)
  return wrong ?? calledProblems(CALLS, await truthOf(trial))[0]
}

/** What a function has thrown at is not committed. */
async function thrownVerdict(engine: Engine): Promise<string | undefined> {
  const { commits } = await simulatedSubject(engine).run(trialOf(engine.name, { plan: THROWING }))
  const early = commits.find(({ tick }) => tick >= milliseconds(1_000))
  return early && `tick ${early.tick} was committed`
}

/** By name; a verdict is nothing when it is valid. */
function batteryRuns(): Map<string, () => Promise<string | undefined>> {
  const runs = new Map<string, () => Promise<string | undefined>>()
  runs.set('loop', async () => loopVerdict())
  for (const [name, scenario] of Object.entries(LOOPS)) {
    runs.set(`loop: ${name}`, async () => problemOf(await engineOf('timely'), scenario))
  }
  runs.set('ledger', ledgerVerdict)
  runs.set('session', async () => sessionVerdict())
  runs.set('laws', lawsVerdict)
  for (const engine of ENGINES) {
    runs.set(`${engine}: invariants`, async () => invariantsVerdict(engine))
  }
  for (const [name, run] of Object.entries(RUNS)) {
    for (const engine of ENGINES) {
      runs.set(`${engine}: ${name}`, async () => verdictOf(await engineOf(engine), run))
    }
  }
  for (const [name, scenario] of Object.entries(PLANS)) {
    for (const engine of ENGINES) {
      runs.set(`${engine}: ${name}`, async () => problemOf(await engineOf(engine), scenario))
    }
  }
  for (const engine of ENGINES) {
    runs.set(`${engine}: called`, async () => calledVerdict(await engineOf(engine)))
    runs.set(`${engine}: called, and it throws`, async () => thrownVerdict(await engineOf(engine)))
  }
  for (const [name, scenario] of Object.entries(QUERIED_RUNS)) {
    runs.set(`dstream: ${name}`, async () => problemOf(await engineOf('dstream'), scenario))
  }
  for (const [name, run] of Object.entries(DSTREAM_RUNS)) {
    runs.set(`dstream: ${name}`, async () => verdictOf(await engineOf('dstream'), run))
  }
  for (const [name, run] of Object.entries(TIMELY_RUNS)) {
    runs.set(`timely: ${name}`, async () => verdictOf(await engineOf('timely'), run))
  }
  return runs
}

async function main(first: string | undefined): Promise<void> {
  const runs = batteryRuns()
  const order = [...runs.keys()]
  if (first !== undefined) order.unshift(first)
  for (const name of order) {
    let caught: string | undefined
    try {
      caught = await runs.get(name)!()
    } catch (error) {
      caught = error instanceof Error ? error.message : String(error)
    }
    if (caught === undefined) continue
    console.log(`${name}: ${caught.slice(0, 300)}`)
    process.exitCode = 1
    return
  }
}

await main(process.argv[2])
