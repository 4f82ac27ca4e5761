/** A state that has no room, on both engines and on real threads: an error that names the region, and no run that waits for ever. */
import { expect, it } from 'vitest'
import { FULL_FOR_GOOD } from '../../engines/core/conformance/full-regions.ts'
import { threadsSubject, trialOf } from '../../engines/core/conformance/scenario.ts'
import { threadsSystem } from '../../engines/core/world/threads/run-on-threads.ts'
import { ENGINES } from '../../engines/index.ts'

const THREADS = threadsSystem({
  workerRegionBytes: FULL_FOR_GOOD.options!.regionBytes!,
  driverRegionBytes: 8 * 1024 * 1024,
})

it.each(ENGINES)('%s', async (engine) => {
  const record = await threadsSubject(engine, THREADS).run(trialOf(engine, FULL_FOR_GOOD))
  expect(record.outcome).toBe('failed')
  expect(record.error?.message).toMatch(/from the region of /)
})
