/**
 * Conformance: an input that is out of order. Which record is late for which window is said by the log and the plan; no cut of
 * time or work changes it, no fault, and no engine. Late records are rows, and counted once like all rows.
 */
import { describe, expect, it } from 'vitest'
import type { Fault } from '../faults/fault.ts'
import { lateRecordsOf } from '../metrics/late-records.ts'
import type { InputDisorder } from '../run-config.ts'
import type { RunRecord, Trial } from '../system.ts'
import { milliseconds, type Nanos, type TickEnd } from '../units.ts'
import { builtPlan } from './built-plan.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { LATE_PLAN_NAMES, type LatePlanName, latePlan } from './plans/late.ts'
import { conformancePlan } from './plans.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
  trialOf,
} from './scenario.ts'
import { dueRecords } from './truth.ts'
import { WORLDS_BASE, WORLDS_INTERVAL_MS } from './worlds.ts'

const DISORDER: InputDisorder = { bound: milliseconds(900), share: 0.4, seed: 5 }

const inputWith = (disorder?: InputDisorder) => ({
  rate: 150,
  duration: milliseconds(2_400),
  ...(disorder && { disorder }),
})

const kill = (process: number, at: Nanos): Fault => ({ kind: 'kill', process, at })

/** Checkpoints in the middle of an interval: what has come in it so far is in them. */
const BETWEEN: ConfigChanges = {
  timely: { checkpointInterval: milliseconds(300) },
  dstream: { checkpointInterval: milliseconds(300) },
}

const CUTS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'two workers': {},
  'three workers, seven partitions, plain': {
    config: { workers: 3, partitions: 7, kernels: 'plain', timely: { accumulation: 'global' } },
  },
  'the tick is the interval': { config: { tick: milliseconds(INTERVAL_MS) } },
  'pushed input': { config: { ingest: 'pushed' } },
  'a killed worker, replaced': { config: BETWEEN, faults: [kill(1, milliseconds(1_130))] },
  'a killed worker, survived by others, pushed input': {
    config: { ...BETWEEN, workers: 3, replacement: 'survivors', ingest: 'pushed' },
    faults: [kill(1, milliseconds(1_130))],
  },
}

/** Of plans whose operators others try in every cut. */
const FEW: ReadonlySet<string> = new Set([
  'three workers, seven partitions, plain',
  'a killed worker, survived by others, pushed input',
])

const COUNTED: LatePlanName = 'windows, tumbling'

/** A plan on an input that is out of order. `lateness` is in intervals. */
function lateScenario(
  name: LatePlanName,
  lateness: number,
  { config, ...rest }: Omit<Scenario, 'plan'> = {},
): Scenario {
  const plan = latePlan({
    name,
    intervalMs: INTERVAL_MS,
    lateness: `${lateness * INTERVAL_MS}ms`,
  })
  return { ...rest, plan, config: { input: inputWith(DISORDER), ...config } }
}

export function lateConforms(subject: Subject): void {
  describe.each(LATE_PLAN_NAMES)('%s', (name) => {
    const cuts = Object.entries(CUTS).filter(([cut]) => name === COUNTED || FEW.has(cut))
    it.each(cuts)('%s', async (_, cut) => {
      await runRight(subject, lateScenario(name, 1, cut))
    })
  })
  describe('what is late', () => latenessLaws(subject))
  describe('what the model can express', () => expressible(subject))
}

function latenessLaws(subject: Subject): void {
  const kept = { keepRows: true } as const

  it('a bound of 0 is no disorder', async () => {
    const run = (disorder?: InputDisorder) => {
      return runRight(subject, lateScenario(COUNTED, 0, { config: { input: inputWith(disorder) } }))
    }
    const ordered = commitsByPlace(await run())
    expect(commitsByPlace(await run({ ...DISORDER, bound: 0 }))).toEqual(ordered)
    expect(commitsByPlace(await run(DISORDER))).not.toEqual(ordered)
  })

  it('nothing is, with a lateness of the bound or more', async () => {
    const record = await runRight(subject, lateScenario(COUNTED, 2.25, { config: kept }))
    expect(DISORDER.bound).toBe(milliseconds(2.25 * INTERVAL_MS))
    expect(lateIn(record)).toEqual(new Map())
    expect(rowsOf(record, 0).length).toBeGreaterThan(10)
  })

  it.each([0, 0.5, 1])(
    'just what came after the close, with a lateness of %d',
    async (lateness) => {
      const scenario = lateScenario(COUNTED, lateness, { config: kept })
      const found = lateIn(await runRight(subject, scenario))
      expect(found).toEqual(lateByDefinition(trialOf(subject.engine, scenario), lateness))
      expect(found.size).toBeGreaterThan(3)
    },
  )

  it.each(['respawn', 'survivors'] as const)(
    'late records are counted exactly once, whoever is killed and when, %s',
    async (replacement) => {
      const config = { ...BETWEEN, ...kept, workers: 3, replacement }
      const scenario = lateScenario(COUNTED, 0, { config })
      const calm = await runRight(subject, scenario)
      const late = lateIn(calm)
      const { dataflow } = await builtPlan(scenario.plan)
      const all = [...late.values()].reduce((sum, records) => sum + records, 0)
      expect(lateRecordsOf(calm.history, dataflow)).toBe(all)
      expect(late).toEqual(lateByDefinition(trialOf(subject.engine, scenario), 0))
      for (const [worker, at] of [
        [0, 450],
        [1, 1_010],
        [2, 1_350],
        [0, 1_530],
        [1, 2_130],
      ] as const) {
        const faults = [kill(worker, milliseconds(at))]
        const record = await runRight(subject, { ...scenario, faults })
        expect(eventsOf(record, 'fault-kill')[0]?.fields.witnessed).toBe(true)
        expect(lateIn(record), `worker ${worker} killed at ${at} ms`).toEqual(late)
        expect(lateRecordsOf(record.history, dataflow)).toBe(all)
        expect(commitsByPlace(record)).toEqual(commitsByPlace(calm))
      }
    },
  )
}

