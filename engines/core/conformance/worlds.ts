/**
 * Conformance on real threads: the same commits as in the simulated world, every time, and right.
 *
 * Few runs, since they live in real time, and of all operators at once where it is about what they keep and send. Nothing here
 * depends on how fast a machine is: ticks are short, deadlines long, and what is compared are commits.
 */
import { expect, it } from 'vitest'
import { ROW_BYTES_MAX } from '../input/formats/record-cutter.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds } from '../units.ts'
import { answerProblemsOf, boundedTrialOf } from './bounded-trial.ts'
import { MANY_LINES } from './models.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import {
  type ConfigChanges,
  counterOf,
  eventsOf,
  LINES,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'
import { fullLinksOf, unlaunchedTasks, wrongCrossing } from './traffic.ts'
import { problemsOf } from './truth.ts'

export const WORLDS_INTERVAL_MS = 80

/** What runs in real time can afford. */
export const WORLDS_BASE: ConfigChanges = {
  tick: milliseconds(20),
  input: { rate: 400, duration: milliseconds(480) },
  // A thread may be off its core for long on a busy machine; a false suspicion would only cost time.
  detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
  timely: { checkpointInterval: milliseconds(80), flushInterval: milliseconds(5) },
  dstream: { checkpointInterval: milliseconds(80) },
}

const EVERYTHING = conformancePlan('everything', WORLDS_INTERVAL_MS)

/** A running table, ranks and windows: where it is about who does what, in a fraction of what all operators take to compile. */
export const SOME = conformancePlan('two outputs', WORLDS_INTERVAL_MS)

/** Of all operators at once, which a thread runs on code that is not compiled yet. */
export const fewFor = (ms: number) => ({ rate: 200, duration: milliseconds(ms) })

export interface Worlds {
  /** Its records have the files that were saved. */
  readonly threads: Subject
  readonly simulated: Subject
  /** Threads with rings that hold a message or two. */
  readonly tightThreads: Subject
}

