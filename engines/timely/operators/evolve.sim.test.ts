/** `evolve` on the timely engine in the simulated world: calm, and with a killed worker, against a naive evaluation. */
import { describe, expect, it } from 'vitest'
import { REGION_BYTES } from '../../core/conformance/scenario.ts'
import {
  EVOLVED,
  evolvedDataflow,
  evolvedTrial,
  expectEvolved,
} from '../../core/operators/evolved.fixture.ts'
import { milliseconds } from '../../core/units.ts'
import { simulate } from '../../core/world/simulated/simulation.ts'
import { checkedTimelyEngine } from '../checked-engine.ts'
import { type ConfigChanges, configOf, events } from '../trial.fixture.ts'

const CALM: Readonly<Record<string, ConfigChanges>> = {
  'ticks shorter than the period': {},
  'one tick a period': { tick: milliseconds(500), timely: { recovery: 'none' } },
  'one worker': { workers: 1, partitions: 4, kernels: 'plain', timely: { accumulation: 'both' } },
  'three workers, seven partitions': { workers: 3, partitions: 7, tick: milliseconds(50) },
}

const KILLED: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'survived by others': { replacement: 'survivors', workers: 3 },
}

describe.each(EVOLVED)('%s', (what) => {
  const dataflow = evolvedDataflow(what)

  it.each(Object.entries(CALM))('is right: %s', (_, changes) => {
    const trial = evolvedTrial(configOf(changes))
    expectEvolved(
      what,
      trial,
      simulate(
        trial,
        { engine: checkedTimelyEngine().engine, dataflow },
        { regionBytes: REGION_BYTES },
      ),
    )
  })

  it.each(Object.entries(KILLED))('is right with a killed worker: %s', (_, changes) => {
    // In the first and in the last part of a period, with a checkpoint within it.
    for (const at of [2_150, 2_450, 3_350]) {
      const kill = { kind: 'kill', process: 1, at: milliseconds(at) } as const
      const trial = evolvedTrial(configOf(changes), [kill])
      const record = simulate(
        trial,
        { engine: checkedTimelyEngine().engine, dataflow },
        { regionBytes: REGION_BYTES },
      )
      expectEvolved(what, trial, record)
      expect(events(record, 'rollback-ended').length).toBeGreaterThan(0)
    }
  })
})