/** The rows of the table in `engines/README.md` that both engines share, and that other suites say nothing of. */
function expressible(subject: Subject): void {
  it('late records are waited for, or correct what was put out', async () => {
    const counts = lateScenario('counts by event time, corrected', 0, {
      config: { keepRows: true },
    })
    const corrected = rowsOf(await runRight(subject, counts), 0)
    const isLate = ({ tick, key }: Row): boolean => tick > (key as readonly [TickEnd, string])[0]
    expect(corrected.filter(isLate).length).toBeGreaterThan(10)
    const waiting = lateScenario(COUNTED, 3, { config: { keepRows: true } })
    const waited = rowsOf(await runRight(subject, waiting), 0)
    expect(waited.length).toBeGreaterThan(5)
    expect(new Set(waited.map(({ key }) => JSON.stringify(key))).size).toBe(waited.length)
  })

  it('a slack lasts to the end of an interval, however short the ticks', async () => {
    const run = async (lateness: number, tickMs: number) => {
      const config = { tick: milliseconds(tickMs) }
      return commitsByPlace(await runRight(subject, lateScenario(COUNTED, lateness, { config })))
    }
    const whole = await run(1, 100)
    expect(await run(0.25, 100)).toEqual(whole)
    expect(await run(0.25, 25)).toEqual(whole)
    expect(await run(0, 25)).not.toEqual(whole)
  })

  it('nothing is put out for a record before the end of its tick', async () => {
    const plan = conformancePlan('filter, kernels', INTERVAL_MS)
    const { commits } = await runRight(subject, { plan })
    expect(commits.some(({ rows }) => rows > 0)).toBe(true)
    for (const { tick, visibleAt } of commits) expect(visibleAt).toBeGreaterThanOrEqual(tick)
  })
}

/** On real threads the same is late as in the simulated world, also after a kill. */
export function lateInWorlds({
  threads,
  simulated,
}: Readonly<Record<'threads' | 'simulated', Subject>>): void {
  it('threads and simulation agree on what is late, with a kill', async () => {
    const disorder = { ...DISORDER, bound: milliseconds(180) }
    const scenario: Scenario = {
      plan: latePlan({ name: COUNTED, intervalMs: WORLDS_INTERVAL_MS, lateness: '80ms' }),
      config: {
        ...WORLDS_BASE,
        keepRows: true,
        input: { rate: 400, duration: milliseconds(960), disorder },
      },
      faults: [kill(1, milliseconds(330))],
    }
    const truth = await runRight(simulated, scenario)
    const record = await runRight(threads, scenario)
    expect(commitsByPlace(record)).toEqual(commitsByPlace(truth))
    expect(lateIn(record)).toEqual(lateIn(truth))
    expect(lateIn(record).size).toBeGreaterThan(0)
    const { dataflow } = await builtPlan(scenario.plan)
    const told = lateRecordsOf(record.history, dataflow)
    expect(told).toBe(lateRecordsOf(truth.history, dataflow))
    expect(told).toBe([...lateIn(record).values()].reduce((sum, records) => sum + records, 0))
  })
}

interface Row {
  readonly tick: TickEnd
  readonly key: unknown
  readonly value: unknown
}

/** Rows of an output, as they were committed first. */
function rowsOf({ rows }: RunRecord, output: number): readonly Row[] {
  const first = new Map<string, readonly Row[]>()
  for (const committed of rows) {
    const { partition, tick } = committed
    const place = `${partition}/${tick}`
    if (committed.output !== output || first.has(place)) continue
    const found = committed.rows.map(([key, value]) => ({ tick, key, value }))
    first.set(place, found)
  }
  return [...first.values()].flat()
}

/** How many records of each key were late, by the second output of the plan. */
function lateIn(record: RunRecord): ReadonlyMap<unknown, number> {
  return countsOf(rowsOf(record, 1).map(({ key, value }) => [key, value as number]))
}

/** The same by the definition: of `COUNTED`, whose windows are of two intervals. `lateness` is in intervals. */
function lateByDefinition(trial: Trial, lateness: number): ReadonlyMap<unknown, number> {
  const interval = milliseconds(INTERVAL_MS)
  const length = 2 * interval
  const late = dueRecords(trial).filter(({ dueAt, eventTime = dueAt }) => {
    const end = (Math.floor(eventTime / length) + 1) * length
    const closesAt = Math.ceil(end / interval + lateness) * interval
    // The interval in which it came had not begun when the window was closed.
    return Math.floor(dueAt / interval) * interval >= closesAt
  })
  return countsOf(late.map(({ value }) => [String(value).slice(0, 1), 1]))
}

function countsOf(rows: readonly (readonly [unknown, number])[]): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const [key, n] of rows) counts.set(key, (counts.get(key) ?? 0) + n)
  return counts
}
