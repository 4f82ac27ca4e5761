/** What a trial's process is started with. */
import { spawnSync } from 'node:child_process'
import { afterEach, expect, test, vi } from 'vitest'
import { runBaselineIsolated } from './baseline-isolated.ts'
import { cannedSpec } from './canned.fixture.ts'
import { runIsolated, TRIAL_FLAGS } from './isolate.ts'

/** MiB that live to the end, and those of which each lives for a while, as a batch's blocks do. */
const KEPT = 24
const WHILE = 8
const MADE = 150

/** Prints the greatest size of its old generation, in MiB. */
const churn = `
const { getHeapSpaceStatistics } = require('node:v8')
const MIB = 2 ** 20
const make = () => Array.from({ length: 1024 }, (_, at) => new Array(126).fill(at))
const kept = Array.from({ length: ${KEPT} }, make)
const aWhile = new Array(${WHILE})
let greatest = 0
for (let made = 0; made < ${MADE}; made++) {
  aWhile[made % ${WHILE}] = make()
  const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')
  greatest = Math.max(greatest, old.space_used_size / MIB)
}
console.log(kept.length === ${KEPT} && greatest)
`

/** Collections begin at the limit and do all at once: nothing is measured of what is made while one goes on. */
function greatestOldMib(flags: readonly string[]): number {
  const words = [...flags, '--no-incremental-marking', '-e', churn]
  return Number(spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout)
}

test('how far an old generation grows follows from what lives, not from how fast it is filled and collected', () => {
  const greatest = greatestOldMib(TRIAL_FLAGS)
  // By V8's own factor it is some 175 MiB.
  expect(greatest).toBeGreaterThan(KEPT)
  expect(greatest).toBeLessThan(4 * (KEPT + WHILE))
})

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Ends a process as it starts, with what it was started with as its complaint. */
const confession = `
const { MALLOC_ARENA_MAX: arenas, MALLOC_MMAP_THRESHOLD_: apart } = process.env
console.error('arenas ' + arenas + ', apart from ' + apart + ', flags ' + process.execArgv.join(' '))
process.exit(1)
`

test('a baseline runs with the flags and the allocator of a trial', async () => {
  // Not even where who has started this process had settings of its own.
  vi.stubEnv('MALLOC_ARENA_MAX', '8')
  vi.stubEnv('MALLOC_MMAP_THRESHOLD_', '4096')
  vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(confession)}`)
  const { workload, parameters } = cannedSpec
  const input = { kind: 'lines', records: 10 } as const
  const had = `arenas 1, apart from 131072, flags ${TRIAL_FLAGS.join(' ')} --import`
  await expect(runIsolated(cannedSpec)).rejects.toThrow(had)
  const spec = { workload, parameters, input, durationMs: 1 }
  await expect(runBaselineIsolated(spec)).rejects.toThrow(had)
})
