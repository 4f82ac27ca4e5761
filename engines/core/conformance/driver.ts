/**
 * Conformance of an engine with a driver: it may be lost at any instant, alone or with others, and again while the next one takes
 * over. What was missed is run, and each commit is the interpreter's, whoever makes it again.
 *
 * Instants are taken from the history of a run without the kill, so that they are what their names say.
 */
import { describe, expect, it } from 'vitest'
import type { Fault, FaultPlan } from '../faults/fault.ts'
import type { Query } from '../queries/query.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos, type ProcessId } from '../units.ts'
import { DISK } from '../world/simulated/disk.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { answered } from './bounded.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { QUERIED, queriedPlan } from './plans/queries.ts'
import { conformancePlan } from './plans.ts'
import {
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  SPARSE,
  type Subject,
  trialOf,
} from './scenario.ts'
import { fewFor, SOME, WORLDS_BASE } from './worlds.ts'

const kill = (process: ProcessId, at: Nanos): Fault => ({ kind: 'kill', process, at })

/** Of scenarios with two workers. */
const DRIVER: ProcessId = 2

/** Waits for heartbeats from far away. */
const PATIENT = { heartbeat: milliseconds(20), timeout: milliseconds(200) }

const counted = conformancePlan('runningReduce, sum', INTERVAL_MS)
/** Where it is about who does what: tables, checkpoints and a shuffle, in a fraction of the time of all operators. */
const ranked = conformancePlan('topK of windows', INTERVAL_MS)

const EVERYTHING = 'everything, plain'

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a running table': { plan: counted },
  [EVERYTHING]: {
    plan: conformancePlan('everything', INTERVAL_MS),
    config: { kernels: 'plain', ...SPARSE },
  },
  'windows and ranks, pushed': {
    plan: ranked,
    config: { ingest: 'pushed' },
  },
  // There is nothing to save: what is behind the last completed batch is forgotten at once.
  'events alone, pushed': {
    plan: conformancePlan('filter, kernels', INTERVAL_MS),
    config: { ingest: 'pushed' },
  },
  'saved, blocks and files on a disk that is slow at times': {
    plan: conformancePlan('outputs that are saved and committed', INTERVAL_MS),
    config: { saveAll: true, dstream: { blockStoreBytesMax: 0 } },
    options: { disk: { ...DISK, faults: { slow: { share: 0.2, factor: 20 } } } },
  },
  'far apart, short batches': {
    plan: ranked,
    config: { tick: milliseconds(50), detector: PATIENT },
    options: { network: { ...NETWORK, latency: milliseconds(15), jitter: 1 } },
  },
}

/** Of every table, again and again. */
const QUERIES: readonly Query[] = QUERIED.map((of, index) => {
  return { of, want: 'rows', at: milliseconds(110 + 17 * index), every: milliseconds(103) }
})

/** Before they are there, and as they come. */
const SLICES: readonly Query[] = (['counts', 'windows', 'tracked'] as const).flatMap((of) =>
  [150, 1_330].map((at): Query => {
    const slice = { from: milliseconds(800), to: milliseconds(1_600) }
    return { of, want: 'rows', at: milliseconds(at), slice }
  }),
)

