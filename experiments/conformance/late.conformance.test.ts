/** Inputs that are out of order, and such that end, on both engines: in the simulated world, and on threads. */
import { describe } from 'vitest'
import { endedConforms, endedInWorlds } from '../../engines/core/conformance/ended.ts'
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
  const worlds = { threads: threadsSubject(engine, THREADS), simulated }
  lateConforms(simulated)
  describe('on threads', () => lateInWorlds(worlds))
  describe('where the input ends', () => endedConforms(simulated))
  describe('where the input ends, on threads', () => endedInWorlds(worlds))
})
