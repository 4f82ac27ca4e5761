/**
 * Conformance: event time where an input ends. Every window that is open then is put out, so that each record is counted, in its
 * windows or as late for them; no kill changes which, no world and no engine. What the history tells as late is what the rows say.
 */
import { describe, expect, it } from 'vitest'
import { NOMINAL_COSTS } from '../cost/cost-model.ts'
import { lateRecordsOf } from '../metrics/late-records.ts'
import { finalAnswers } from '../output/final-answer.ts'
import type { RunRecord, Trial } from '../system.ts'
import { milliseconds, type Nanos, type TickEnd } from '../units.ts'
import { answered } from './bounded.ts'
import { builtPlan } from './built-plan.ts'
import { LATE_PLAN_NAMES, latePlan } from './plans/late.ts'
import { OWN_TIME_LINES, OWN_TIMES, ownTimesPlan } from './plans/own-times.ts'
import {
  type ConfigChanges,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  type Subject,
} from './scenario.ts'
import { dueRecords } from './truth.ts'
import { WORLDS_BASE, WORLDS_INTERVAL_MS } from './worlds.ts'

const CUTS: Readonly<Record<string, ConfigChanges>> = {
  'kernels, two workers': {},
  'plain functions, one worker, one partition': { kernels: 'plain', workers: 1, partitions: 1 },
  'three workers, seven partitions': { workers: 3, partitions: 7 },
}

/** When records are due depends on how many partitions there are, and so does what is late: these have as many. */
const WORKERS: readonly ConfigChanges[] = [
  { workers: 1, kernels: 'plain' },
  { workers: 3, timely: { accumulation: 'both' } },
]

/** In intervals. */
const LENGTH = 2
const LATENESS = 0.5

const ownTimes = (intervalMs: number): Scenario => ({
  plan: ownTimesPlan({ intervalMs, length: LENGTH, lateness: `${LATENESS * intervalMs}ms` }),
  lines: OWN_TIME_LINES,
})

/** So slow that a worker can be killed while it reads. */
const SLOW = { costs: { ...NOMINAL_COSTS, kernels: { other: 0, read: milliseconds(0.5) } } }

export function endedConforms(subject: Subject): void {
  describe.each(LATE_PLAN_NAMES)('%s', (name) => {
    const plan = latePlan({ name, intervalMs: INTERVAL_MS, lateness: '800ms' })
    it.each(Object.entries(CUTS))('%s', async (_, config) => {
      await answered(subject, { plan, config })
    })
  })

  it.each([
    ['windows, tumbling', 1],
    ['windows, sliding, by parts of an interval', 3],
  ] as const)('%s: every record is counted in each of its windows', async (name, windows) => {
    const plan = latePlan({ name, intervalMs: INTERVAL_MS, lateness: '800ms' })
    const { trial, record } = await answered(subject, { plan })
    const { counted, late, told, ends } = await answerOf(trial, record)
    expect(counted).toBe(windows * (trial.pool.offsets.length - 1))
    expect([late, told]).toEqual([0, 0])
    const closed = trial.config.input.duration - milliseconds(800)
    expect(ends.some((end) => end > closed)).toBe(true)
  })

  describe('records that say when they happened', () => {
    const scenario = ownTimes(INTERVAL_MS)

    it('are late by that, and put out where the input ends, however much later they happened', async () => {
      const { trial, record } = await answered(subject, scenario)
      const { counted, late, told, ends } = await answerOf(trial, record)
      const expected = lateByDefinition(trial, INTERVAL_MS)
      expect([late, told]).toEqual([expected, expected])
      expect(expected).toBeGreaterThan(10)
      expect(counted + late).toBe(OWN_TIMES.length)
      expect(ends.some((end) => end > trial.config.input.duration)).toBe(true)
    })

    it('have the same answer on any workers', async () => {
      const { digests } = await answered(subject, scenario)
      for (const config of WORKERS) {
        expect((await answered(subject, { ...scenario, config })).digests).toEqual(digests)
      }
    })

    it.each([0, 1])(
      'are told as late once, with worker %d killed while it reads',
      async (process) => {
        const calm = await answered(subject, scenario)
        const at = calm.trial.config.input.duration + milliseconds(40)
        const faults = [{ kind: 'kill', process, at }] as const
        const killed = await answered(subject, { ...scenario, faults, options: SLOW })
        expect(eventsOf(killed.record, 'worker-suspected')).not.toEqual([])
        expect(killed.digests).toEqual(calm.digests)
        const { told } = await answerOf(killed.trial, killed.record)
        expect(told).toBe(lateByDefinition(calm.trial, INTERVAL_MS))
      },
    )
  })
}

/** On real threads all of it is put out, and told as late, that is in the simulated world. */
export function endedInWorlds({
  threads,
  simulated,
}: Readonly<Record<'threads' | 'simulated', Subject>>): void {
  it('an input that ends', async () => {
    const scenario = { ...ownTimes(WORLDS_INTERVAL_MS), config: WORLDS_BASE }
    const truth = await answered(simulated, scenario)
    const { trial, record, digests } = await answered(threads, scenario)
    expect(digests).toEqual(truth.digests)
    const { late, told } = await answerOf(trial, record)
    const expected = lateByDefinition(trial, WORLDS_INTERVAL_MS)
    expect([late, told]).toEqual([expected, expected])
    expect(expected).toBeGreaterThan(10)
  })
}

/** How many records the windows of an answer count, and how many are late, by its rows and by the history. */
async function answerOf(trial: Trial, record: RunRecord) {
  const { dataflow } = await builtPlan(trial.config.plan)
  const [windows, late] = finalAnswers(dataflow, record)
  const sumOf = (values: readonly unknown[]): number =>
    values.reduce((sum: number, value) => sum + Number(value), 0)
  const counts = windows!.rows.map(([, value]) => (Array.isArray(value) ? value[1] : value))
  return {
    counted: sumOf(counts),
    ends: windows!.rows.map(([place]) => (place as readonly [TickEnd, string])[0]),
    late: sumOf(late!.rows.map(([, value]) => value)),
    told: lateRecordsOf(record.history, dataflow),
  }
}

/** How many of `OWN_TIMES` came in an interval that had not begun when their window was closed. */
function lateByDefinition(trial: Trial, intervalMs: number): number {
  const interval = milliseconds(intervalMs)
  const length = LENGTH * interval
  const closeOf = (time: Nanos): TickEnd => {
    const end = (Math.floor(time / length) + 1) * length
    return Math.ceil(end / interval + LATENESS) * interval
  }
  return dueRecords(trial).filter(({ dueAt }, record) => {
    return Math.floor(dueAt / interval) * interval >= closeOf(OWN_TIMES[record]!)
  }).length
}
