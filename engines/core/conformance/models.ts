/**
 * Conformance: the two models really differ, seen from what processes count and never from inside an engine.
 *
 * - *No central message per tick* (timely): all processes are workers, and what they send beside data, progress and
 *   heartbeats is nothing. Progress goes from each to each: no process sends, by far, more of it than another.
 * - *No task without a driver's message* (D-Stream): a process that is no worker launches every task that is run, its
 *   messages grow with the ticks, and when it dies nothing that it had not launched is ever committed.
 * - *Crossing shares* (both): keyed rows leave their worker in (W − 1) / W of the cases; without a key nothing leaves. And what
 *   crosses takes its time: no tick is visible sooner after it was read than its messages take.
 */
import { expect, it } from 'vitest'
import { EXCHANGE_COUNTERS, type RunRecord } from '../system.ts'
import { milliseconds } from '../units.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { runRight } from './operators.ts'
import { conformancePlan, type PlanName } from './plans.ts'
import {
  type ConfigChanges,
  configOf,
  counterOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'
import { centralMessages, unlaunchedTasks, wrongCrossing, wrongReading } from './traffic.ts'

const counted = conformancePlan('runningReduce, sum', INTERVAL_MS)

/** Many keys, so that shares come out. */
export const MANY_LINES = Array.from({ length: 500 }, (_, line) =>
  Array.from({ length: 4 }, (_, word) => `word-${(line * 7 + word * 131) % 1_009}`).join(' '),
)

function perProcess(record: RunRecord, counter: string): number[] {
  return record.processes.map(({ counters }) => counters[counter] ?? 0)
}

export function crossingConforms(subject: Subject, base: ConfigChanges = {}): void {
  it.each([1, 2, 3, 4])('crossing share of keyed rows on %d workers', async (workers) => {
    const scenario: Scenario = {
      plan: counted,
      lines: MANY_LINES,
      config: {
        workers,
        partitions: 12,
        tick: milliseconds(200),
        input: { rate: 5_000, duration: milliseconds(1_200) },
        ...base,
      },
    }
    const record = await runRight(subject, scenario)
    expect(counterOf(record, 'shuffleBytes')).toBeGreaterThan(100_000)
    expect(wrongCrossing(record, workers)).toBeUndefined()
    const latency = subject.world === 'simulated' ? NETWORK.latency : 0
    expect(wrongReading(record, configOf(subject.engine, scenario), latency)).toBeUndefined()
  })

  it.each(['columns', 'plain'] as const)('rows exchanged, counted alike: %s', async (kernels) => {
    const ticks = 10
    const record = await runRight(subject, {
      plan: counted,
      // Three keys, and each partition has all of them in each tick.
      lines: ['night water night', 'water river'],
      config: {
        workers: 2,
        partitions: 2,
        tick: milliseconds(100),
        kernels,
        input: { rate: 40, duration: milliseconds(100 * ticks) },
        ...base,
        timely: { recovery: 'none', flushInterval: milliseconds(100) },
      },
    })
    // By this worker and the other, and to this worker and the other.
    expect(counterOf(record, 'dataRows')).toBe(3 * 2 * ticks)
  })

  it('crossing share of a few rows a message', async () => {
    const workers = 8
    const record = await runRight(subject, {
      plan: counted,
      lines: MANY_LINES,
      config: {
        workers,
        partitions: workers,
        tick: milliseconds(20),
        input: { rate: 200, duration: milliseconds(800) },
        ...base,
      },
    })
    // Headers take most of what is on the wire.
    expect(counterOf(record, 'dataBytes')).toBeGreaterThan(counterOf(record, 'shuffleBytes'))
    expect(wrongCrossing(record, workers)).toBeUndefined()
  })

  it.each(['filter, kernels', 'filter, plain', 'flatMap, kernels', 'window, sliding'] as const)(
    'nothing crosses: %s',
    async (name: PlanName) => {
      const plan = conformancePlan(name, INTERVAL_MS)
      const record = await runRight(subject, { plan, config: { workers: 3, ...base } })
      expect(counterOf(record, 'dataBytes')).toBe(0)
      for (const counter of EXCHANGE_COUNTERS) {
        expect(perProcess(record, counter).slice(0, 3), counter).toEqual([0, 0, 0])
      }
    },
  )
}

function ticking(tickMs: number): Scenario {
  const config = { workers: 3, tick: milliseconds(tickMs), timely: { recovery: 'none' } } as const
  return { plan: counted, config }
}

async function withTicks(subject: Subject, tickMs: number): Promise<RunRecord> {
  return await runRight(subject, ticking(tickMs))
}

/** Continuous operators: nobody is asked before a tick, and nobody is told by one process. */
export function hasNoCentre(subject: Subject): void {
  it('all processes are workers', async () => {
    const record = await withTicks(subject, 100)
    expect(record.processes.map(({ process }) => process)).toEqual([0, 1, 2])
    expect(counterOf(record, 'launchMessages')).toBe(0)
  })

  it('sends data, progress and heartbeats, and nothing else, however many ticks', async () => {
    for (const tick of [200, 50, 25]) {
      const record = await withTicks(subject, tick)
      expect(centralMessages(record, configOf(subject.engine, ticking(tick)))).toBeUndefined()
    }
  })

  it('no process has more of the progress than another', async () => {
    for (const tick of [200, 50]) {
      const sent = perProcess(await withTicks(subject, tick), 'progressMessages')
      expect(Math.max(...sent)).toBeLessThan(Math.min(...sent) * 1.5)
    }
  })
}

/** Micro-batches: a driver makes every task happen. */
export function hasADriver(subject: Subject): void {
  it('one process more than workers, and all launches are its', async () => {
    const record = await withTicks(subject, 100)
    expect(perProcess(record, 'launchMessages').map((sent) => sent > 0)).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(perProcess(record, 'tasks').map((tasks) => tasks > 0)).toEqual([true, true, true, false])
  })

  it('a task is run when it was launched, and only then', async () => {
    for (const tick of [200, 50]) {
      expect(unlaunchedTasks(await withTicks(subject, tick))).toBeUndefined()
    }
  })

  it('its messages grow with the ticks', async () => {
    const launches: number[] = []
    for (const tick of [200, 50]) {
      const record = await withTicks(subject, tick)
      const ticks = trialOf(subject.engine, { plan: counted }).config.input.duration / tick / 1e6
      launches.push(counterOf(record, 'launchMessages'))
      expect(launches.at(-1)).toBeGreaterThanOrEqual(ticks * 3)
    }
    expect(launches[1]).toBeGreaterThan(launches[0]! * 2.5)
  })

  it('without it nothing is committed that it had not launched', async () => {
    const at = milliseconds(1_250)
    const trial = trialOf(subject.engine, {
      plan: counted,
      // Nobody takes over from it.
      config: { workers: 3, replacement: 'survivors' },
      faults: [{ kind: 'kill', process: 3, at }],
    })
    const record = await subject.run(trial)
    expect(record.outcome).toBe('failed')
    expect(record.error?.message).toMatch(/driver/)
    expect(record.commits.length).toBeGreaterThan(0)
    // The last tick that had ended when the driver died; its tasks may have been launched already.
    for (const { tick } of record.commits) expect(tick).toBeLessThanOrEqual(milliseconds(1_200))
  })
}
