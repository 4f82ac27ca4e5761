/** Inputs that are out of order, on both engines: in the simulated world, and on threads. */
import { describe } from 'vitest'
import { lateConforms, lateInWorlds } from '../../engines/core/conformance/late.ts'
import { threadsSubject } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'

const THREADS = threadsSystem({
  workerRegionBytes: 16 * 1024 * 1024,
  driverRegionBytes: 8 * 1024 * 1024,
})

describe.each(ENGINES)('%s', (engine) => {
  const simulated = simulatedSubject(engine, checkedEngineOf)
  lateConforms(simulated)
  describe('on threads', () =>
    lateInWorlds({ threads: threadsSubject(engine, THREADS), simulated }))
})
