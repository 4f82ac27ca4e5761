/** The conformance suites on both engines, on real threads and compared with the simulated world. */
import { describe } from 'vitest'
import { loopsConformOnThreads } from '../../engines/core/conformance/loops.ts'
import { simulatedSubject, threadsSubject } from '../../engines/core/conformance/scenario.ts'
import { worldsConform } from '../../engines/core/conformance/worlds.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { dstreamEngine } from '../../engines/dstream/engine.ts'
import { timelyEngine } from '../../engines/timely/engine.ts'

const MEMORY = { workerRegionBytes: 16 * 1024 * 1024, driverRegionBytes: 8 * 1024 * 1024 }

/** What one message of an engine can need: the D-Stream engine answers fetches in messages of 60 KiB. */
const TIGHT_DATA_BYTES = { timely: 16 * 1024, dstream: 64 * 1024 } as const

describe.each([timelyEngine, dstreamEngine])('$name', (engine) => {
  const tight = {
    ...MEMORY,
    controlRingBytes: 4 * 1024,
    dataRingBytes: TIGHT_DATA_BYTES[engine.name],
  }
  worldsConform({
    threads: threadsSubject(engine.name, threadsSystem(MEMORY)),
    simulated: simulatedSubject(engine),
    tightThreads: threadsSubject(engine.name, threadsSystem(tight)),
  })
})
describe('loops on threads', () =>
  loopsConformOnThreads(threadsSubject('timely', threadsSystem(MEMORY))))
