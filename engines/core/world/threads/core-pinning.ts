/**
 * Workers on cores of their own, where a run has just as many workers as cores.
 *
 * Workers that wake each other all the time are put on one core by the kernel again and again, and stay there for a slice
 * of 4 ms or several while another core idles. A tick needs all workers, so everybody waits: on a machine of two cores that
 * was the greatest part of p99. With a core to spare the kernel has somewhere to put them, and nothing is pinned.
 */
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { threadNumber } from './thread-number.ts'

/**
 * Pins this thread to the core at `place` of those that it may use, if they are as many as the workers. Returns the core;
 * `undefined` where it is not pinned: other numbers, not Linux, or a system without `taskset`.
 */
export function pinToCore(place: number, workers: number): number | undefined {
  if (process.platform !== 'linux' || workers < 2 || place >= workers) return undefined
  try {
    const status = fs.readFileSync('/proc/thread-self/status', 'utf8')
    const cores = parseCores(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '')
    const core = cores[place]
    if (core === undefined || cores.length !== workers) return undefined
    execFileSync('taskset', ['--cpu-list', '--pid', String(core), threadNumber()], {
      stdio: 'ignore',
    })
    return core
  } catch {
    // No such files, or no `taskset`: the kernel places the thread, as it does everywhere else.
    return undefined
  }
}

/** A list of the kernel's, like `0-3,8`. */
export function parseCores(list: string): readonly number[] {
  if (list === '') return []
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => first + at)
  })
}
