/**
 * Conformance of engines that have loops: `iterate` gives the interpreter's rows, however the work is cut, whoever is killed
 * in whichever round, and however far the workers are apart. Engines that have none say so, before a run begins.
 *
 * Where workers are far apart a loop goes on for longer than an interval: epochs wait at its entry, and rows of many rounds
 * are on the wire at once.
 */
import { describe, expect, it } from 'vitest'
import { PlanError } from '../errors.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos } from '../units.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { ACCUMULATIONS, commitsByPlace, runRight } from './operators.ts'
import { GRAPH, NUMBER_LOOP_NAMES, numbersPlan } from './plans/numbers.ts'
import { conformancePlan, LOOP_NAMES, type LoopName } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'
import { fullLinksOf } from './traffic.ts'

/** Messages take 6 to 36 ms, and do not keep each other's order: a round takes about as long. */
const FAR = { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } }

/** A checkpoint drains the loop: with one in each interval no epoch would ever wait for another. */
const SELDOM = milliseconds(3 * INTERVAL_MS)

/** Heartbeats take their time, too. */
const PATIENT = { heartbeat: milliseconds(20), timeout: milliseconds(200) }

/** Two workers, with ticks within intervals, are those of which one is killed. */
const CUTS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'one worker, one partition': {
    config: { workers: 1, partitions: 1, timely: { accumulation: 'both' } },
  },
  'three workers, seven partitions, the tick is the interval': {
    config: {
      workers: 3,
      partitions: 7,
      tick: milliseconds(INTERVAL_MS),
      timely: { accumulation: 'global' },
    },
  },
  'five workers, two partitions, plain': {
    config: {
      workers: 5,
      partitions: 2,
      kernels: 'plain',
      keepRows: true,
      timely: { accumulation: 'none', recovery: 'none' },
    },
  },
  'four workers, far apart': {
    config: {
      workers: 4,
      detector: PATIENT,
      timely: { accumulation: 'both', checkpointInterval: SELDOM },
    },
    options: FAR,
  },
  'a killed worker, replaced': { faults: [{ kind: 'kill', process: 1, at: milliseconds(1_310) }] },
  'a killed worker, survived by others': {
    config: { workers: 3, replacement: 'survivors' },
    faults: [{ kind: 'kill', process: 0, at: milliseconds(1_620) }],
  },
}

/** Of pairs of integers: workers that are far apart `isCutIn` tries, by both kinds of functions. */
const CUTS_OF_PAIRS = Object.entries(CUTS).filter(([cut]) => cut !== 'four workers, far apart')

/** They hold most of what may go wrong. */
const HARD = [
  'connected components',
  'a loop in a loop, of tables, and a graph from outside of both',
] as const satisfies readonly LoopName[]

export function loopsConform(subject: Subject): void {
  describe.each(LOOP_NAMES)('%s', (name) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    it.each(Object.entries(CUTS))('%s', async (_, scenario) => {
      await runRight(subject, { plan, ...scenario })
    })
  })
  describe.each(NUMBER_LOOP_NAMES)('pairs of integers: %s', (name) => {
    const plan = numbersPlan(name, INTERVAL_MS)
    it.each(CUTS_OF_PAIRS)('%s', async (_, { config, ...scenario }) => {
      const run = (kernels: 'columns' | 'plain') =>
        runRight(subject, { plan, pairs: GRAPH, ...scenario, config: { ...config, kernels } })
      const columns = await run('columns')
      expect(commitsByPlace(await run('plain'))).toEqual(commitsByPlace(columns))
    })
    isCutIn(subject, { plan, pairs: GRAPH }, [1])
  })
  describe('pairs of integers, killed', () => {
    killedInRounds(subject, {
      plan: numbersPlan('the least of each component', INTERVAL_MS),
      pairs: GRAPH,
    })
  })
  describe.each(HARD)('%s', (name) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    isCutIn(subject, { plan }, [1, 5])
    killedInRounds(subject, { plan })
  })
}

/** `orders`: a seed of each order of messages under which an accumulation is tried, for the first of them. */
function isCutIn(subject: Subject, given: Scenario, orders: readonly number[]): void {
  it('other numbers of workers give equal commits', async () => {
    const one = commitsByPlace(await runRight(subject, { ...given, config: { workers: 1 } }))
    for (const workers of [2, 5]) {
      expect(commitsByPlace(await runRight(subject, { ...given, config: { workers } }))).toEqual(
        one,
      )
    }
  })

  it.each([25, 200])('ticks of %d ms give the interpreter’s rows', async (tick) => {
    await runRight(subject, { ...given, config: { tick: milliseconds(tick) } })
  })

  it('each accumulation, far apart, each under orders of messages of its own, by kernels and plain functions in turn', async () => {
    const commits: ReadonlyMap<string, string>[] = []
    for (const [index, accumulation] of ACCUMULATIONS.entries()) {
      for (const seed of orders.map((order) => order + index)) {
        const timely = { accumulation, recovery: 'none' } as const
        const kernels = commits.length % 2 === 0 ? 'columns' : 'plain'
        const config = { workers: 3, seed, detector: PATIENT, kernels, timely } as const
        commits.push(commitsByPlace(await runRight(subject, { ...given, config, options: FAR })))
      }
    }
    for (const other of commits) expect(other).toEqual(commits[0])
  })

  it('equal seeds, equal traces', async () => {
    const scenario = { ...given, config: { workers: 3 } }
    const first = await runRight(subject, scenario)
    expect((await runRight(subject, scenario)).traceHash).toBe(first.traceHash)
  })
}

