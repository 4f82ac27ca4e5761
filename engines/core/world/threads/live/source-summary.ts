/**
 * What a source knows of its input beside the records: kept as far as the run goes, and written down when the source ends.
 *
 * What arrives when the run's time is over is not the run's: neither its place, its malformed rows nor its waiting count.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mark } from '../../../input/formats/record-cutter.ts'
import {
  type MalformedRows,
  NONE_MALFORMED,
  type RowTally,
} from '../../../input/formats/row-tally.ts'
import type { HeldBack, InputPlace, InputPosition } from '../../../input/live-input.ts'
import type { Nanos } from '../../../units.ts'
import { temporaryFault } from '../temporary-files.ts'
import type { Arrival } from './arrival.ts'

const FILE = 'summary.json'

export interface SourceSummary extends HeldBack {
  readonly position: InputPosition
  readonly malformed: MalformedRows
  readonly linesNotUtf8: number
  readonly resumes: number
}

const NOTHING: SourceSummary = {
  position: {},
  malformed: NONE_MALFORMED,
  linesNotUtf8: 0,
  resumes: 0,
  heldBackNs: 0,
  heldBackNsMax: 0,
}

/** The summary in the making. */
export class SourceProgress {
  malformed: MalformedRows = NONE_MALFORMED
  linesNotUtf8 = 0
  heldBack: HeldBack = { heldBackNs: 0, heldBackNsMax: 0 }
  #tally: RowTally
  #duration: Nanos
  /** Where an earlier run ended. */
  #before: InputPosition
  /** By the part's id. */
  #places = new Map<string, { readonly name: string; readonly place: InputPlace | undefined }>()

  /** `duration` is the longest that the run may take; `from` where it began. */
  constructor(tally: RowTally, duration: Nanos, from: InputPosition = {}) {
    this.#tally = tally
    this.#duration = duration
    this.#before = from
  }

  /** Records up to a mark are in the run's log with this stamp. */
  reach(stamp: Nanos, { part }: Arrival, mark: Mark): void {
    if (stamp >= this.#duration) return
    this.malformed = this.#tally.malformed
    this.linesNotUtf8 = this.#tally.notUtf8
    if (part === undefined) return
    const { id, name, header, version } = part
    const place = mark === undefined ? undefined : { mark, header, version }
    this.#places.set(id, { name, place })
  }

  /** What had arrived at one instant waited for room until the other. */
  waited(from: Nanos, to: Nanos): void {
    const ns = Math.max(0, Math.min(to, this.#duration) - from)
    const { heldBackNs, heldBackNsMax } = this.heldBack
    this.heldBack = { heldBackNs: heldBackNs + ns, heldBackNsMax: Math.max(heldBackNsMax, ns) }
  }

  /** Errors: `StorageError`. */
  write(directory: string, resumes: number): void {
    const { malformed, linesNotUtf8, heldBack } = this
    const reached = [...this.#places.values()].map(({ name, place }) => [name, place] as const)
    // What has no place now has none, wherever it began: in JSON it is left out.
    const position = { ...this.#before, ...Object.fromEntries(reached) }
    const summary = { position, malformed, linesNotUtf8, resumes, ...heldBack }
    try {
      writeFileSync(join(directory, FILE), JSON.stringify(summary))
    } catch (cause) {
      throw temporaryFault('write down where the input ended', directory, cause)
    }
  }
}

/** A source that was ended without asking has left none. */
export function readSummary(directory: string): SourceSummary {
  const path = join(directory, FILE)
  if (!existsSync(path)) return NOTHING
  return JSON.parse(readFileSync(path, 'utf8')) as SourceSummary
}
