/**
 * Conformance: a reduce that depends on the order of records is refused before a commit can be contradicted; one that
 * does not is right, whatever its values are.
 */
import { expect, it } from 'vitest'
import { UserFunctionError } from '../errors.ts'
import { milliseconds } from '../units.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { LAWFUL, reducePlan, UNLAWFUL } from './reduces.ts'
import { type ConfigChanges, INTERVAL_MS, type Subject, trialOf } from './scenario.ts'

const LINES = Array.from({ length: 97 }, (_, i) => `${((i * 37) % 4_001) / 100}`)

const KILL = [{ kind: 'kill', process: 1, at: milliseconds(777) }] as const

/** Another seed is another order of messages, and a kill makes rows come again. */
const RUNS = [
  { seed: 1, faults: [] },
  { seed: 2, faults: KILL },
] as const

function configOf(seed: number): ConfigChanges {
  const input = { rate: 1_500, duration: milliseconds(1_600) }
  return { seed, workers: 3, partitions: 9, kernels: 'plain', input }
}

export function lawsConform(subject: Subject): void {
  it.each(Object.keys(LAWFUL))('lawful: %s', async (name) => {
    const plan = reducePlan(name, INTERVAL_MS)
    let first: ReadonlyMap<string, string> | undefined
    for (const { seed, faults } of RUNS) {
      const config = configOf(seed)
      const record = await runRight(subject, { plan, config, faults, lines: LINES })
      first ??= commitsByPlace(record)
      expect(commitsByPlace(record)).toEqual(first)
    }
  })

  it.each(Object.keys(UNLAWFUL))('refused: %s', async (name) => {
    const plan = reducePlan(name, INTERVAL_MS)
    for (const { seed, faults } of RUNS) {
      const config = configOf(seed)
      const trial = trialOf(subject.engine, { plan, config, faults, lines: LINES })
      const { outcome, error, commits } = await subject.run(trial)
      expect(outcome).toBe('failed')
      expect(error).toBeInstanceOf(UserFunctionError)
      expect(error?.message).toContain('its function depends on the order of records: with a = ')
      // In the first tick that has records.
      expect(commits.filter(({ tick }) => tick > trial.config.tick)).toEqual([])
    }
  })
}
