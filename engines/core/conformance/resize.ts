/**
 * Conformance: workers join and leave while a run goes on, and no result shows it.
 *
 * New workers work, those who left do nothing more, and where nobody is lost nothing is done twice. Whoever is killed meanwhile, the
 * change comes about all the same. Instants of kills are taken from the history of the run without one, so that they are what their
 * names say.
 */
import { describe, expect, it } from 'vitest'
import type { Resize } from '../run-config.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos, type ProcessId } from '../units.ts'
import { SIMULATION } from '../world/simulated/simulation-options.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  resizing,
  type Scenario,
  type Subject,
} from './scenario.ts'
import { comingsIn, comingsOf, committedTwice } from './traffic.ts'
import { WORLDS_BASE, WORLDS_INTERVAL_MS } from './worlds.ts'

/** Neither at the end of a tick nor where a checkpoint is due anyway. */
const CHANGES: Readonly<Record<string, Resize>> = {
  'two join': resizing(2, [1_030, 4]),
  'two leave': resizing(4, [1_030, 2]),
  'all but one leave, two come back': resizing(4, [530, 1], [1_230, 3]),
  'one after the other joins': resizing(1, [430, 2], [930, 3], [1_430, 4]),
}

const PLANS: Readonly<Record<string, Scenario>> = {
  'a running table': { plan: conformancePlan('runningReduce, sum', INTERVAL_MS) },
  'windows and ranks': { plan: conformancePlan('topK of windows', INTERVAL_MS) },
  'everything, plain': {
    plan: conformancePlan('everything', INTERVAL_MS),
    config: { kernels: 'plain', partitions: 5 },
  },
  'files, saved in short ticks': {
    plan: conformancePlan('outputs that are saved and committed', INTERVAL_MS),
    config: { saveAll: true, tick: milliseconds(50) },
  },
}

const RESERVED: ConfigChanges = { workers: 4, partitions: 9 }

export function resizeConforms(subject: Subject): void {
  describe.each(Object.entries(PLANS))('%s', (_, { config, ...scenario }) => {
    const base = { ...RESERVED, ...config }
    it.each(Object.entries(CHANGES))('%s', async (_, resize) => {
      const calm = await runRight(subject, { ...scenario, config: base })
      const record = await runRight(subject, { ...scenario, config: { ...base, resize } })
      expect(commitsByPlace(record)).toEqual(commitsByPlace(calm))
      expect(comingsIn(record)).toEqual(comingsOf(resize))
      expect(eventsOf(record, 'resize-asked')).toHaveLength(resize.steps.length)
      expect(committedTwice(record)).toBeUndefined()
      expect(eventsOf(record, 'block-recomputed')).toEqual([])
      everyoneWorked(record)
      noneWorkedAfterwards(record)
    })
  })

  describe.each(['respawn', 'survivors'] as const)('killed meanwhile, %s', (replacement) => {
    const plan = PLANS['windows and ranks']!.plan
    describe.each(['two join', 'two leave'] as const)('%s', (change) => {
      it.each([0, 1, 3])('worker %d', async (worker) => {
        const resize = CHANGES[change]!
        const config = { ...RESERVED, replacement, resize }
        const calm = await runRight(subject, { plan, config })
        for (const [when, at] of Object.entries(instantsOf(calm))) {
          const faults = [{ kind: 'kill', process: worker, at } as const]
          const record = await runRight(subject, { plan, config, faults })
          if (replacement === 'survivors') continue
          expect(comingsIn(record), `killed ${when}`).toEqual(comingsOf(resize))
        }
      })
    })
  })

  it('equal seeds give equal traces', async () => {
    const { plan } = PLANS['a running table']!
    const resize = CHANGES['all but one leave, two come back']!
    const faults = [{ kind: 'kill', process: 0, at: milliseconds(1_260) } as const]
    const scenario: Scenario = { plan, config: { ...RESERVED, resize }, faults }
    const first = await runRight(subject, scenario)
    const second = await runRight(subject, scenario)
    expect(second.traceHash).toBe(first.traceHash)
    expect(second.history).toEqual(first.history)
  })
}

export function resizeConformsOnThreads(subject: Subject): void {
  it('workers join and leave', async () => {
    const resize = resizing(1, [150, 3], [1_090, 2])
    const record = await runRight(subject, {
      plan: conformancePlan('topK of windows', WORLDS_INTERVAL_MS),
      config: {
        ...WORLDS_BASE,
        workers: 3,
        partitions: 6,
        input: { rate: 400, duration: milliseconds(20 * WORLDS_INTERVAL_MS) },
        resize,
      },
    })
    expect(comingsIn(record)).toEqual(comingsOf(resize))
    const joined = record.processes.find(({ process }) => process === 1)
    expect(joined?.counters.dataRows).toBeGreaterThan(0)
  })
}

/** Of a run whose only change of the membership is the plan's. */
function instantsOf(calm: RunRecord): Readonly<Record<string, Nanos>> {
  const [asked] = eventsOf(calm, 'resize-asked')
  const [issued] = eventsOf(calm, 'generation-issued')
  const last = eventsOf(calm, 'generation-adopted').at(-1)
  return {
    'before it is due': asked!.at - milliseconds(70),
    'while the checkpoint is written': asked!.at - 1,
    'as it is asked for': asked!.at + 1,
    'as it holds': issued!.at + 1,
    'before the others begin': issued!.at + milliseconds(50),
    'as they begin': issued!.at + SIMULATION.startDelay + 1,
    'when all have begun': last!.at + 1,
    'when all go on': last!.at + milliseconds(20),
  }
}

/** Each life of a worker has read and combined rows. */
function everyoneWorked({ processes }: RunRecord): void {
  const idle = processes.filter(({ process, counters }) => {
    return process < RESERVED.workers! && !(counters.dataRows! > 0)
  })
  expect(idle.map(({ process, incarnation }) => `${process} in life ${incarnation}`)).toEqual([])
}

function noneWorkedAfterwards(record: RunRecord): void {
  for (const { at, fields } of eventsOf(record, 'worker-left')) {
    const isOf = (process: ProcessId, incarnation: number): boolean =>
      process === fields.process && incarnation === fields.incarnation
    const later = record.history.filter((each) => {
      return each.at > at && isOf(each.process, each.incarnation)
    })
    expect(later).toEqual([])
  }
}
