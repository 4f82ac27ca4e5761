/**
 * The log of a live input in files: what has arrived is here before anybody may see it.
 *
 *   <n>.lines    records, each followed by a line feed
 *   <n>.stamps   (stamp f64, records f64) for each run of records with one stamp
 *
 * A new pair of files begins when one is long enough. Writes are not forced to the disk: the log outlives processes of the
 * run, not the machine.
 */
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ARRIVED_RECORD_BYTES } from '../../../input/live-input.ts'
import type { PoolBytes } from '../../../system.ts'
import type { Nanos } from '../../../units.ts'
import { temporaryFault } from '../temporary-files.ts'

const SEGMENT_BYTES = 64 * 1024 * 1024
const LINE_FEED = 0x0a
const FEED = Buffer.from([LINE_FEED])

export class SegmentLog {
  /** What all records count: their text, line feeds and `ARRIVED_RECORD_BYTES`. */
  held = 0
  #directory: string
  #segments = 0
  #lines = -1
  #stamps = -1
  #bytes = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Errors: `StorageError`; what it was about is then in the log in part. */
  append(stamp: Nanos, lines: readonly Uint8Array[]): void {
    if (lines.length === 0) return
    const bytes = Buffer.concat(lines.flatMap((line) => [line, FEED]))
    try {
      if (this.#lines < 0 || this.#bytes >= SEGMENT_BYTES) this.#next()
      writeAll(this.#lines, bytes)
      writeAll(this.#stamps, Buffer.from(Float64Array.of(stamp, lines.length).buffer))
    } catch (cause) {
      throw temporaryFault('keep the lines that arrive', this.#directory, cause)
    }
    this.#bytes += bytes.length
    this.held += bytes.length + ARRIVED_RECORD_BYTES * lines.length
  }

  close(): void {
    if (this.#lines < 0) return
    closeSync(this.#lines)
    closeSync(this.#stamps)
    this.#lines = -1
  }

  #next(): void {
    this.close()
    const name = join(this.#directory, String(this.#segments).padStart(6, '0'))
    this.#segments += 1
    this.#bytes = 0
    this.#lines = openSync(`${name}.lines`, 'a')
    this.#stamps = openSync(`${name}.stamps`, 'a')
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** All that a log holds. Costs its size in memory, once. */
export function readSegments(directory: string): { records: PoolBytes; dueAt: Float64Array } {
  const bytes = readAll(directory, '.lines')
  const runs = new Float64Array(readAll(directory, '.stamps').buffer)
  let records = 0
  for (let at = 1; at < runs.length; at += 2) records += runs[at]!
  const dueAt = new Float64Array(records)
  let record = 0
  for (let at = 0; at < runs.length; at += 2) {
    dueAt.fill(runs[at]!, record, record + runs[at + 1]!)
    record += runs[at + 1]!
  }
  const offsets = new Uint32Array(records + 1)
  let found = 0
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    found += 1
    offsets[found] = at + 1
  }
  return { records: { bytes, offsets }, dueAt }
}

/** The files of a log with this ending, one after another. */
function readAll(directory: string, ending: string): Uint8Array<ArrayBuffer> {
  const paths = readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(directory, name))
  const all = new Uint8Array(paths.reduce((sum, path) => sum + statSync(path).size, 0))
  let at = 0
  for (const path of paths) {
    const file = openSync(path, 'r')
    try {
      for (let read = -1; read !== 0; at += read)
        read = readSync(file, all, at, all.length - at, null)
    } finally {
      closeSync(file)
    }
  }
  return all
}
