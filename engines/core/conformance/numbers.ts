/** Conformance: pairs of integers give the interpreter's rows, as numbers and as plain values, whoever is killed. */
import { describe, expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { commitsByPlace, runRight } from './operators.ts'
import { NUMBERS_NAMES, numbersPlan, PAIRS } from './plans/numbers.ts'
import { INTERVAL_MS, type Scenario, type Subject } from './scenario.ts'

/** Two workers, with ticks within intervals, are those of which one is killed. */
const CUTS: Readonly<Record<string, Omit<Scenario, 'plan'>>> = {
  'one worker, one partition, rows kept': { config: { workers: 1, partitions: 1, keepRows: true } },
  'three workers, seven partitions, the tick is the interval': {
    config: {
      workers: 3,
      partitions: 7,
      tick: milliseconds(INTERVAL_MS),
      timely: { accumulation: 'global' },
    },
  },
  'a killed worker': { faults: [{ kind: 'kill', process: 1, at: milliseconds(1_310) }] },
}

/** More than a chunk, a batch and a message hold. */
const MANY: Scenario = {
  plan: numbersPlan('a union of exchanges of numbers and of plain pairs', INTERVAL_MS),
  pairs: PAIRS,
  config: { partitions: 2, input: { rate: 100_000, duration: milliseconds(800) } },
}

export function numbersConform(subject: Subject): void {
  it('many pairs', () => runRight(subject, MANY))

  describe.each(NUMBERS_NAMES)('%s', (name) => {
    const plan = numbersPlan(name, INTERVAL_MS)

    it.each(Object.entries(CUTS))('%s', async (_, scenario) => {
      const { config, ...rest } = scenario
      const run = (kernels: 'columns' | 'plain') =>
        runRight(subject, { ...rest, plan, pairs: PAIRS, config: { ...config, kernels } })
      const columns = await run('columns')
      expect(commitsByPlace(await run('plain'))).toEqual(commitsByPlace(columns))
    })
  })
}
