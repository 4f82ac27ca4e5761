/**
 * A directory that grows: the records of its files, and what is added to them and to it while a run lasts. One file grows in
 * the same way.
 *
 *   look: names in byte order ─▶ known files by their inode ─▶ what each has beyond what was read ─▶ wait for a change ─▶ look
 *
 * A file only grows: what was read is not read again, and a file that has become shorter ends the run by name. It stays open,
 * so that its inode is its own: under another name (a log that is rotated) it is the same file, and what another writes under
 * its old name is a new one. A file that is gone is read to its end first. Half a line waits for its other half. Between two
 * runs files are known by their names.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { TEXT_FORMAT } from '../../../input/formats/input-format.ts'
import type { RowTally } from '../../../input/formats/row-tally.ts'
import type { LiveInput } from '../../../input/live-input.ts'
import type { Arrival } from './arrival.ts'
import { FolderView } from './folder-view.ts'
import { FolderWatch } from './folder-watch.ts'
import { GrowingFile } from './growing-file.ts'

type FolderInput = Extract<LiveInput, { kind: 'folder' }>

/** Yields what there is and what comes; asks for no more while the caller is busy. Ends only by its signal, which it rejects with. */
export async function* folderArrivals(
  input: FolderInput,
  tally: RowTally,
  signal: AbortSignal,
): AsyncGenerator<Arrival> {
  const folder = new GrowingFolder(input, tally)
  const watch = new FolderWatch(folder.directory, signal)
  try {
    for (;;) {
      watch.look()
      yield* folder.look()
      for await (const arrival of folder.arrivals()) {
        yield arrival
        // Who wants to end this can say so between two reads.
        await turn()
        signal.throwIfAborted()
      }
      await watch.changed()
    }
  } finally {
    watch.close()
    folder.close()
  }
}

class GrowingFolder {
  #input: FolderInput
  #tally: RowTally
  #view: FolderView
  /** By inode, in the order in which they were found. */
  #files = new Map<string, GrowingFile>()
  /** Inodes of files that the last look did not find. */
  #gone = new Set<string>()
  #hasLooked = false

  constructor(input: FolderInput, tally: RowTally) {
    this.#input = input
    this.#tally = tally
    this.#view = new FolderView(input.path)
  }

  get directory(): string {
    return this.#view.directory
  }

  /** Finds new files, and those that have another name now. */
  *look(): Generator<Arrival> {
    const { format = TEXT_FORMAT, from = {} } = this.#input
    this.#gone = new Set(this.#files.keys())
    for (const found of this.#view.files()) {
      const file = this.#files.get(found.inode)
      if (file === undefined) {
        // What comes later under a name of then is another file.
        const start = this.#hasLooked ? undefined : from[found.name]
        const options = { format, tally: this.#tally, start }
        this.#files.set(found.inode, new GrowingFile(found, options))
      } else if (this.#gone.has(found.inode) && file.name !== found.name) {
        yield file.rename(found)
      }
      this.#gone.delete(found.inode)
    }
    this.#hasLooked = true
  }

  /** What files have beyond what was read. */
  async *arrivals(): AsyncGenerator<Arrival> {
    for (const [inode, file] of this.#files) {
      yield* file.arrivals()
      if (!this.#gone.has(inode)) continue
      file.close()
      this.#files.delete(inode)
    }
  }

  close(): void {
    for (const file of this.#files.values()) file.close()
  }
}
