/** Files that are there whole or not at all: written under another name, synced, and then given theirs. */
import * as fs from 'node:fs'

export function writeWhole(path: string, bytes: Uint8Array, durable: boolean): void {
  const file = fs.openSync(path, 'w')
  try {
    let written = 0
    while (written < bytes.length) written += fs.writeSync(file, bytes, written)
    if (durable) fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** The whole file, or `undefined` if there is none. */
export function readWhole(path: string): Uint8Array | undefined {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
  }
}

/** The error before this one says what is wrong. */
export function removeQuietly(path: string): void {
  try {
    fs.rmSync(path, { force: true })
  } catch {}
}
