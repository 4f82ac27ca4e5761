/**
 * A file of a run for what nobody needs before its end: pieces, written one behind the other and read back in that order.
 *
 * It lies in the run's directory and goes with it. It is open only while it is written or read, so nobody has to close it.
 */
import * as fs from 'node:fs'
import { temporaryFault } from './temporary-files.ts'

export class ScratchFile {
  #path: string
  /** Of the pieces that are whole in the file. */
  #lengths: number[] = []
  #end = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Adds a piece; blocks until it is written. Errors: `StorageError`; a piece that could not be written whole is not there. */
  append(bytes: Uint8Array): void {
    this.#open(this.#end === 0 ? 'w' : 'r+', (file) => {
      for (let at = 0; at < bytes.length; ) {
        at += fs.writeSync(file, bytes, at, bytes.length - at, this.#end + at)
      }
    })
    this.#lengths.push(bytes.length)
    this.#end += bytes.length
  }

  /** One at a time in memory. Errors: `StorageError`. */
  *pieces(): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    let from = 0
    for (const length of this.#lengths) {
      const piece = new Uint8Array(length)
      this.#open('r', (file) => {
        for (let at = 0; at < length; ) {
          const read = fs.readSync(file, piece, at, length - at, from + at)
          if (read === 0) throw new Error(`it ends after ${from + at} bytes`)
          at += read
        }
      })
      from += length
      yield piece
    }
  }

  #open(flags: 'w' | 'r+' | 'r', act: (file: number) => void): void {
    try {
      const file = fs.openSync(this.#path, flags)
      try {
        act(file)
      } finally {
        fs.closeSync(file)
      }
    } catch (cause) {
      throw temporaryFault('keep commits and events of a run', this.#path, cause)
    }
  }
}