export function driverConforms(subject: Subject): void {
  describe.each(Object.entries(SCENARIOS))('%s', (name, scenario) => {
    let found: Promise<Record<string, Nanos>> | undefined
    const instantsIn = () => (found ??= instantsOf(subject, scenario))

    // Runs of all operators are long: at every other instant alone, and at those between with a worker.
    const isLong = name === EVERYTHING
    const everyOther = <T>(instants: readonly T[], from: number): readonly T[] =>
      instants.filter((_, place) => place % 2 === from)

    it('killed at every kind of instant', async () => {
      const instants = Object.entries(await instantsIn())
      for (const [instant, at] of isLong ? everyOther(instants, 0) : instants) {
        const record = await runRight(subject, { ...scenario, faults: [kill(DRIVER, at)] })
        expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed, instant).toBe(true)
        expect(eventsOf(record, 'driver-took-over'), instant).toHaveLength(1)
      }
    })

    it('killed together with a worker, each in turn', async () => {
      const instants = Object.values(await instantsIn())
      const tried = isLong ? everyOther(instants, 1) : instants.slice(1, 5)
      for (const [index, at] of tried.entries()) {
        const worker = index % 2
        const faults = [kill(DRIVER, at), kill(worker, at)]
        const record = await runRight(subject, { ...scenario, faults })
        expect(eventsOf(record, 'driver-took-over').length).toBeGreaterThan(0)
        expect(lives(record, worker)).toBe(2)
      }
    })
  })

  describe('again', () => killedAgain(subject))
  describe('and workers', () => workersToo(subject))

  it.each([410, 1_010, 1_330, 2_390])('what was asked is answered: killed at %d ms', async (at) => {
    await runRight(subject, {
      plan: queriedPlan(INTERVAL_MS),
      faults: [kill(DRIVER, milliseconds(at))],
      queries: [...QUERIES, ...SLICES],
    })
  })

  it.each(['connected components', 'reachability, records of all rounds'] as const)(
    'killed while rounds are jobs: %s',
    (name) => killedInRounds(subject, conformancePlan(name, INTERVAL_MS)),
  )

  it('a driver that survivors do not replace ends the run by name', async () => {
    const config = { workers: 3, replacement: 'survivors' } as const
    const faults = [kill(3, milliseconds(1_010))]
    const trial = trialOf(subject.engine, { plan: counted, config, faults })
    const record = await subject.run(trial)
    expect(record.error).toMatchObject({ code: 'recovery' })
    expect(record.error?.message).toMatch(/driver.*--replacement respawn/)
  })

  it('goes on from where the last one was, and not from the beginning', async () => {
    const at = milliseconds(1_930)
    const record = await runRight(subject, { plan: counted, faults: [kill(DRIVER, at)] })
    const [took] = eventsOf(record, 'driver-took-over')
    // Nine batches of ten are in a record, and blocks and tasks of the rest are known from the workers.
    expect(took?.fields.completed).toBeGreaterThanOrEqual(15)
    expect(took?.fields.horizon).toBe(16)
    expect(took?.fields.blocks).toBeGreaterThan(0)
    const { batches, tasks } = eventsOf(record, 'recovery-planned')[0]!.fields
    expect(tasks).toBeLessThanOrEqual(Number(batches) * 10)
    expect(counterOf(record, 'blockRestores')).toBe(0)
  })

  it('equal seeds, equal traces', async () => {
    const faults = [kill(DRIVER, milliseconds(1_134)), kill(1, milliseconds(1_250))]
    const plan = conformancePlan('everything', INTERVAL_MS)
    const scenario = { plan, config: SPARSE, faults }
    const first = await runRight(subject, scenario)
    const second = await runRight(subject, scenario)
    expect(second.traceHash).toBe(first.traceHash)
    expect(second.history).toEqual(first.history)
  })
}

/** On real threads: few, since they live in real time. */
export function driverConformsOnThreads(threads: Subject, simulated: Subject): void {
  const config = { ...WORLDS_BASE, input: fewFor(960) }

  it.each([
    ['alone', [kill(DRIVER, milliseconds(330))]],
    ['with a worker', [kill(DRIVER, milliseconds(330)), kill(0, milliseconds(330))]],
  ] as const)('killed %s', async (_, faults) => {
    const scenario: Scenario = { plan: SOME, config }
    const record = await runRight(threads, { ...scenario, faults })
    expect(eventsOf(record, 'fault-kill').every(({ fields }) => fields.witnessed)).toBe(true)
    expect(eventsOf(record, 'driver-took-over').length).toBeGreaterThan(0)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(await runRight(simulated, scenario)))
  })
}

