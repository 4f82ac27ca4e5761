/**
 * Conformance: how many keys states hold is counted as it is, from plan and input alone: alike by every engine, on however
 * many workers, and with a kill.
 */
import { expect, it } from 'vitest'
import { encodeCanonical } from '../columns/value-codec.ts'
import { LASTING_KEYS, STATE_KEYS } from '../metrics/state-keys.ts'
import { keyLanes, partitionOf } from '../output/digest.ts'
import type { RunRecord, Trial } from '../system.ts'
import { milliseconds, type TickEnd } from '../units.ts'
import { runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import { INTERVAL_MS, type Scenario, type Subject, trialOf } from './scenario.ts'
import { truthOf } from './truth.ts'

/** Each begins with another character, as long as the run lasts. */
const LINES = Array.from({ length: 400 }, (_, n) => String.fromCharCode(0x4e00 + n))

const CUTS: Readonly<Record<string, Pick<Scenario, 'config' | 'faults'>>> = {
  'two workers': {},
  'one worker': { config: { workers: 1 } },
  'a killed worker, survived by others': {
    config: { workers: 3, replacement: 'survivors' },
    faults: [{ kind: 'kill', process: 1, at: milliseconds(1_310) }],
  },
}

export function statesConform(subject: Subject): void {
  const check = async (
    name: Parameters<typeof conformancePlan>[0],
    scenario: Omit<Scenario, 'plan'>,
  ) => {
    const plan = conformancePlan(name, INTERVAL_MS)
    const record = await runRight(subject, { plan, ...scenario })
    const sizes = await sizesOf(trialOf(subject.engine, { plan, ...scenario }))
    expect(sizes.length).toBeGreaterThan(3)
    expect(most(record, STATE_KEYS)).toBe(Math.max(...sizes))
    return { record, sizes }
  }

  it.each(Object.entries(CUTS))('without a timeout: %s', async (_, cut) => {
    const name = 'track, in the order of canonical bytes'
    const { record, sizes } = await check(name, { ...cut, lines: LINES })
    const quarters = LASTING_KEYS.map((counter) => most(record, counter)!)
    // Ends of six periods.
    expect(quarters).toEqual([0, 2, 3, 5].map((last) => sizes[last]))
    expect(quarters).toEqual(quarters.toSorted((a, b) => a - b))
    expect(new Set(quarters).size).toBe(quarters.length)
  })

  it('with a timeout', async () => {
    const { record } = await check('track, a timeout of two intervals, and exits', {})
    for (const counter of LASTING_KEYS) expect(most(record, counter)).toBeUndefined()
  })

  it('none where there is no state', async () => {
    const plan = conformancePlan('runningReduce, sum', INTERVAL_MS)
    expect(most(await runRight(subject, { plan }), STATE_KEYS)).toBeUndefined()
  })
}

function most({ processes }: RunRecord, counter: string): number | undefined {
  const found = processes.flatMap(({ counters }) => counters[counter] ?? [])
  return found.length === 0 ? undefined : Math.max(...found)
}

/** Rows of the table in its fullest partition, by the ends of periods. */
async function sizesOf(trial: Trial): Promise<readonly number[]> {
  const partitions = Array.from({ length: trial.config.partitions }, () => new Set<unknown>())
  const sizes = new Map<TickEnd, number>()
  for (const { tick, rows } of await truthOf(trial)) {
    for (const [key, value] of rows) {
      const keys = partitions[partitionOf(keyLanes(encodeCanonical(key)).lane0, partitions.length)]!
      if (value === undefined) keys.delete(key)
      else keys.add(key)
    }
    sizes.set(tick, Math.max(...partitions.map(({ size }) => size)))
  }
  return [...sizes.values()]
}
