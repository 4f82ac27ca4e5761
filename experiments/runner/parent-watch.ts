/**
 * Ends a trial whose parent is gone, however that ended: the channel between them closes, and a kill cannot prevent that.
 *
 * Heard by the event loop, which is idle while threads run, and busy while a simulation does.
 */
import { renameSync, rmSync } from 'node:fs'

/** `folder` has the trial's temporary files, and goes with it. */
export function endWithParent(folder: string): void {
  const leave = (): never => {
    // Threads still write there, for as long as it takes to end them, and faster than it is removed: by another name they find nothing.
    const removed = `${folder}-removed`
    try {
      renameSync(folder, removed)
    } catch {
      // Where files that are open keep it from being renamed, it is removed in its place.
    }
    for (const path of [removed, folder])
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    process.exit(1)
  }
  process.once('disconnect', leave)
  // It was gone before anybody listened. Who was started by hand has no parent of this kind.
  if (process.connected === false) leave()
  // A trial that is over does not wait for its parent.
  process.channel?.unref()
}
