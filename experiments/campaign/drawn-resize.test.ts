/** Drawn changes of the workers: each is one that a run can have, and is left out where what runs it cannot. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { resizing, trialOf } from '../../engines/core/conformance/scenario.ts'
import { checkResize } from '../../engines/core/membership/resize.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { randomTrial } from './arbitrary.ts'
import { alwaysThere, leaverFault, leavingsOf, plannedResize } from './drawn-resize.ts'
import { plannedTrial } from './planned-trial.ts'
import type { RandomTrial } from './random-trial.ts'

const { config } = trialOf('timely', { plan: conformancePlan('runningReduce, sum', 200) })

const drawn = randomTrial.filter(({ resize }) => resize !== undefined)

it('is a plan of changes that every run of so many workers can have, or none', () => {
  let count = 0
  fc.assert(
    fc.property(drawn, ({ resize, cut: { workers } }) => {
      const run = { ...config, workers }
      const planned = plannedResize(resize!, run)
      if (planned === undefined) return
      count += 1
      checkResize({ ...run, resize: planned })
      const least = alwaysThere({ workers, resize: planned })
      expect(least).toBeGreaterThanOrEqual(1)
      expect(least).toBeLessThan(workers)
    }),
  )
  expect(count).toBeGreaterThan(20)
})

it('leaves out what is no change, and what comes too late', () => {
  const steps = [
    { at: 999, workers: 0 },
    { at: 500, workers: 0 },
    { at: 250, workers: 9 },
    { at: 250, workers: 2 },
  ]
  // Of four workers, for 2.4 s.
  expect(plannedResize({ from: 5, steps }, { ...config, workers: 4 })).toEqual(
    resizing(2, [600, 3], [1_200, 1]),
  )
  expect(plannedResize({ from: 0, steps }, { ...config, workers: 1 })).toBeUndefined()
})

it('hits who is to leave, as its change is due', () => {
  const resize = resizing(2, [600, 4], [1_200, 1])
  expect(leavingsOf(resize)).toEqual([{ at: milliseconds(1_200), before: 4, workers: 1 }])
  const hit = { fault: 'pause', afterMs: 12, lastsMs: 400 } as const
  const run = { start: 0, end: milliseconds(2_400) }
  expect(leaverFault({ hit }, resize, run)).toMatchObject({
    fault: 'pause',
    whom: 1,
    at: 505,
    on: 'instant',
    lastsMs: 400,
  })
  expect(leaverFault({ hit }, resizing(2, [600, 4]), run)).toBeUndefined()
  expect(leaverFault({}, resize, run)).toBeUndefined()
})

describe('a random trial', () => {
  const [first] = fc.sample(randomTrial, { seed: 1, numRuns: 1 })
  const trialOfSetup = (
    setup: RandomTrial['setup'],
    ingest: 'log' | 'pushed' = 'log',
  ): RandomTrial => ({
    ...first!,
    faults: [],
    plan: { format: 'text', intervalMs: 200, steps: [] },
    setup,
    cut: { ...first!.cut, workers: 4, ingest, tickMs: 100 },
    resize: {
      from: 3,
      steps: [{ at: 500, workers: 0 }],
      hit: { fault: 'kill', afterMs: 6, lastsMs: 400 },
    },
  })

  it.each([
    ['timely', 'checkpoint'],
    ['timely', 'logging'],
    ['timely', 'barrier-snapshots'],
    ['dstream', 'lineage'],
  ] as const)(
    'of %s, %s has workers that leave, and one that is killed as it does',
    async (engine, mode) => {
      const { runs } = await plannedTrial(trialOfSetup({ engine, mode }))
      const [{ setup, trial, lines }] = runs as [(typeof runs)[0]]
      expect(setup).toEqual({ engine, mode })
      expect(trial.config.resize).toEqual(resizing(4, [1_000, 1]))
      expect(lines).toEqual(['kill worker 1 at 1006ms'])
    },
  )

  it.each([
    ['active-standby', 'log'],
    ['none', 'log'],
    ['checkpoint', 'pushed'],
  ] as const)('of %s, pushed or not, has none where that is refused: %s', async (mode, ingest) => {
    const { runs } = await plannedTrial(trialOfSetup({ engine: 'timely', mode }, ingest))
    expect(runs[0]!.setup.mode).toBe(mode)
    expect(runs[0]!.trial.config.resize).toBeUndefined()
    expect(runs[0]!.lines).toEqual([])
  })
})
