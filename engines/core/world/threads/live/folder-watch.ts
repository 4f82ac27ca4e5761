/** Says when something in a directory may have changed: the system's notices, and the clock where it gives none. */
import { type FSWatcher, watch } from 'node:fs'

/** A mounted directory changes without notice. */
const LOOK_EVERY_MS = 1_000

export class FolderWatch {
  #watcher: FSWatcher | undefined
  #signal: AbortSignal
  #isChanged = true
  #wake: (() => void) | undefined
  #stop = (): void => this.#notice()

  constructor(directory: string, signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#stop)
    try {
      this.#watcher = watch(directory, this.#stop)
      // What is wrong with the directory is found by looking into it.
      this.#watcher.on('error', this.#stop)
    } catch {
      // No notices left: the clock is enough.
    }
  }

  /** From here on a change is news. */
  look(): void {
    this.#isChanged = false
  }

  /** Waits for a change since the last look. Rejects when the signal aborts. */
  async changed(): Promise<void> {
    if (!this.#isChanged) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#signal.throwIfAborted()
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#stop)
    this.#watcher?.close()
  }

  #notice(): void {
    this.#isChanged = true
    this.#wake?.()
  }
}
