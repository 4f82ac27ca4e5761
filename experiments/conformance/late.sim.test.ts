/** Inputs that are out of order, and such that end, on both engines in the simulated world. */
import { describe } from 'vitest'
import { endedConforms } from '../../engines/core/conformance/ended.ts'
import { lateConforms } from '../../engines/core/conformance/late.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'

describe.each(ENGINES)('%s', (engine) => {
  const simulated = simulatedSubject(engine, checkedEngineOf)
  lateConforms(simulated)
  describe('where the input ends', () => endedConforms(simulated))
})
