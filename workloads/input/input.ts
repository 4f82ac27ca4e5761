/** The inputs that workloads read, by kind: each makes a pool, once, before a run. */
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { InputFormat } from '../../engines/core/input/formats/input-format.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { adEvents, adPairs } from './ad-events.ts'
import { edgePairs, edges } from './edges.ts'
import { graphEvents } from './graph-events.ts'
import { type LinesOptions, syntheticLines } from './lines.ts'
import { nexmarkEvents } from './nexmark-events.ts'
import { numberPairs } from './number-pairs.ts'
import { pageEvents } from './page-events.ts'
import { sessionEvents } from './session-events.ts'
import { stateOfTheUnion } from './state-of-the-union.ts'
import { textFile } from './text-file.ts'
import { tweets } from './tweets.ts'

export const INPUT_KINDS = [
  'lines',
  'state-of-the-union',
  'page-events',
  'session-events',
  'ad-events',
  'ad-pairs',
  'tweets',
  'nexmark-events',
  'number-pairs',
  'edges',
  'edge-pairs',
  'graph-events',
  'file',
] as const

export type InputKind = (typeof INPUT_KINDS)[number]

/** Of pairs of integers (`u32x2`); the others are lines. */
export const PAIR_KINDS: readonly InputKind[] = ['ad-pairs', 'number-pairs', 'edge-pairs']

export interface InputOptions {
  /** Of the synthetic kinds. */
  readonly seed?: number
  /** Records in the pool, of the synthetic kinds. */
  readonly records?: number
  /** Of `lines`: bytes of each, without the line feed. */
  readonly recordBytes?: number
  /** Of `file`: a file or directory. */
  readonly path?: string
  /** Of `file`; default: lines of text. */
  readonly format?: InputFormat
}

/** What the generator of lines is asked for. */
export function linesOf({ seed, records, recordBytes }: InputOptions): Partial<LinesOptions> {
  return {
    ...(seed !== undefined && { seed }),
    ...(records !== undefined && { lines: records }),
    ...(recordBytes !== undefined && { lineBytes: recordBytes }),
  }
}

/** Makes the pool of a kind. Errors: those of the kinds; `ConfigurationError` for `file` without a path. */
export function makeInput(kind: InputKind, options: InputOptions = {}): PoolBytes {
  const { seed, records, path, format } = options
  const seeded = seed === undefined ? {} : { seed }
  const events = { ...seeded, ...(records !== undefined && { events: records }) }
  switch (kind) {
    case 'lines':
      return syntheticLines(linesOf(options))
    case 'page-events':
      return pageEvents(events)
    case 'session-events':
      return sessionEvents(events)
    case 'ad-events':
      return adEvents(events)
    case 'ad-pairs':
      return adPairs(events)
    case 'tweets':
      return tweets(events)
    case 'nexmark-events':
      return nexmarkEvents(events)
    case 'number-pairs':
      return numberPairs(events)
    case 'edges':
      return edges(events)
    case 'edge-pairs':
      return edgePairs(events)
    case 'graph-events':
      return graphEvents(events)
    case 'state-of-the-union':
      return stateOfTheUnion()
    case 'file':
      if (path !== undefined) return textFile(path, format).pool
      throw new ConfigurationError({
        asked: 'an input of the kind file',
        found: 'no path',
        rule: 'a file or directory is read',
        remedy: 'Name it',
      })
  }
}
