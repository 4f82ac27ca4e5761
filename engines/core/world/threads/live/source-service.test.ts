/** The source's thread by itself: its clock is set, and nobody reads the window but who says so. */
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { RunMemory } from '../../../columns/memory.ts'
import { StorageError } from '../../../errors.ts'
import { type Nanos, seconds } from '../../../units.ts'
import { planLayout } from '../layout.ts'
import { THREADS } from '../run-on-threads.ts'
import { LiveLog } from './live-log.ts'
import { runSourceService } from './source-service.ts'
import { readSummary } from './source-summary.ts'
import { windowBytes } from './window-layout.ts'
import { type WindowEnd, windowEnd } from './window-writer.ts'

const directory = fs.mkdtempSync(join(tmpdir(), 'streamgauge-source-'))
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }))

/** A source that reads this text, of a run that began so long ago; two pages of its window are all there is. */
function sourceOf(text: string, run: { startedAgo: Nanos; longest: Nanos; partitions: number }) {
  const { startedAgo, longest, partitions } = run
  fs.mkdirSync(directory, { recursive: true })
  const path = join(directory, 'lines')
  fs.writeFileSync(path, text)
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
  const window = { base: layout.pool, partitions, pages: 2 }
  const ended = runSourceService({
    role: 'source',
    memory: memory.memory,
    layout,
    window,
    input: { kind: 'file', path },
    directory,
    unit: seconds(1_000),
    duration: longest,
  })
  return {
    log: new LiveLog(memory, window, () => 0),
    ended: ended.then((): WindowEnd | undefined => windowEnd(memory, window)),
  }
}

/** Where the run ends by what the source says, if two lines arrive so long after its start. */
async function endOfInput(startedAgo: Nanos, longest: Nanos): Promise<Nanos | undefined> {
  const end = await sourceOf('a\nb\n', { startedAgo, longest, partitions: 2 }).ended
  return end?.duration
}

it('an input that ends in the run’s time says where the run ends', async () => {
  expect(await endOfInput(seconds(2_500), seconds(5_000))).toBe(seconds(3_000))
})

it('an input that ends later does not', async () => {
  expect(await endOfInput(seconds(6_500), seconds(5_000))).toBeUndefined()
})

/** More lines than two pages have room for, which come in one piece and are given back as soon as they are there. */
async function crowded(startedAgo: Nanos): Promise<WindowEnd | undefined> {
  const run = { startedAgo, longest: seconds(5_000), partitions: 1 }
  const { log, ended } = sourceOf('\n'.repeat(40_000), run)
  let isOver = false
  const end = ended.finally(() => {
    isOver = true
  })
  while (!isOver) {
    log.release(0, log.dueBefore(0, Number.POSITIVE_INFINITY))
    await turn()
  }
  return end
}

it('what finds no room waits for it, and how long it waited is told', async () => {
  const end = await crowded(seconds(2_500))
  expect(end).toMatchObject({ records: 40_000 })
  expect(end!.heldBackNs).toBeGreaterThan(0)
  expect(end!.heldBackNsMax).toBe(end!.heldBackNs)
  expect(readSummary(directory)).toMatchObject({ heldBackNs: end!.heldBackNs })
})

it('who finds room waits for nothing, and what comes after the run counts for nothing', async () => {
  const run = { startedAgo: seconds(2_500), longest: seconds(5_000), partitions: 1 }
  const { ended } = sourceOf('\n'.repeat(30_000), run)
  expect(await ended).toMatchObject({ records: 30_000, heldBackNs: 0, heldBackNsMax: 0 })
  await crowded(seconds(6_500))
  expect(readSummary(directory)).toMatchObject({ heldBackNs: 0, heldBackNsMax: 0 })
})

// A file that takes no byte: what a full disk is to who writes.
it.skipIf(!fs.existsSync('/dev/full'))(
  'a log on a full disk names its folder, and how to give another',
  async () => {
    fs.mkdirSync(directory, { recursive: true })
    for (const name of ['000000.lines', 'summary.json']) {
      fs.symlinkSync('/dev/full', join(directory, name))
    }
    const { ended } = sourceOf('a\n', { startedAgo: 0, longest: seconds(5_000), partitions: 1 })
    const error = await ended.catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(StorageError)
    expect(error).toHaveProperty(
      'message',
      `keep the lines that arrive in ${directory}: ENOSPC. what a run keeps for itself lies in its temporary folder until it has ended. Make room there, or name another folder by TMPDIR.`,
    )
  },
)
