/** The kernel's number of this thread, on Linux: what its settings are named by. */
import * as fs from 'node:fs'

/** Errors: those of the file system, where there is no `/proc`. */
export function threadNumber(): string {
  return fs.readlinkSync('/proc/thread-self').split('/').at(-1)!
}
