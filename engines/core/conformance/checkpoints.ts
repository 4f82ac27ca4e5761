/**
 * Conformance: as many checkpoints as were asked for, for every engine alike. What a checkpoint costs and what a lost worker costs
 * depend on it, so engines that are compared must not differ: not by short ticks, of which more rows are left, nor by little memory for them.
 */
import { expect, it } from 'vitest'
import { milliseconds } from '../units.ts'
import { MANY_LINES } from './models.ts'
import { runRight } from './operators.ts'
import { conformancePlan } from './plans.ts'
import { counterOf, INTERVAL_MS, type Scenario, type Subject } from './scenario.ts'

const DURATION_MS = 2_400

export function checkpointsConform(subject: Subject): void {
  for (const [tick, interval] of [
    [10, 700],
    [10, 800],
    [100, 1_100],
    [100, 1_200],
  ] as const) {
    it(`as many as asked for: each ${interval} ms, with ticks of ${tick} ms`, async () => {
      const checkpointInterval = milliseconds(interval)
      const scenario: Scenario = {
        plan: conformancePlan('runningReduce, sum', INTERVAL_MS),
        lines: MANY_LINES,
        config: {
          tick: milliseconds(tick),
          input: { rate: 4_000, duration: milliseconds(DURATION_MS) },
          timely: { checkpointInterval },
          // The tables have room, of the rows of an interval a part.
          dstream: { checkpointInterval, blockStoreBytesMax: 256 * 1024 },
        },
      }
      const record = await runRight(subject, scenario)
      // None with the last tick: nobody comes back after it.
      const asked = Math.ceil(DURATION_MS / interval) - 1
      expect(counterOf(record, 'checkpointsDurable')).toBe(asked)
      if (subject.engine === 'dstream' && tick === 10) {
        expect(counterOf(record, 'evictedBatches')).toBeGreaterThan(0)
      }
    })
  }
}
