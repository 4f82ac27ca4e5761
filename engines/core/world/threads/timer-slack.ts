/**
 * Timer slack: how much later than asked the kernel may end a thread's sleep, so that it can end several at once. Linux
 * gives every thread 50 µs; a process parks until a tick ends, and then everybody waits for it.
 */
import * as fs from 'node:fs'
import { threadNumber } from './thread-number.ts'

/** Sleeps of this thread end when they should: on Linux some 50 µs after the alarm and not 100. Elsewhere nothing happens. */
export function wakeOnTime(): void {
  if (process.platform !== 'linux') return
  try {
    fs.writeFileSync(`/proc/${threadNumber()}/timerslack_ns`, '1')
  } catch {
    // No such file in this container: sleeps are as long as everybody's.
  }
}
