/**
 * Durable blobs in a directory of the run: what the storage service does, by blocking calls.
 *
 *   <root>/blobs/=<name, percent-encoded>      <root>/unfinished/<number>
 *
 * A write is a temporary file, fsync, rename, fsync of the directory: a reader sees all of a blob or nothing.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'

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

  write(name: string, bytes: Uint8Array): void {
    this.#writes += 1
    const unfinished = join(this.#unfinished, String(this.#writes))
    const file = fs.openSync(unfinished, 'w')
    try {
      let written = 0
      while (written < bytes.length) written += fs.writeSync(file, bytes, written)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
    fs.renameSync(unfinished, this.#pathOf(name))
    this.#syncDirectory()
  }

  /** The whole blob, or `undefined` if there is none. */
  read(name: string): Uint8Array | undefined {
    try {
      return fs.readFileSync(this.#pathOf(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
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
    this.#syncDirectory()
    return true
  }

  #pathOf(name: string): string {
    return join(this.#blobs, PREFIX + encodeURIComponent(name))
  }

  #syncDirectory(): void {
    const directory = fs.openSync(this.#blobs, 'r')
    try {
      fs.fsyncSync(directory)
    } finally {
      fs.closeSync(directory)
    }
  }
}
