/**
 * Conformance: kills at every kind of instant leave no trace in the results.
 *
 * Instants are taken from the history of a run without the kill, so that they are what their names say: a run is
 * deterministic up to the kill. What a killed worker leaves behind is poisoned memory, messages on the wire, half a
 * checkpoint: a digest made of any of it would differ from the interpreter's.
 */
import { describe, expect, it } from 'vitest'
import type { FaultPlan } from '../faults/fault.ts'
import type { TimelyOptions } from '../run-config.ts'
import type { RunRecord } from '../system.ts'
import { milliseconds, type Nanos, type ProcessId } from '../units.ts'
import { DISK } from '../world/simulated/disk.ts'
import { NETWORK } from '../world/simulated/network.ts'
import { runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import {
  type ConfigChanges,
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  SPARSE,
  type Subject,
  trialOf,
} from './scenario.ts'

const kill = (process: ProcessId, at: Nanos) => ({ kind: 'kill', process, at }) as const

const FIRST = kill(1, milliseconds(900))
const SAME_WORKER = (back: Nanos) => [kill(1, back + milliseconds(1))]

const SHORT = {
  'a running table': { plan: conformancePlan('runningReduce, sum', INTERVAL_MS) },
  'windows and ranks': { plan: conformancePlan('topK of windows', INTERVAL_MS) },
} as const satisfies Readonly<Record<string, Scenario>>

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...SHORT,
  // Kills find files that are on their way.
  'saved, on a disk that is slow at times': {
    plan: conformancePlan('outputs that are saved and committed', INTERVAL_MS),
    config: { saveAll: true },
    options: { disk: { ...DISK, faults: { slow: { share: 0.2, factor: 20 } } } },
  },
}

const EVERYTHING: Scenario = {
  plan: conformancePlan('everything', INTERVAL_MS),
  config: { kernels: 'plain', ...SPARSE },
}

const REPLACEMENTS: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'survived by others': { workers: 3, replacement: 'survivors' },
}

export function recoveryConforms(subject: Subject): void {
  const scenarios = { ...SCENARIOS, 'everything, plain': EVERYTHING }
  for (const [name, scenario] of Object.entries(scenarios)) {
    for (const [place, [how, replacement]] of Object.entries(REPLACEMENTS).entries()) {
      const changed = { ...scenario, config: { ...scenario.config, ...replacement } }
      if (name in SHORT) describe(`${name}, ${how}`, () => killedAt(subject, changed))
      // One worker an instant; of all operators at every other one, and at those between by the other replacement: these runs are
      // long, and what hits all alike is tried in short ones.
      else it(`${name}, ${how}`, () => killedAtEach(subject, changed, halfOf(scenario, place)))
    }
  }
  describe('two kills', () => killedTwice(subject, { plan: EVERYTHING.plan, config: SPARSE }))
  describe('nobody lives', () => nobodyLives(subject))
  describe('what is over', () => staleThings(subject))
}

/**
 * Of another recovery mode of the timely engine, in short: what differs is what is copied when. One worker an instant, of all operators
 * at once at every other one, taken over by the others, and input that is not there for ever; and two kills.
 */
export function recoveryModeConforms(subject: Subject, recovery: TimelyOptions['recovery']): void {
  const mode = { workers: 3, replacement: 'survivors', timely: { recovery } } as const
  it.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    await killedAtEach(subject, { ...scenario, config: { ...scenario.config, ...mode } })
  })
  it('everything, plain, pushed', async () => {
    const config = { ...EVERYTHING.config, ...mode, ingest: 'pushed' } as const
    await killedAtEach(subject, { ...EVERYTHING, config }, { half: 0 })
  })
  it('everything, and the same worker again, right after it came back', () => {
    const config = { ...SPARSE, timely: { recovery } }
    return killedOnceBack(subject, { plan: EVERYTHING.plan, config }, SAME_WORKER)
  })
  // On less: what all operators put into a copy is tried above.
  describe('two kills', () =>
    killedTwice(subject, { ...SHORT['windows and ranks'], config: { timely: { recovery } } }))
}