async function instantsOf(subject: Subject, scenario: Scenario): Promise<Record<string, Nanos>> {
  const calm = await runRight(subject, scenario)
  const batches = eventsOf(calm, 'batch-completed')
  const batch = batches[Math.floor(batches.length / 2)]!
  // Where there is nothing to save, any instant will do.
  const durable = eventsOf(calm, 'checkpoint-durable')[1]?.at ?? milliseconds(805)
  return {
    'before the first batch': 1,
    'while a batch is run': Math.round((Number(batch.fields.submittedAt) + batch.at) / 2),
    'as a batch is completed': batch.at,
    'while a checkpoint is written': durable - milliseconds(1),
    'as it becomes durable': durable,
    'in the last batch': milliseconds(2_390),
  }
}

function killedAgain(subject: Subject): void {
  const scenario = { plan: ranked }
  const first = kill(DRIVER, milliseconds(900))

  it.each([-1, 1, 60])('%d ms after it took over', async (after) => {
    const once = await runRight(subject, { ...scenario, faults: [first] })
    const [took] = eventsOf(once, 'driver-took-over')
    const faults = [first, kill(DRIVER, took!.at + milliseconds(after))]
    const record = await runRight(subject, { ...scenario, faults })
    const witnessed = eventsOf(record, 'fault-kill').map(({ fields }) => fields.witnessed)
    expect(witnessed).toEqual([true, true])
    expect(eventsOf(record, 'driver-took-over').at(-1)?.fields.term).toBe(3)
  })

  it('until nothing is left to do', async () => {
    const faults = [500, 1_000, 1_500, 2_000].map((at) => kill(DRIVER, milliseconds(at)))
    const record = await runRight(subject, { ...scenario, faults })
    expect(eventsOf(record, 'driver-took-over')).toHaveLength(4)
  })
}

function workersToo(subject: Subject): void {
  const right = (faults: FaultPlan): Promise<RunRecord> =>
    runRight(subject, { plan: ranked, config: { workers: 3 }, faults })
  const driver: ProcessId = 3
  const at = milliseconds(900)

  it.each([1, 50, 99, 110])('the driver, %d ms after it had a worker replaced', async (after) => {
    const once = await right([kill(1, at)])
    const [issued] = eventsOf(once, 'generation-issued')
    await right([kill(1, at), kill(driver, issued!.at + milliseconds(after))])
  })

  it.each([-50, 1, 40])('a worker, %d ms after the next driver took over', async (after) => {
    const once = await right([kill(driver, at)])
    const [took] = eventsOf(once, 'driver-took-over')
    const record = await right([kill(driver, at), kill(2, took!.at + milliseconds(after))])
    expect(lives(record, 2)).toBe(2)
  })

  it('all workers but one, and the driver', async () => {
    const record = await right([kill(driver, at), kill(0, at), kill(1, at)])
    expect([lives(record, 0), lives(record, 1), lives(record, driver)]).toEqual([2, 2, 2])
  })
}

async function killedInRounds(subject: Subject, plan: Scenario['plan']): Promise<void> {
  const scenario: Scenario = {
    plan,
    // Of many lengths, so that there are many rounds.
    lines: Array.from({ length: 240 }, (_, at) => 'x'.repeat((at * 37) % 110)),
    config: {
      detector: PATIENT,
      dstream: { iterationsAsJobs: true },
    },
    options: { network: { ...NETWORK, latency: milliseconds(6), jitter: 5 } },
  }
  const calm = await answered(subject, scenario)
  const clock = calm.record.commits[0]!.tick
  const last = Math.max(...calm.record.commits.map(({ visibleAt }) => visibleAt))
  const batches = new Set(eventsOf(calm.record, 'job-submitted').map(({ fields }) => fields.batch))
  for (let part = 1; part < 5; part++) {
    const at = Math.round(clock + ((last - clock) * part) / 5)
    const together = part % 2 === 0 ? [kill(1, at)] : []
    const faults = [kill(DRIVER, at), ...together]
    const { record } = await answered(subject, { ...scenario, faults })
    expect(eventsOf(record, 'driver-took-over').length).toBeGreaterThan(0)
    const again = new Set(eventsOf(record, 'job-submitted').map(({ fields }) => fields.batch))
    expect(again).toEqual(batches)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(calm.record))
  }
}

/** How many lives a process had. */
function lives({ processes }: RunRecord, of: ProcessId): number {
  return processes.filter(({ process }) => process === of).length
}
