/** The conformance suites on both engines, on real threads and compared with the simulated world. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { describe } from 'vitest'
import { driverConformsOnThreads } from '../../engines/core/conformance/driver.ts'
import {
  loopsConformOnThreads,
  loopsConformOnTightLinks,
} from '../../engines/core/conformance/loops.ts'
import { queriesConformOnThreads } from '../../engines/core/conformance/queries.ts'
import { resizeConformsOnThreads } from '../../engines/core/conformance/resize.ts'
import { threadsSubject } from '../../engines/core/conformance/scenario.ts'
import { simulatedSubject } from '../../engines/core/conformance/simulated-subject.ts'
import {
  standbyConformsOnThreads,
  upstreamBackupConformsOnThreads,
  worldsConform,
} from '../../engines/core/conformance/worlds.ts'
import type { SavedFile, System } from '../../engines/core/system.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { checkedEngineOf, ENGINES } from '../../engines/index.ts'

const MEMORY = { workerRegionBytes: 16 * 1024 * 1024, driverRegionBytes: 8 * 1024 * 1024 }

/** What one message of an engine can need: the D-Stream engine answers fetches in messages of 60 KiB, and the end of a row more. */
const TIGHT_DATA_BYTES = { timely: 16 * 1024, dstream: 128 * 1024 } as const

/** Data rings are as small as they can be: a round of such a loop fills them with a message or two. */
const SMALLEST = { ...MEMORY, controlRingBytes: 2 * 1024, dataRingBytes: 8 * 1024 }

/** Saves to a folder of the run, whose files its record has. */
function saving(system: System): System {
  return {
    name: system.name,
    async run(trial) {
      const folder = mkdtempSync(join(tmpdir(), 'streamgauge-saved-'))
      try {
        const record = await system.run({ ...trial, saved: { folder } })
        return { ...record, files: filesIn(folder) }
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  }
}

function filesIn(folder: string): SavedFile[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return { name: relative(folder, path), bytes: readFileSync(path) }
    })
}

describe.each(ENGINES)('%s', (engine) => {
  const tight = {
    ...MEMORY,
    controlRingBytes: 4 * 1024,
    dataRingBytes: TIGHT_DATA_BYTES[engine],
  }
  worldsConform({
    threads: threadsSubject(engine, saving(threadsSystem(MEMORY))),
    simulated: simulatedSubject(engine, checkedEngineOf),
    tightThreads: threadsSubject(engine, threadsSystem(tight)),
  })
  resizeConformsOnThreads(threadsSubject(engine, threadsSystem(MEMORY)))
})
describe('queries on threads', () =>
  queriesConformOnThreads(threadsSubject('dstream', threadsSystem(MEMORY))))
describe('active standby on threads', () =>
  standbyConformsOnThreads(threadsSubject('timely', threadsSystem(MEMORY))))
describe('upstream backup on threads', () =>
  upstreamBackupConformsOnThreads(threadsSubject('timely', threadsSystem(MEMORY))))
describe('a lost driver on threads', () =>
  driverConformsOnThreads(
    threadsSubject('dstream', threadsSystem(MEMORY)),
    simulatedSubject('dstream', checkedEngineOf),
  ))
describe('loops on threads', () =>
  loopsConformOnThreads(threadsSubject('timely', threadsSystem(MEMORY))))
describe('loops over tight links', () =>
  loopsConformOnTightLinks({
    threads: threadsSubject('timely', threadsSystem(SMALLEST)),
    simulated: simulatedSubject('timely', checkedEngineOf),
  }))
