/**
 * What it takes to park: in latency, as a message to a parked process and a process's own alarm pay it, and in CPU time.
 *
 * A thread that slept for some ms, as a worker does between its ticks, finds a core that slept too, and cold caches. Two
 * threads that woke each other in turn, without a pause, took a third of the latency and a tenth of the CPU time of it
 * (1.6 and 3.6 µs; 5.1 and 39 µs), and their alarms never rang (80 µs late). So all that is measured here begins with a sleep.
 */
import { Worker } from 'node:worker_threads'
import type { Nanos } from '../../engines/core/units.ts'
import { threadCpuNs } from '../../engines/core/world/threads/process-status.ts'
import { median } from '../statistics/quantiles.ts'

const TIMEOUT_MS = 10_000
/** About as a worker sleeps between two looks at its sources, at ticks of 10 ms. */
const SLEEP_MS = 2

/** The other side: says when it woke, whenever it is woken. Plain JavaScript: it is given as text. */
const SLEEPER = `
const { workerData } = require('node:worker_threads')
const words = new Int32Array(workerData)
const wokenAt = new BigInt64Array(workerData, 8)
for (let round = 1; ; round++) {
  while (Atomics.load(words, 0) === round - 1) Atomics.wait(words, 0, round - 1)
  if (Atomics.load(words, 0) < 0) break
  wokenAt[0] = process.hrtime.bigint()
  Atomics.store(words, 1, round)
  Atomics.notify(words, 1)
}
`

export interface Wake {
  /** From waking a parked thread to its first instruction: the median over the rounds. */
  readonly wakeNs: Nanos
  /** From the end of a sleep to the first instruction after it: the median over the rounds. */
  readonly alarmNs: Nanos
  /** CPU time of work after a sleep beyond that of the same work without: the mean, as that clock is too coarse for one. */
  readonly parkNs: number
}

/** Blocks this thread for some ms a round. `work` is what a process does when it wakes. */
export async function measureWake(rounds: number, work: () => void): Promise<Wake> {
  const alarms: number[] = []
  for (let round = 0; round < rounds; round++) work()
  const hotNs = cpuNsOf(() => {
    for (let round = 0; round < rounds; round++) work()
  })
  const coldNs = cpuNsOf(() => {
    for (let round = 0; round < rounds; round++) {
      alarms.push(sleep() - SLEEP_MS * 1e6)
      work()
    }
  })
  return {
    wakeNs: await wakeLatency(rounds),
    alarmNs: Math.max(0, Math.round(median(alarms))),
    parkNs: Math.max(0, (coldNs - hotNs) / rounds),
  }
}

const bed = new Int32Array(new SharedArrayBuffer(4))

/** Returns how long it took, in ns. */
function sleep(): number {
  const start = performance.now()
  Atomics.wait(bed, 0, 0, SLEEP_MS)
  return (performance.now() - start) * 1e6
}

/** The kernel adds up a thread's time when it leaves its core: it sleeps before each look. */
function cpuNsOf(run: () => void): number {
  sleep()
  const before = threadCpuNs()
  run()
  sleep()
  return threadCpuNs() - before
}

async function wakeLatency(rounds: number): Promise<Nanos> {
  const memory = new SharedArrayBuffer(16)
  const words = new Int32Array(memory)
  const wokenAt = new BigInt64Array(memory, 8)
  const worker = new Worker(SLEEPER, { eval: true, workerData: memory })
  await new Promise<void>((resolve, reject) => {
    worker.once('online', resolve)
    worker.once('error', reject)
  })
  const latencies: number[] = []
  for (let round = 1; round <= rounds; round++) {
    sleep()
    const start = process.hrtime.bigint()
    Atomics.store(words, 0, round)
    Atomics.notify(words, 0)
    while (Atomics.load(words, 1) < round) {
      if (Atomics.wait(words, 1, round - 1, TIMEOUT_MS) === 'timed-out') break
    }
    latencies.push(Number(wokenAt[0]! - start))
  }
  Atomics.store(words, 0, -1)
  Atomics.notify(words, 0)
  await worker.terminate()
  return Math.round(median(latencies))
}