function killedInRounds(subject: Subject, given: Scenario): void {
  const replaced: Readonly<Record<string, ConfigChanges>> = {
    respawned: { workers: 2, detector: PATIENT, timely: { checkpointInterval: SELDOM } },
    'survived by others': { workers: 3, replacement: 'survivors', detector: PATIENT },
  }

  it.each(Object.entries(replaced))('killed in the middle of rounds, %s', async (_, config) => {
    const scenario: Scenario = { ...given, config, options: FAR }
    const calm = await runRight(subject, scenario)
    const intervals = [2, 4].map((interval) => milliseconds(interval * INTERVAL_MS))
    for (const tick of intervals) {
      const visibleAt = lastVisibleOf(calm, tick)
      // Long enough to be in it: some rounds there and back.
      expect(visibleAt - tick).toBeGreaterThan(4 * FAR.network.latency)
      for (const [turn, part] of [1, 3, 5, 7].entries()) {
        const at = Math.round(tick + ((visibleAt - tick) * part) / 8)
        const faults = [{ kind: 'kill', process: turn % 2, at }] as const
        const record = await runRight(subject, { ...scenario, faults })
        expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
      }
    }
  })

  it('checkpoints are taken though a loop goes on for longer than their interval', async () => {
    const record = await runRight(subject, {
      ...given,
      config: { workers: 2, detector: PATIENT, timely: { checkpointInterval: milliseconds(100) } },
      options: FAR,
    })
    expect(eventsOf(record, 'checkpoint-durable').length).toBeGreaterThan(2)
  })
}

/** When the last partition showed what it had at a tick. */
function lastVisibleOf({ commits }: RunRecord, tick: Nanos): Nanos {
  return Math.max(
    ...commits.filter((commit) => commit.tick === tick).map(({ visibleAt }) => visibleAt),
  )
}

/** On real threads: few, since they live in real time. */
export function loopsConformOnThreads(subject: Subject): void {
  const intervalMs = 80
  const config: ConfigChanges = {
    workers: 3,
    partitions: 7,
    tick: milliseconds(20),
    input: { rate: 400, duration: milliseconds(960) },
    detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
    timely: { checkpointInterval: milliseconds(80), flushInterval: milliseconds(5) },
  }

  it.each(HARD)('%s', async (name) => {
    const plan = conformancePlan(name, intervalMs)
    const faults = [{ kind: 'kill', process: 1, at: milliseconds(330) }] as const
    await runRight(subject, { plan, config, faults })
  })
}

/** Each of 4,800 nodes leads to one other, and labels go some rounds. With half as many, one worker's ring was never full in one run of seven. */
const WIDE = Array.from({ length: 4_800 }, (_, node) => [node, (node * node + 1) % 4_800] as const)

export interface TightLoops {
  /** Threads with rings of a message or two, of what this run sends. */
  readonly threads: Subject
  readonly simulated: Subject
}

/**
 * Two workers around a loop, over links that hold one message in each direction (rings, a message or two): both fill them at
 * once, with rows and with the progress that tells of these. Who waited for room before it read would wait for ever.
 */
export function loopsConformOnTightLinks({ threads, simulated }: TightLoops): void {
  const intervalMs = 80
  const scenario: Scenario = {
    plan: numbersPlan('the least of each component', intervalMs),
    pairs: WIDE,
    config: {
      workers: 2,
      partitions: 2,
      tick: milliseconds(20),
      input: { rate: 20_000, duration: milliseconds(6 * intervalMs) },
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(400) },
      timely: { accumulation: 'none', recovery: 'none', flushInterval: milliseconds(5) },
    },
    options: { lossless: true, linkBytesMax: 1 },
  }

  it('links of a message in both directions, and a loop', async () => {
    const truth = await runRight(simulated, scenario)
    for (const full of fullLinksOf(truth, 2)) expect(full).toBeGreaterThan(100)
    // Who reads as fast as the other sends, in every round of every interval, would find none full: it is sure only in simulation.
    const record = await runRight(threads, scenario)
    for (const full of fullLinksOf(record, 2)) expect(full).toBeGreaterThan(0)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(truth))
  })
}

export function loopsAreRefused(subject: Subject): void {
  it.each(LOOP_NAMES)('%s', async (name) => {
    const trial = trialOf(subject.engine, { plan: conformancePlan(name, INTERVAL_MS) })
    const refusal = await subject.run(trial).then(
      ({ error }) => error,
      (error: unknown) => error,
    )
    expect(refusal).toBeInstanceOf(PlanError)
    expect((refusal as PlanError).message).toMatch(/^iterate \(node \d+\): the D-Stream engine\./)
  })
}
