/**
 * Steps that take longer than the detector's timeout: who comes back from one reads what arrived before it suspects
 * anybody. Both workers are away at the same time here, as when the machine is taken from all of them.
 */
import { expect, it } from 'vitest'
import { conformancePlan } from '../../engines/core/conformance/plans.ts'
import { eventsOf, trialOf } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { problemsOf } from '../../engines/core/conformance/truth.ts'
import { NOMINAL_COSTS } from '../../engines/core/cost/cost-model.ts'
import { milliseconds } from '../../engines/core/units.ts'
import { checkedEngineOf } from '../../engines/index.ts'

const INTERVAL_MS = 400

it('a worker that was away suspects nobody for it', async () => {
  const subject = simulatedSubject('timely', checkedEngineOf)
  const trial = trialOf('timely', {
    plan: conformancePlan('runningReduce, sum', INTERVAL_MS),
    config: {
      tick: milliseconds(INTERVAL_MS),
      partitions: 2,
      input: { rate: 20, duration: milliseconds(2_400) },
      detector: { heartbeat: milliseconds(20), timeout: milliseconds(60) },
    },
  })
  // Both end a tick at the same instant, and take longer for it than the detector waits.
  const kernels = { other: 0, commit: milliseconds(150) }
  const record = await subject.run(trial, { costs: { ...NOMINAL_COSTS, kernels } })
  const longest = Math.max(...record.processes.map((life) => life.counters.heartbeatGapNsMax ?? 0))
  expect(longest).toBeGreaterThan(milliseconds(120))
  expect(eventsOf(record, 'worker-suspected')).toEqual([])
  expect(record.processes).toHaveLength(2)
  expect(await problemsOf(trial, record)).toEqual([])
})
