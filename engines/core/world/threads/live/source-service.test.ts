/** The source's thread by itself: its clock is set, and nobody reads the window. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { RunMemory } from '../../../columns/memory.ts'
import { seconds } from '../../../units.ts'
import { planLayout } from '../layout.ts'
import { THREADS } from '../run-on-threads.ts'
import { runSourceService } from './source-service.ts'
import { pagesOf, windowBytes } from './window-layout.ts'
import { windowEnd } from './window-writer.ts'

const directory = fs.mkdtempSync(join(tmpdir(), 'streamgauge-source-'))
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }))

/** Where the run ends by what the source says, if two lines arrive so long after its start. */
async function endOfInput(startedAgo: number, longest: number): Promise<number | undefined> {
  fs.mkdirSync(directory, { recursive: true })
  const path = join(directory, 'lines')
  fs.writeFileSync(path, 'a\nb\n')
  const partitions = 2
  const poolBytes = windowBytes(partitions)
  const layout = planLayout({
    sizes: THREADS,
    workers: 1,
    processes: 1,
    partitions,
    poolBytes,
    faults: 0,
  })
  const memory = RunMemory.reserve(layout.bytes)
  // The run's words, as the supervisor's start writes them.
  memory.f64[(layout.run + 8) >>> 3] = performance.now() - startedAgo / 1e6
  Atomics.store(memory.i32, layout.run >>> 2, 1)
  const window = { base: layout.pool, partitions, pages: pagesOf(partitions) }
  await runSourceService({
    role: 'source',
    memory: memory.memory,
    layout,
    window,
    input: { kind: 'file', path },
    directory,
    unit: seconds(1_000),
    duration: longest,
  })
  return windowEnd(memory, window)?.duration
}

it('an input that ends in the run’s time says where the run ends', async () => {
  expect(await endOfInput(seconds(2_500), seconds(5_000))).toBe(seconds(3_000))
})

it('an input that ends later does not', async () => {
  expect(await endOfInput(seconds(6_500), seconds(5_000))).toBeUndefined()
})
