/**
 * Laws of drawn faults:
 *
 * - whatever is drawn, the plan of a run is one: its lines are read as the same faults, and begin within the run's time;
 * - a part of what was drawn is a plan, too;
 * - every kind is drawn, on everybody, at instants and at moments, alone and together.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readFault } from '../../engines/core/faults/fault-line.ts'
import type { FaultRun } from '../../engines/core/faults/fault-run.ts'
import { FAULT_NAMES, takes } from '../../engines/core/faults/fault-words.ts'
import { resolveFaults } from '../../engines/core/faults/resolve.ts'
import { TickLog } from '../../engines/core/input/tick-log.ts'
import { milliseconds, seconds } from '../../engines/core/units.ts'
import { drawnFaults, randomTrial } from './arbitrary.ts'
import { plannedFaults, racksOf } from './drawn-faults.ts'
import { medianShape } from './shape.ts'

type Run = FaultRun & { readonly end: number }

const runs: fc.Arbitrary<Run> = fc
  .record({
    engine: fc.constantFrom('timely', 'dstream'),
    workers: fc.integer({ min: 1, max: 8 }),
    ingest: fc.constantFrom('log', 'pushed'),
    replacement: fc.constantFrom('respawn', 'survivors'),
    hasCheckpoints: fc.boolean(),
    seed: fc.nat(1_000),
    start: fc.constantFrom(0, seconds(1)),
    length: fc.constantFrom(seconds(2), milliseconds(11.5)),
  })
  .map(({ length, ...drawn }) => ({
    ...drawn,
    ...racksOf(drawn),
    world: 'simulated' as const,
    engineProcesses: drawn.workers + (drawn.engine === 'dstream' ? 1 : 0),
    ticks: new TickLog(milliseconds(50)),
    end: drawn.start + length,
    deadline: drawn.start + length + seconds(20),
  }))

it('are the plan of a run, however they are drawn, and so is a part of them', () => {
  const drawn = drawnFaults.chain((faults) =>
    fc.record({ faults: fc.constant(faults), some: fc.subarray([...faults]) }),
  )
  fc.assert(
    fc.property(runs, drawn, (run, { faults: all, some }) => {
      for (const each of [all, some]) {
        const { lines, faults } = plannedFaults(each, run)
        expect(lines.length).toBeLessThanOrEqual(each.length)
        expect(
          resolveFaults(
            lines.map((line) => readFault(line)),
            run,
          ),
        ).toEqual(faults)
        for (const { at } of faults) {
          const from = typeof at === 'number' ? at : at.from
          expect(from).toBeGreaterThanOrEqual(run.start)
          expect(from).toBeLessThan(run.end)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})

const trials = fc.sample(randomTrial, { numRuns: 2_000 })

it('are of every kind that the simulated world takes, at instants and at moments', () => {
  const drawn = trials.flatMap(({ faults }) => faults)
  const names = new Set(drawn.map(({ fault }) => fault))
  expect([...names].sort()).toEqual(FAULT_NAMES.filter((name) => takes('simulated', name)).sort())
  expect([...new Set(drawn.map(({ on }) => on))].sort()).toEqual([
    'after-acknowledgement',
    'before-acknowledgement',
    'boundary',
    'checkpoint',
    'instant',
    'recovery',
  ])
  for (const count of [0, 1, 2, 3, 4]) {
    expect(trials.filter(({ faults }) => faults.length === count).length).toBeGreaterThan(50)
  }
})

it('come in clusters of a size that is worth it', () => {
  const countsOf = (values: readonly number[]): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (const value of values) counts[value] = (counts[value] ?? 0) + 1
    return counts
  }
  const medians = medianShape([
    {
      nodes: countsOf(trials.map(({ cut }) => cut.workers)),
      ticks: countsOf(trials.map(({ cut }) => 2_000 / cut.tickMs)),
      'hits in flight': countsOf(
        trials.map(({ faults, cut }) => (cut.rate > 1 ? faults.length : 0)),
      ),
    },
  ])
  expect(medians.nodes).toBeGreaterThanOrEqual(3)
  expect(medians.ticks).toBeGreaterThanOrEqual(20)
  expect(medians['hits in flight']).toBeGreaterThanOrEqual(1)
})
