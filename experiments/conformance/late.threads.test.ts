/** Inputs that are out of order, and such that end, on both engines: on threads as in the simulated world. */
import { describe } from 'vitest'
import { endedInWorlds } from '../../engines/core/conformance/ended.ts'
import { lateInWorlds } from '../../engines/core/conformance/late.ts'
import { threadsSubject } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'
import { smallThreads } from './on-threads.fixture.ts'

describe.each(ENGINES)('%s', (engine) => {
  const simulated = simulatedSubject(engine, checkedEngineOf)
  const worlds = { threads: threadsSubject(engine, smallThreads), simulated }
  lateInWorlds(worlds)
  describe('where the input ends', () => endedInWorlds(worlds))
})
