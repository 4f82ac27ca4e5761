/**
 * Both engines under each kind of fault in the simulated world: what is committed is what the interpreter says, once, whatever
 * was hit. Each fault is witnessed, and has hit something.
 */
import { describe, expect, it } from 'vitest'
import { checkedEngineOf, ENGINES } from '../../../../index.ts'
import { conformancePlan } from '../../../conformance/plans.ts'
import {
  type ConfigChanges,
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  trialOf,
} from '../../../conformance/scenario.ts'
import { simulatedSubject } from '../../../conformance/simulated-subject.ts'
import { problemsOf } from '../../../conformance/truth.ts'
import { NOMINAL_COSTS } from '../../../cost/cost-model.ts'
import type { Fault, FaultPlan, Link, LinkFault, Moment } from '../../../faults/fault.ts'
import { type LastingMoment, Moments } from '../../../faults/moments.ts'
import type { RunRecord } from '../../../system.ts'
import { milliseconds, type ProcessId } from '../../../units.ts'
import { witnessOf } from './scripted.fixture.ts'

const wordCount = conformancePlan('runningReduce, sum', INTERVAL_MS)

/** Of up to four processes: each of them with each other. */
const ALL: readonly Link[] = [0, 1, 2, 3].flatMap((from) =>
  [0, 1, 2, 3].filter((to) => to !== from).map((to) => ({ from, to })),
)
/** Between process 1 and the rest. */
const TO_1 = ALL.filter(({ to }) => to === 1)
const FROM_1 = ALL.filter(({ from }) => from === 1)

const WHOLE = { at: 0, length: Number.POSITIVE_INFINITY } as const
const span = (at: number, length: number) => ({
  at: milliseconds(at),
  length: milliseconds(length),
})
const kill = (process: ProcessId, at: number): Fault => {
  return { kind: 'kill', process, at: milliseconds(at) }
}
const pause = (process: ProcessId, at: number, length: number): Fault => {
  return { kind: 'pause', process, ...span(at, length) }
}
const split = (links: readonly Link[], at: number, length: number): Fault => {
  return { kind: 'split', links, ...span(at, length) }
}
const skew = (process: ProcessId, by: number): Fault => {
  return { kind: 'skew', process, by: milliseconds(by), ...span(700, 900) }
}
const link = (
  kind: LinkFault['kind'],
  share: number,
  { by = 0, during = WHOLE }: { by?: number; during?: Pick<LinkFault, 'at' | 'length'> } = {},
): Fault => ({ kind, links: ALL, share, by: milliseconds(by), ...during })

const THREE: ConfigChanges = { workers: 3, partitions: 7 }
const SURVIVORS: ConfigChanges = { ...THREE, replacement: 'survivors' }

function expectWitnessed(record: RunRecord, faults: FaultPlan): void {
  for (const [number, fault] of faults.entries()) {
    const found = witnessOf(record, number)
    expect(found, `fault ${number}`).toMatchObject({
      event: `fault-${fault.kind}`,
      witnessed: true,
    })
    if (fault.kind !== 'kill') expect(found.hits, `hits of fault ${number}`).toBeGreaterThan(0)
  }
}