export function worldsConform({ threads, simulated, tightThreads }: Worlds): void {
  const plan = EVERYTHING
  const scenario = (config: ConfigChanges = {}): Scenario => ({
    plan,
    config: { ...WORLDS_BASE, input: fewFor(480), ...config },
  })

  // By kernels, with room, they do where a worker is killed, below: up to then it is a calm run.
  it('rings of a message or two in both directions: threads and simulation give equal commits, by plain functions', async () => {
    const cut = { workers: 3, partitions: 7, input: BUSY }
    const truth = commitsByPlace(await runRight(simulated, scenario(cut)))
    const plain = scenario({ ...cut, kernels: 'plain', keepRows: true })
    expect(commitsByPlace(await runRight(tightThreads, plain))).toEqual(truth)
  })

  it('one worker, four partitions', async () => {
    await runRight(threads, { ...scenario({ workers: 1, partitions: 4 }), plan: SOME })
  })

  // Up to the kill it is a calm run.
  it('files have the interpreter’s rows, with a kill', async () => {
    const saved = conformancePlan('outputs that are saved and committed', WORLDS_INTERVAL_MS)
    const input = { rate: 400, duration: milliseconds(960) }
    // A file is flushed to a real disk: there are as many as it takes for a kill to come between some.
    const config = { ...WORLDS_BASE, partitions: 3, tick: milliseconds(40), input }
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(330) }] as const
    const record = await runRight(threads, { plan: saved, config, faults })
    expect(new Set(record.commits.map(({ generation }) => generation)).size).toBeGreaterThan(1)
    const names = (from: RunRecord) => (from.files ?? []).map(({ name }) => name).sort()
    expect(names(record)).toEqual(names(await runRight(simulated, { plan: saved, config })))
  })

  // Windows that it ends are put out in `endedInWorlds`.
  it.each(['runningReduce, sum', 'a join with static data'] as const)(
    'a bounded input: %s',
    async (name) => {
      const lines = [...LINES, ...MANY_LINES]
      const bounded = {
        plan: conformancePlan(name, WORLDS_INTERVAL_MS),
        config: WORLDS_BASE,
        lines,
      }
      const trial = await boundedTrialOf(threads.engine, bounded)
      const record = await threads.run(trial)
      expect(await problemsOf(trial, record)).toEqual([])
      expect(await answerProblemsOf(trial, record)).toEqual([])
      expect(commitsByPlace(await simulated.run(trial))).toEqual(commitsByPlace(record))
    },
  )

  it('a record of the most bytes that one may have crosses', async () => {
    const input = { rate: 25, duration: milliseconds(160) }
    const trial = trialOf(threads.engine, {
      plan: conformancePlan('runningReduce, sum', WORLDS_INTERVAL_MS),
      lines: ['x'.repeat(ROW_BYTES_MAX)],
      config: { ...WORLDS_BASE, partitions: 2, input },
    })
    const record = await threads.run(trial)
    expect(await problemsOf(trial, record)).toEqual([])
    const truth = await simulated.run(trial, { regionBytes: 16 * 1024 * 1024 })
    expect(commitsByPlace(record)).toEqual(commitsByPlace(truth))
  })

  it('half of the keyed rows cross two workers over such rings, and every task has its launch', async () => {
    const input = { rate: 5_000, duration: milliseconds(480) }
    const config = { ...WORLDS_BASE, workers: 2, partitions: 12, input, tick: milliseconds(80) }
    const counted = conformancePlan('runningReduce, sum', WORLDS_INTERVAL_MS)
    const record = await runRight(tightThreads, { plan: counted, lines: MANY_LINES, config })
    expect(counterOf(record, 'shuffleBytes')).toBeGreaterThan(10_000)
    expect(wrongCrossing(record, 2)).toBeUndefined()
    expect(unlaunchedTasks(record)).toBeUndefined()
    const hasDriver = tightThreads.engine === 'dstream'
    expect(counterOf(record, 'launchedTasks') > 0).toBe(hasDriver)
    expect(record.processes.map(({ process }) => process)).toEqual(hasDriver ? [0, 1, 2] : [0, 1])
  })

  // Around a loop timely's are, too (`loops.ts`); its messages are as large as what an epoch has.
  const isDStream = tightThreads.engine === 'dstream'
  it.runIf(isDStream)(
    'rings that are full in both directions hold nobody up, nor a row back',
    async () => {
      const lines = Array.from({ length: 10_000 }, (_, at) => `a${at} b${at} c${at} d${at}`)
      const input = { rate: 50_000, duration: milliseconds(240) }
      const config = { ...WORLDS_BASE, workers: 2, partitions: 2, input, tick: milliseconds(80) }
      const counted = conformancePlan('runningReduce, sum', WORLDS_INTERVAL_MS)
      // As much as such a ring holds; what a worker has for the other at a tick is more. In simulation it is sure to be full; on threads
      // it would not be if the other read as fast as that is sent, at each tick.
      const options = { lossless: true, linkBytesMax: 128 * 1024, regionBytes: 16 * 1024 * 1024 }
      const truth = await runRight(simulated, { plan: counted, lines, config, options })
      const record = await runRight(tightThreads, { plan: counted, lines, config })
      for (const run of [truth, record]) {
        for (const full of fullLinksOf(run, config.workers)) expect(full).toBeGreaterThan(0)
      }
      expect(commitsByPlace(record)).toEqual(commitsByPlace(truth))
    },
  )

  it.each([
    ['replaced', plan, {}],
    ['survived by others', SOME, { workers: 3, replacement: 'survivors' }],
  ] as const)('a killed worker, %s', async (_, some, how) => {
    const killed = {
      ...scenario({ ...how, input: fewFor(960) }),
      plan: some,
      faults: [{ kind: 'kill', process: 1, at: milliseconds(330) }] as const,
    }
    const record: RunRecord = await runRight(threads, killed)
    expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
    expect(new Set(record.commits.map(({ generation }) => generation)).size).toBeGreaterThan(1)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(await runRight(simulated, killed)))
  })

  // One engine has it. Without a checkpoint all that was logged is replayed.
  const logs = [
    ['no checkpoint', milliseconds(960)],
    ['checkpoints', milliseconds(160)],
  ] as const
  const tried = logs.filter(() => threads.engine === 'timely')
  it.each(tried)('a killed worker, with a log and %s', async (_, checkpointInterval) => {
    const timely = { ...WORLDS_BASE.timely, recovery: 'logging', checkpointInterval } as const
    const killed = {
      ...scenario({ timely, input: fewFor(960) }),
      plan: SOME,
      faults: [{ kind: 'kill', process: 1, at: milliseconds(530) }] as const,
    }
    const record = await runRight(threads, killed)
    expect(new Set(record.commits.map(({ generation }) => generation)).size).toBeGreaterThan(1)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(await runRight(simulated, killed)))
  })
}

/** The timely engine twice: its commits are right, whichever replica loses a worker, and made by both until then. */
export function standbyConformsOnThreads(threads: Subject): void {
  it.each([
    ['given up', 0, { replacement: 'survivors' }],
    ['begun again', 3, { workers: 4 }],
  ] as const)('a killed worker, its replica is %s', async (_, process, how) => {
    const timely = { ...WORLDS_BASE.timely, recovery: 'active-standby' } as const
    const record = await runRight(threads, {
      plan: SOME,
      config: { ...WORLDS_BASE, ...how, timely, input: fewFor(1_200) },
      faults: [{ kind: 'kill', process, at: milliseconds(330) }],
    })
    expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
    expect(eventsOf(record, 'rollback-began')).toEqual([])
    expect(record.commits.length).toBeGreaterThan(commitsByPlace(record).size)
  })
}

/** The timely engine with what it sends kept: its commits are right, and only who was killed begins again, who coordinates too. */
export function upstreamBackupConformsOnThreads(threads: Subject): void {
  it.each([1, 0])('a killed worker %d, alone', async (process) => {
    const timely = { ...WORLDS_BASE.timely, recovery: 'upstream-backup' } as const
    const record = await runRight(threads, {
      plan: SOME,
      config: { ...WORLDS_BASE, workers: 3, timely, input: fewFor(1_200) },
      faults: [{ kind: 'kill', process, at: milliseconds(530) }],
    })
    expect(eventsOf(record, 'takeover-ended').length).toBeGreaterThan(0)
    expect(eventsOf(record, 'upstream-replayed').length).toBeGreaterThan(0)
    expect(eventsOf(record, 'rollback-began').map(({ process }) => process)).toEqual([process])
  })
}

/** What was due before the clock started comes all at once. */
const BUSY = {
  ...fewFor(480),
  history: { duration: milliseconds(480), rate: 2_000 },
} as const satisfies ConfigChanges['input']
