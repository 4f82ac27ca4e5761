/**
 * Files that outputs save, where the run's user reads them: what the storage service does, by blocking calls.
 *
 * A file is written beside its place under another name, fsynced, linked to its name and thereby there, and the folder is
 * fsynced. Unlike a rename, a link never takes the place of a file: not even of one that somebody else has put there.
 */
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { readWhole, removeQuietly, syncFolder, writeWhole } from './whole-file.ts'

export interface SavedFilesOptions {
  readonly folder: string
  /** Whether files outlive the machine: not those that are only there to be printed. */
  readonly durable: boolean
}

export class SavedFiles {
  #options: SavedFilesOptions
  #writes = 0

  constructor(options: SavedFilesOptions) {
    this.#options = options
  }

  /** `name` is of parts between slashes, none of which leads out of the folder (`saved-file.ts`). Errors: those of the disk. */
  publish(name: string, bytes: Uint8Array): 'done' | 'contradicted' {
    const { folder, durable } = this.#options
    const path = join(folder, name)
    const known = readWhole(path) ?? this.#create(path, bytes)
    if (known !== undefined && Buffer.compare(known, bytes) !== 0) return 'contradicted'
    // One that was there may have been written without this.
    if (durable) syncFolder(dirname(path))
    return 'done'
  }

  /** Returns what another has put there meanwhile, if so. */
  #create(path: string, bytes: Uint8Array): Uint8Array | undefined {
    this.#writes += 1
    const unfinished = join(dirname(path), `.unfinished-${this.#writes}`)
    try {
      writeWhole(unfinished, bytes, this.#options.durable)
      fs.linkSync(unfinished, path)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      return readWhole(path)
    } finally {
      removeQuietly(unfinished)
    }
  }
}
