/** `evolve` on the D-Stream engine in the simulated world: calm, and with killed workers, against a naive evaluation. */
import { describe, expect, it } from 'vitest'
import { REGION_BYTES } from '../../core/conformance/scenario.ts'
import {
  EVOLVED,
  evolvedDataflow,
  evolvedTrial,
  expectEvolved,
} from '../../core/operators/evolved.fixture.ts'
import { milliseconds, seconds } from '../../core/units.ts'
import { simulate } from '../../core/world/simulated/simulation.ts'
import { checkedDStreamEngine } from '../checked-engine.ts'
import { type ConfigChanges, configOf, eventsOf } from '../trial.fixture.ts'

const CALM: Readonly<Record<string, ConfigChanges>> = {
  'batches shorter than the period': {},
  'one batch a period': { tick: milliseconds(500) },
  'one worker, all blocks on disk': {
    workers: 1,
    partitions: 4,
    kernels: 'plain',
    dstream: { blockStoreBytesMax: 0 },
  },
  'three workers, seven partitions': { workers: 3, partitions: 7, tick: milliseconds(50) },
}

const KILLED: Readonly<Record<string, ConfigChanges>> = {
  respawned: {},
  'survived by others': { replacement: 'survivors', workers: 3 },
  'far from a checkpoint': { dstream: { checkpointInterval: seconds(5) } },
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
        { engine: checkedDStreamEngine().engine, dataflow },
        { regionBytes: REGION_BYTES },
      ),
    )
  })

  it.each(Object.entries(KILLED))('is right with a killed worker: %s', (_, changes) => {
    for (const at of [2_150, 2_450, 3_550]) {
      const kill = { kind: 'kill', process: 1, at: milliseconds(at) } as const
      const trial = evolvedTrial(configOf(changes), [kill])
      const record = simulate(
        trial,
        { engine: checkedDStreamEngine().engine, dataflow },
        { regionBytes: REGION_BYTES },
      )
      expectEvolved(what, trial, record)
      expect(eventsOf(record, 'worker-suspected').length).toBeGreaterThan(0)
    }
  })
})