/** Of active standby, in short: a kill in each replica of two workers, and of each worker, at instants that differ. */
export function standbyConforms(subject: Subject): void {
  const scenarios = { ...SCENARIOS, 'everything, plain': EVERYTHING }
  const instants = [1, milliseconds(790), milliseconds(1_130), milliseconds(2_250)]
  for (const replacement of ['survivors', 'respawn'] as const) {
    const mode = { workers: 4, replacement, timely: { recovery: 'active-standby' } } as const
    it.each(Object.entries(scenarios))(`%s, ${replacement}`, async (_, scenario) => {
      const config = { ...scenario.config, ...mode }
      for (const [worker, at] of instants.entries()) {
        // These runs are long: a worker of each replica, and the others by the other replacement.
        if (scenario === EVERYTHING && (worker % 3 === 0) !== (replacement === 'survivors'))
          continue
        const record = await runRight(subject, { ...scenario, config, faults: [kill(worker, at)] })
        expect(eventsOf(record, 'worker-suspected').length).toBeGreaterThan(0)
        expect(eventsOf(record, 'rollback-began')).toEqual([])
      }
    })
  }
}

/**
 * Of upstream backup, in short: one worker an instant, whose place a fresh process takes, and nobody else goes back. Of all operators
 * at once at those instants that the other modes leave out.
 */
export function upstreamBackupConforms(subject: Subject): void {
  const mode = { workers: 3, timely: { recovery: 'upstream-backup' } } as const
  const scenarios = { ...SCENARIOS, 'everything, plain': EVERYTHING }
  it.each(Object.entries(scenarios))('%s', async (_, scenario) => {
    const config = { ...scenario.config, ...mode }
    const changed = { ...scenario, config }
    const records = await killedAtEach(subject, changed, halfOf(scenario, 1))
    for (const record of records) {
      expect(eventsOf(record, 'takeover-ended')).toHaveLength(2)
      const restored = eventsOf(record, 'rollback-began')
      expect(restored.map(({ incarnation }) => incarnation)).toEqual([2])
    }
  })
}

function killedAt(subject: Subject, scenario: Scenario): void {
  const { workers } = trialOf(subject.engine, scenario).config
  let calmRun: Promise<RunRecord> | undefined
  const runCalm = () => (calmRun ??= runRight(subject, scenario))

  it.each(Array.from({ length: workers }, (_, worker) => worker))('worker %d', async (worker) => {
    await killedAtEach(subject, scenario, { calm: await runCalm(), worker })
  })
}

interface Killing {
  /** The run without a kill. */
  readonly calm?: RunRecord
  /** Without one each in turn. */
  readonly worker?: ProcessId
  /** Every other instant alone: 0 from the first on, 1 from the second on. */
  readonly half?: number
}

/** Of all operators at once half of the instants. */
const halfOf = (scenario: Scenario, half: number): Killing =>
  scenario === EVERYTHING ? { half } : {}

/** At every kind of instant, in runs of their own. */
async function killedAtEach(
  subject: Subject,
  scenario: Scenario,
  { calm: calmRun, worker, half }: Killing = {},
): Promise<readonly RunRecord[]> {
  const { workers } = trialOf(subject.engine, scenario).config
  const calm = calmRun ?? (await runRight(subject, scenario))
  const durable = eventsOf(calm, 'checkpoint-durable').map(({ at }) => at)
  expect(durable.length).toBeGreaterThan(2)
  const [first, second] = durable as [Nanos, Nanos]
  const instants = {
    'before the first tick': 1,
    'before the first checkpoint': first - milliseconds(300),
    'during the first checkpoint': first - milliseconds(1),
    'as it becomes durable': first,
    'between two checkpoints': Math.round((first + second) / 2),
    'in the last tick': 2_390_000_000,
  }
  const tried = Object.entries(instants).filter(
    (_, place) => half === undefined || place % 2 === half,
  )
  const records: RunRecord[] = []
  for (const [turn, [instant, at]] of tried.entries()) {
    const faults = [kill(worker ?? turn % workers, at)]
    const record = await runRight(subject, { ...scenario, faults })
    const [fault] = eventsOf(record, 'fault-kill')
    expect(fault?.fields.witnessed, instant).toBe(true)
    records.push(record)
  }
  return records
}

/** A run with the first kill says when its worker is back; each of the `faults` comes then, in a run of its own. */
async function killedOnceBack(
  subject: Subject,
  scenario: Scenario,
  ...faults: readonly ((back: Nanos) => FaultPlan)[]
): Promise<void> {
  const once = await runRight(subject, { ...scenario, faults: [FIRST] })
  const back = eventsOf(once, 'generation-adopted').find(
    ({ process, incarnation }) => process === 1 && incarnation === 2,
  )
  expect(back).toBeDefined()
  for (const then of faults) {
    const all = [FIRST, ...then(back!.at)]
    const record = await runRight(subject, { ...scenario, faults: all })
    // Behind the end of a run a kill would hit nobody.
    const kills = eventsOf(record, 'fault-kill').map(({ fields }) => fields.witnessed)
    expect(kills).toEqual(all.filter(({ kind }) => kind === 'kill').map(() => true))
  }
}

