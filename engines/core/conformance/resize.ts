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
import { seededRandom } from '../world/random.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { SIMULATION } from '../world/simulated/simulation-options.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  resizing,
  type Scenario,
  SPARSE,
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
    config: { kernels: 'plain', partitions: 5, ...SPARSE },
  },
  'files, saved in short ticks': {
    plan: conformancePlan('outputs that are saved and committed', INTERVAL_MS),
    config: { saveAll: true, tick: milliseconds(50) },
  },
}

const RESERVED: ConfigChanges = { workers: 4, partitions: 9 }

const SEED = Number(process.env.SEED ?? 1)
const RUNS = Number(process.env.RUNS ?? 12)

export function resizeConforms(subject: Subject): void {
  describe.each(Object.entries(PLANS))('%s', (_, { config, ...scenario }) => {
    const base = { ...RESERVED, ...config }
    let calmRun: Promise<RunRecord> | undefined
    const runCalm = () => (calmRun ??= runRight(subject, { ...scenario, config: base }))
    it.each(Object.entries(CHANGES))('%s', async (_, resize) => {
      const calm = await runCalm()
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
      const resize = CHANGES[change]!
      const config = { ...RESERVED, replacement, resize }
      let calmRun: Promise<RunRecord> | undefined
      const runCalm = () => (calmRun ??= runRight(subject, { plan, config }))
      // At every other instant: at those between them by the other replacement.
      const place = replacement === 'respawn' ? 0 : 1
      it.each([0, 1, 3])('worker %d', async (worker) => {
        const calm = await runCalm()
        for (const [turn, [when, at]] of Object.entries(instantsOf(calm)).entries()) {
          if ((turn + worker + place) % 2 > 0) continue
          const faults = [{ kind: 'kill', process: worker, at } as const]
          const record = await runRight(subject, { plan, config, faults })
          if (replacement === 'survivors') continue
          expect(comingsIn(record), `killed ${when}`).toEqual(comingsOf(resize))
        }
      })
    })
  })

  describe.each(['respawn', 'survivors'] as const)('paused meanwhile, %s', (replacement) => {
    const plan = PLANS['windows and ranks']!.plan
    const resize = CHANGES['two leave']!
    const config = { ...RESERVED, replacement, resize }
    let calmRun: Promise<RunRecord> | undefined
    const runCalm = () => (calmRun ??= runRight(subject, { plan, config }))
    // Who is to leave is waited for, or given up for dead, and is a zombie when it goes on.
    it.each([
      ['shorter than a detector waits', 60],
      ['longer', 400],
    ])('who is to leave, for %s', async (_, ms) => {
      const calm = await runCalm()
      for (const [when, at] of Object.entries(instantsOf(calm))) {
        const faults = [{ kind: 'pause', process: 3, at, length: milliseconds(ms) } as const]
        const record = await runRight(subject, { plan, config, faults })
        if (replacement === 'survivors') continue
        expect(comingsIn(record), `paused ${when}`).toEqual(comingsOf(resize))
      }
    })
  })

  it.each(Object.entries(CHANGES))('over links that lose nothing: %s', async (_, resize) => {
    const { plan } = PLANS['windows and ranks']!
    for (const linkBytesMax of [Number.POSITIVE_INFINITY, 256]) {
      const options = { lossless: true, linkBytesMax }
      const record = await runRight(subject, { plan, config: { ...RESERVED, resize }, options })
      expect(comingsIn(record)).toEqual(comingsOf(resize))
      expect(committedTwice(record)).toBeUndefined()
    }
  })

  describe('at random, with kills', () => {
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      it(`SEED=${seed} RUNS=1`, async () => {
        const scenario = drawn(seed)
        const record = await runRight(subject, scenario)
        const { resize } = scenario.config!
        if (scenario.faults!.length > 0) return
        expect(comingsIn(record)).toEqual(comingsOf(resize!))
        expect(committedTwice(record)).toBeUndefined()
      })
    }
  })

  it('equal seeds give equal traces', async () => {
    const { plan } = PLANS['a running table']!
    // Between the instant of a change and the checkpoint that it waits for.
    const resize = CHANGES['two leave']!
    const faults = [{ kind: 'kill', process: 0, at: milliseconds(1_060) } as const]
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
    // Of what comes due while threads are slow, the last step counts.
    const present = new Set([0])
    for (const coming of comingsIn(record)) {
      const [event, process] = coming.split(' ')
      if (event === 'worker-joined') present.add(Number(process))
      else present.delete(Number(process))
    }
    expect([...present]).toEqual([0, 1])
    const joined = record.processes.find(({ process }) => process === 1)
    expect(joined?.counters.dataRows).toBeGreaterThan(0)
  })
}

/** There are always two workers at least, and of one that is killed the others have heard when the next is. */
function drawn(seed: number): Scenario {
  const random = seededRandom(seed, 0xe1a5)
  const workers = 3 + random.below(3)
  const from = 2 + random.below(workers - 1)
  let before = from
  const steps = Array.from({ length: 1 + random.below(3) }, (_, step) => {
    const drawnOf = 2 + random.below(workers - 2)
    before = drawnOf >= before ? drawnOf + 1 : drawnOf
    return [150 + 600 * step + random.below(250), before] as const
  })
  const first = 200 + random.below(700)
  const kills = [first, first + 1_400].slice(0, random.below(3))
  const names = ['a running table', 'windows and ranks', 'files, saved in short ticks'] as const
  const { plan } = PLANS[names[random.below(names.length)]!]!
  return {
    plan,
    config: {
      seed,
      workers,
      partitions: 1 + random.below(11),
      resize: resizing(from, ...steps),
      tick: milliseconds([20, 50, 100][random.below(3)]!),
      kernels: random.below(2) === 1 ? 'columns' : 'plain',
    },
    faults: kills.map((ms) => {
      return { kind: 'kill', process: random.below(workers), at: milliseconds(ms) } as const
    }),
    options: { network: { ...NETWORK, latency: milliseconds([0.05, 1, 8][random.below(3)]!) } },
  }
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
