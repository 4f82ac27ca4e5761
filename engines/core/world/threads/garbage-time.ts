/**
 * Time that this thread has spent in garbage collection, by V8's own profiler: it needs no event loop, which a running
 * process has not. Each pause costs it one record of about 4 KB until it is read.
 */
import { GCProfiler } from 'node:v8'
import type { Nanos } from '../../units.ts'

export class GarbageTime {
  #profiler = new GCProfiler()
  #total: Nanos = 0

  constructor() {
    this.#profiler.start()
  }

  /** In all since it was created. Takes some 10 µs, and 50 µs for each collection since the last call. */
  read(): Nanos {
    const { statistics } = this.#profiler.stop()
    this.#profiler = new GCProfiler()
    this.#profiler.start()
    for (const { cost } of statistics) this.#total += cost * 1_000
    return this.#total
  }
}
