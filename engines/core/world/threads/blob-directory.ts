/**
 * Durable blobs in a directory of the run: what the storage service does, by blocking calls.
 *
 *   <root>/blobs/=<name, percent-encoded>      <root>/unfinished/<number>
 *
 * A write is a temporary file, fsync, rename, fsync of the directory: a reader sees all of a blob or nothing. Scratch is written
 * without either fsync. Nothing is removed with one: a blob that came back with the machine would be one that nobody asks for, and a
 * log has many to remove.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { readWhole, removeQuietly, syncFolder, writeWhole } from './whole-file.ts'

/** No name is empty, `.` or `..` behind it. */
const PREFIX = '='

export class BlobDirectory {
  #blobs: string
  #unfinished: string
  #writes = 0

  constructor(root: string) {
    this.#blobs = join(root, 'blobs')
    this.#unfinished = join(root, 'unfinished')
    fs.mkdirSync(this.#blobs, { recursive: true })
    fs.mkdirSync(this.#unfinished, { recursive: true })
  }

  /** Without `durable` nothing is synced: a reader sees all of it or nothing as long as the machine lives. */
  write(name: string, bytes: Uint8Array, { durable } = { durable: true }): void {
    this.#writes += 1
    const unfinished = join(this.#unfinished, String(this.#writes))
    try {
      writeWhole(unfinished, bytes, durable)
      fs.renameSync(unfinished, this.#pathOf(name))
    } catch (error) {
      // On a full disk what is left of it would take the room that others may still get.
      removeQuietly(unfinished)
      throw error
    }
    if (durable) syncFolder(this.#blobs)
  }

  /** The whole blob, or `undefined` if there is none. */
  read(name: string): Uint8Array | undefined {
    return readWhole(this.#pathOf(name))
  }

  list(prefix: string): readonly string[] {
    return fs
      .readdirSync(this.#blobs)
      .map((file) => decodeURIComponent(file.slice(PREFIX.length)))
      .filter((name) => name.startsWith(prefix))
      .sort()
  }

  /** Returns whether there was one. */
  remove(name: string): boolean {
    try {
      fs.unlinkSync(this.#pathOf(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    return true
  }

  #pathOf(name: string): string {
    return join(this.#blobs, PREFIX + encodeURIComponent(name))
  }
}
