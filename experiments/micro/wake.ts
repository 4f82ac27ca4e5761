/**
 * What it takes to wake a parked thread: in latency, as a message between processes of one machine pays it, and in CPU time.
 *
 * Two threads pass a word back and forth by `Atomics.notify`, as the threads world does; half a round trip is a wake-up.
 * In each round trip a thread wakes the other once, parks once and is woken once.
 */
import { Worker } from 'node:worker_threads'
import type { Nanos } from '../../engines/core/units.ts'
import { threadCpuNs } from '../../engines/core/world/threads/process-status.ts'

const TIMEOUT_MS = 10_000

/** The other side: answers every odd value with the next even one. Plain JavaScript: it is given as text. */
const ECHO = `
const { workerData } = require('node:worker_threads')
const words = new Int32Array(workerData)
for (let expected = 1; expected > 0; expected += 2) {
  while (Atomics.load(words, 0) === expected - 1) Atomics.wait(words, 0, expected - 1)
  if (Atomics.load(words, 0) < 0) break
  Atomics.store(words, 0, expected + 1)
  Atomics.notify(words, 0)
}
`

export interface Wake {
  /** From waking a parked thread to its first instruction: the median over the rounds. */
  readonly wakeNs: Nanos
  /** CPU time of one side for a round: the mean, as that clock is too coarse for a single one. */
  readonly parkNs: number
}

/** Blocks this thread for some ms. */
export async function measureWake(rounds: number): Promise<Wake> {
  const memory = new SharedArrayBuffer(4)
  const words = new Int32Array(memory)
  const worker = new Worker(ECHO, { eval: true, workerData: memory })
  await new Promise<void>((resolve, reject) => {
    worker.once('online', resolve)
    worker.once('error', reject)
  })
  const times: number[] = []
  const cpuBefore = threadCpuNs()
  for (let round = 0; round < rounds; round++) {
    const value = round * 2 + 1
    const start = performance.now()
    Atomics.store(words, 0, value)
    Atomics.notify(words, 0)
    while (Atomics.load(words, 0) === value) {
      if (Atomics.wait(words, 0, value, TIMEOUT_MS) === 'timed-out') break
    }
    times.push(performance.now() - start)
  }
  const parkNs = (threadCpuNs() - cpuBefore) / rounds
  Atomics.store(words, 0, -1)
  Atomics.notify(words, 0)
  await worker.terminate()
  times.sort((a, b) => a - b)
  return { wakeNs: Math.round((times[times.length >> 1]! / 2) * 1e6), parkNs }
}
