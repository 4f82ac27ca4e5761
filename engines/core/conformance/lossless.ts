/**
 * Conformance over links that lose nothing, as those of the threads world: messages pass the outbox by while it is empty, land where
 * their receiver wants them, and wait for the next life of who is dead (`SimulationOptions.lossless`). In the simulated world, where
 * a kill comes at the same instant each time.
 */
import { expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import {
  counterOf,
  eventsOf,
  INTERVAL_MS,
  type Scenario,
  SPARSE,
  type Subject,
} from './scenario.ts'

const ROOMY = { lossless: true }
/** A message or two: full now and then, so that the shortcut is left, and taken again. */
const TIGHT = { lossless: true, linkBytesMax: 256 }

const plan = conformancePlan('everything', INTERVAL_MS)
const faults = [{ kind: 'kill', process: 1, at: milliseconds(1_234) }] as const

/** Up to its kill a run is one without faults. */
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'with room, a worker is replaced': { plan, faults, config: SPARSE, options: ROOMY },
  'full now and then, a worker is replaced': { plan, faults, config: SPARSE, options: TIGHT },
  'full now and then, a worker is survived': {
    plan,
    faults,
    config: { ...SPARSE, workers: 3, replacement: 'survivors', timely: { accumulation: 'none' } },
    options: TIGHT,
  },
}

export function losslessConforms(subject: Subject): void {
  it.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    const record = await runRight(subject, scenario)
    expect(counterOf(record, 'fullLinks') > 0).toBe(scenario.options === TIGHT)
    const kills = eventsOf(record, 'fault-kill').filter(({ fields }) => fields.witnessed === true)
    expect(kills).toHaveLength(scenario.faults?.length ?? 0)
  })

  it('equal seeds, equal traces; over other links, others', async () => {
    const hashes = new Set<string | undefined>()
    const ranked = conformancePlan('topK of windows', INTERVAL_MS)
    for (const options of [ROOMY, ROOMY, TIGHT, TIGHT, {}]) {
      hashes.add((await runRight(subject, { plan: ranked, faults, options })).traceHash)
    }
    expect(hashes.size).toBe(3)
  })
}