function killedTwice(subject: Subject, { plan, config: mode = {} }: Scenario): void {
  const again = (
    changes: ConfigChanges,
    ...faults: readonly ((back: Nanos) => FaultPlan)[]
  ): Promise<void> => killedOnceBack(subject, { plan, config: { ...changes, ...mode } }, ...faults)

  it('the same worker, right after it came back', () => again({}, SAME_WORKER))

  it('another worker, right after the first came back, and while it is being replaced', () =>
    again(
      { workers: 3 },
      (back) => [kill(0, back + milliseconds(1))],
      (back) => [kill(0, back - milliseconds(50))],
    ))

  it('two workers at once', async () => {
    const config = { workers: 3, ...mode }
    await runRight(subject, { plan, config, faults: [FIRST, kill(2, FIRST.at)] })
  })

  it.each(['respawn', 'survivors'] as const)(
    'another worker, half a timeout after the first, %s',
    async (replacement) => {
      const { heartbeat, timeout } = trialOf(subject.engine, { plan }).config.detector
      const second = kill(1, milliseconds(900) + timeout / 2)
      const faults = [kill(0, milliseconds(900)), second]
      const config = { workers: 3, replacement, ...mode } as const
      const record = await runRight(subject, { plan, config, faults })
      const issued = eventsOf(record, 'generation-issued').map(({ at }) => at)
      expect(issued).toHaveLength(2)
      // Both are missed, and taken out, after one timeout.
      expect(issued[1]).toBeGreaterThan(second.at)
      expect(issued[1]).toBeLessThan(second.at + timeout + 2 * heartbeat)
    },
  )

  it('all but one, one after the other, survived', async () => {
    const config = { workers: 3, replacement: 'survivors', ...mode } as const
    const faults = [kill(0, milliseconds(700)), kill(2, milliseconds(1_500))]
    await runRight(subject, { plan, config, faults })
  })

  it('all but one at once, survived', async () => {
    const config = { workers: 3, replacement: 'survivors', ...mode } as const
    const faults = [kill(0, milliseconds(1_130)), kill(1, milliseconds(1_130))]
    await runRight(subject, { plan, config, faults })
  })
}

function nobodyLives(subject: Subject): void {
  const plan = conformancePlan('runningReduce, sum', INTERVAL_MS)

  it.each(['log', 'pushed'] as const)('ends by name, at once, input %s', async (ingest) => {
    const trial = trialOf(subject.engine, { plan, config: { ingest } })
    const { workers } = trial.config
    // The last to die is too young to have missed the others.
    const engines = subject.engine === 'dstream' ? workers + 1 : workers
    const faults = Array.from({ length: engines }, (_, process) =>
      kill(process, milliseconds(700 + 20 * process)),
    )
    const record = await subject.run({ ...trial, faults })
    expect(record.outcome).toBe('failed')
    expect(record.error).toMatchObject({ code: 'recovery' })
    expect(record.error?.message).toMatch(
      /nobody is left to make it, worker 0 ended at 700ms, worker 1 ended at 720ms/,
    )
    const last = eventsOf(record, 'fault-kill').at(-1)!.at
    expect(record.history.at(-1)!.at).toBe(last)
  })
}

function staleThings(subject: Subject): void {
  it('messages of an older generation are dropped and counted', async () => {
    const record = await runRight(subject, {
      plan: conformancePlan('everything', INTERVAL_MS),
      config: { workers: 3 },
      faults: [kill(1, milliseconds(1_010))],
      // Slow links: much is on its way when the generation changes.
      options: { network: { ...NETWORK, latency: milliseconds(15) } },
    })
    expect(counterOf(record, 'staleMessages')).toBeGreaterThan(0)
  })

  it('commits of a generation never come after those of a younger one', async () => {
    const record = await runRight(subject, {
      plan: conformancePlan('runningReduce, sum', INTERVAL_MS),
      faults: [kill(0, milliseconds(1_010))],
    })
    const generations = record.commits.map(({ generation }) => generation)
    expect(generations).toEqual(generations.toSorted((a, b) => a - b))
    expect(new Set(generations)).toEqual(new Set([1, 2]))
  })
}