describe.each(ENGINES)('%s', (engine) => {
  const subject = simulatedSubject(engine, checkedEngineOf)
  const scenarioOf = (changes: Partial<Scenario>): Scenario => ({ plan: wordCount, ...changes })

  const run = (changes: Partial<Scenario>): Promise<RunRecord> => {
    const { options } = changes
    return subject.run(trialOf(engine, scenarioOf(changes)), options)
  }

  const runRight = async (changes: Partial<Scenario>): Promise<RunRecord> => {
    const record = await run(changes)
    expect(await problemsOf(trialOf(engine, scenarioOf(changes)), record)).toEqual([])
    expectWitnessed(record, changes.faults ?? [])
    return record
  }

  const suspicions = (record: RunRecord): number => eventsOf(record, 'worker-suspected').length

  describe('a pause', () => {
    it('shorter than the detector’s timeout is no death', async () => {
      for (const process of [0, 1]) {
        const record = await runRight({ faults: [pause(process, 1_130, 60)] })
        expect(suspicions(record)).toBe(0)
      }
    })

    // At instants of a tick that lie between those of the others.
    it.each<[string, ConfigChanges, number]>([
      ['replaced', {}, 1_000],
      ['replaced, three workers', THREE, 1_005],
      ['survived by others', SURVIVORS, 1_010],
    ])('longer than that is one, and the zombie does no harm: %s', async (_, config, from) => {
      let refused = 0
      for (let at = from; at < 1_100; at += 15) {
        const record = await runRight({ config, faults: [pause(1, at, 400)] })
        expect(suspicions(record)).toBeGreaterThan(0)
        refused += record.staleCommits + counterOf(record, 'staleMessages')
      }
      expect(refused).toBeGreaterThan(0)
    })

    it('each second of each worker in turn', async () => {
      const faults = [0, 1, 0, 1].map((process, turn) => pause(process, 300 + 500 * turn, 250))
      await runRight({ faults })
    })

    it('of one worker while another is replaced', async () => {
      await runRight({ config: THREE, faults: [pause(2, 1_000, 90), kill(1, 950)] })
      await runRight({ config: THREE, faults: [pause(2, 1_000, 300), kill(1, 950)] })
    })

    it('of a client holds the input back', async () => {
      const client = engine === 'dstream' ? 3 : 2
      await runRight({ config: { ingest: 'pushed' }, faults: [pause(client, 1_000, 300)] })
    })
  })

  it.each([0.5, 0.25])('a worker with a share of %d of its CPU', async (share) => {
    const slow: Fault = { kind: 'slow', process: 1, share, ...span(500, 1_500) }
    const record = await runRight({ faults: [slow] })
    expect(suspicions(record)).toBe(0)
  })

  it('a worker that contends for its cores', async () => {
    const contend: Fault = { kind: 'contend', process: 1, tasks: 3, ...span(500, 1_500) }
    // To find the words of a record takes 0.3 ms: a worker has 120 ms of work a second, and all of it at once.
    const costs = { ...NOMINAL_COSTS, kernels: { words: milliseconds(0.3), other: 100 } }
    const config = { input: { rate: 800, duration: milliseconds(2_400) } }
    const record = await runRight({ options: { costs }, config, faults: [contend] })
    expect(suspicions(record)).toBe(0)
  })

  describe('links', () => {
    it.each<[string, Fault]>([
      ['delay', link('delay', 1, { by: 30 })],
      ['delay some', link('delay', 0.3, { by: 30 })],
      ['lose some', link('drop', 0.02)],
      ['double', link('duplicate', 0.5)],
      ['reorder', link('reorder', 0.3, { by: 3 })],
    ])('that %s: nobody is suspected', async (_, fault) => {
      const record = await runRight({ faults: [fault] })
      expect(suspicions(record)).toBe(0)
    })

    it('that lose much for a while', async () => {
      for (const share of [0.2, 0.5]) {
        const drop = link('drop', share, { during: span(500, 700) })
        for (const config of [{}, THREE]) await runRight({ config, faults: [drop] })
      }
    })

    it('that do all of that at once, with pushed input too', async () => {
      const faults = [
        link('delay', 0.2, { by: 5 }),
        link('drop', 0.02),
        link('duplicate', 0.2),
        link('reorder', 0.1, { by: 2 }),
      ]
      for (const ingest of ['log', 'pushed'] as const) {
        await runRight({ config: { ingest }, faults })
      }
    })

    it('that are split for less than the detector’s timeout: nobody is suspected', async () => {
      for (let at = 1_000; at < 1_020; at += 4) {
        const record = await runRight({ faults: [split([...TO_1, ...FROM_1], at, 50)] })
        expect(suspicions(record)).toBe(0)
      }
    })

    it.each<[string, readonly Link[]]>([
      ['both ways', [...TO_1, ...FROM_1]],
      ['to it', TO_1],
      ['from it', FROM_1],
    ])('that split a worker from the rest, %s: one side wins', async (_, links) => {
      // At instants of a tick that lie between those of the others.
      for (const [turn, config] of [{}, THREE, SURVIVORS].entries()) {
        for (let at = 1_000 + 15 * turn; at < 1_100; at += 45) {
          const faults = [split(links, at, 400)]
          if (engine === 'dstream' && links === TO_1 && config === SURVIVORS) {
            // Its driver, which hears it, has no reason to replace it, and nobody replaces the driver.
            expect((await run({ config, faults })).error).toMatchObject({ code: 'recovery' })
            continue
          }
          const record = await runRight({ config, faults })
          expect(eventsOf(record, 'generation-issued').length).toBeGreaterThan(0)
        }
      }
    })

    it('that split two workers from each other, and not from the driver', async () => {
      const links = ALL.filter(({ from, to }) => from + to === 1)
      await runRight({ config: THREE, faults: [split(links, 1_000, 400)] })
    })

    it('that are split twice, and lose frames in between', async () => {
      const links = [...TO_1, ...FROM_1]
      const faults = [split(links, 600, 250), split(links, 1_500, 250), link('drop', 0.02)]
      await runRight({ config: THREE, faults })
    })
  })

  it.each([30, -30, -70])('a clock that is wrong by %d ms', async (by) => {
    for (const process of [0, 1, ...(engine === 'dstream' ? [2] : [])]) {
      const record = await runRight({ faults: [skew(process, by)] })
      expect(suspicions(record)).toBe(0)
    }
  })

  describe('storage', () => {
    it('that is slow', async () => {
      const slow: Fault = { kind: 'storage', what: 'slow', factor: 20, share: 1, ...WHOLE }
      await runRight({ faults: [slow] })
      const record = await run({ faults: [slow, kill(1, 1_330)] })
      expect(await problemsOf(trialOf(engine, scenarioOf({})), record)).toEqual([])
    })

    it('that tears some', async () => {
      const torn: Fault = { kind: 'storage', what: 'torn', factor: 1, share: 0.1, ...WHOLE }
      await runRight({ faults: [torn] })
      await runRight({ faults: [torn, kill(1, 1_330)] })
    })

    it('that loses some is found out, where it is read', async () => {
      const lost: Fault = { kind: 'storage', what: 'lost', factor: 1, share: 0.05, ...WHOLE }
      let right = 0
      for (let seed = 1; seed <= 8; seed++) {
        const changes = { config: { seed }, faults: [lost, kill(1, 1_730)] }
        const record = await run(changes)
        if (record.outcome === 'failed') expect(record.error).toMatchObject({ code: 'storage' })
        else {
          expect(await problemsOf(trialOf(engine, scenarioOf(changes)), record)).toEqual([])
          right += 1
        }
      }
      expect(right).toBeGreaterThan(0)
    })

    it('that is full for a while: the run goes on with the checkpoint before, and says so', async () => {
      const full: Fault = { kind: 'storage', what: 'full', factor: 1, share: 1, ...span(700, 600) }
      const record = await runRight({ faults: [full, kill(1, 1_330)] })
      expect(eventsOf(record, 'checkpoint-failed').length).toBeGreaterThan(0)
    })

    it('that is full for a while: files are written afterwards, or the run ends by name', async () => {
      const plan = conformancePlan('outputs that are saved and committed', INTERVAL_MS)
      const full: Fault = { kind: 'storage', what: 'full', factor: 1, share: 0.2, ...WHOLE }
      const changes = { plan, faults: [full], config: { saveAll: true } }
      const record = await run(changes)
      if (record.outcome === 'failed') expect(record.error).toMatchObject({ code: 'storage' })
      else expect(await problemsOf(trialOf(engine, scenarioOf(changes)), record)).toEqual([])
    })
  })

  describe('at a moment', () => {
    /** Whether a moment was on when a fault of the plan took effect. */
    function wasOn(record: RunRecord, number: number, moment: LastingMoment): boolean {
      const moments = new Moments()
      const end = record.history.findIndex(({ fields }) => fields.fault === number)
      for (const event of record.history.slice(0, end)) moments.see(event)
      return moments.isOn(moment)
    }

    const killAt = (process: ProcessId, on: Moment['on'], from: number): Fault => {
      return { kind: 'kill', process, at: { on, from: milliseconds(from) } }
    }

    it('of a checkpoint', async () => {
      for (const from of [100, 810, 1_100]) {
        for (const process of [0, 1]) {
          const record = await runRight({ faults: [killAt(process, 'checkpoint', from)] })
          expect(wasOn(record, 0, 'checkpoint')).toBe(true)
        }
      }
    })

    it('of a recovery', async () => {
      for (const process of [0, 1, 2]) {
        const faults = [kill(1, 1_000), killAt(process, 'recovery', 0)]
        const record = await run({ config: THREE, faults })
        const changes = { config: THREE, faults }
        expect(await problemsOf(trialOf(engine, scenarioOf(changes)), record)).toEqual([])
        expect(wasOn(record, 1, 'recovery')).toBe(true)
        // Who was killed first has no life at that moment.
        expect(witnessOf(record, 1).witnessed).toBe(process !== 1)
      }
    })

    it.each(['before-acknowledgement', 'after-acknowledgement'] as const)(
      '%s: what a client was not told of comes again, once',
      async (on) => {
        let unacknowledged = 0
        for (let from = 1_000; from < 1_040; from += 5) {
          const input = { rate: 3_000, duration: milliseconds(1_200) }
          const config: ConfigChanges = { ingest: 'pushed', input }
          const record = await runRight({ config, faults: [killAt(1, on, from)] })
          const client = engine === 'dstream' ? 3 : 2
          const adopted = eventsOf(record, 'generation-adopted')
          const last = adopted.findLast(({ process }) => process === client)
          unacknowledged += Number(last!.fields.unacknowledged)
        }
        expect(unacknowledged).toBeGreaterThan(0)
      },
    )

    it('is that of the receiver that is hit', async () => {
      const faults = [killAt(1, 'before-acknowledgement', 1_000)]
      const config: ConfigChanges = { ...THREE, ingest: 'pushed' }
      const record = await runRight({ config, faults })
      expect(witnessOf(record, 0).at).toBeLessThan(milliseconds(1_200))
    })
  })

  describe('everything at once', () => {
    const faults: FaultPlan = [
      link('drop', 0.02),
      link('delay', 0.1, { by: 4 }),
      link('duplicate', 0.1),
      link('reorder', 0.05, { by: 2 }),
      { kind: 'slow', process: 0, share: 0.5, ...span(300, 1_000) },
      { kind: 'contend', process: 1, tasks: 1, ...span(300, 1_000) },
      skew(1, -10),
      { kind: 'storage', what: 'slow', factor: 5, share: 1, ...span(500, 500) },
      { kind: 'storage', what: 'torn', factor: 1, share: 0.05, ...WHOLE },
      pause(2, 1_400, 250),
      kill(1, 900),
    ]

    it('gives equal traces and histories for equal seeds', async () => {
      const input = { rate: 600, duration: milliseconds(2_400) }
      const config: ConfigChanges = { ...THREE, input }
      const first = await run({ config, faults })
      const second = await run({ config, faults })
      expect(first.outcome).toBe('completed')
      expect(second.traceHash).toBe(first.traceHash)
      expect(second.history).toEqual(first.history)
      expect(await problemsOf(trialOf(engine, scenarioOf({ config, faults })), first)).toEqual([])
    })
  })
})

describe('a driver that stands still for a little longer than the detector waits', () => {
  const faults = [pause(2, 1_130, 150)]

  async function suspected(replacement: 'respawn' | 'survivors'): Promise<RunRecord> {
    const trial = trialOf('dstream', { plan: wordCount, config: { replacement }, faults })
    const record = await simulatedSubject('dstream', checkedEngineOf).run(trial)
    expect(await problemsOf(trial, record)).toEqual([])
    expectWitnessed(record, faults)
    expect(eventsOf(record, 'driver-suspected').length).toBeGreaterThan(0)
    return record
  }

  it('is not lost where nobody replaces it', async () => {
    expect(eventsOf(await suspected('survivors'), 'generation-issued')).toEqual([])
  })

  it('is replaced by another, and does no harm when it goes on', async () => {
    expect(eventsOf(await suspected('respawn'), 'driver-took-over')).toHaveLength(1)
  })
})
