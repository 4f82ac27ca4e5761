/** What oracles of graphs are made of: records of a pool that are taken apart once, and nodes as keys. */
import type { PoolBytes } from '../engines/core/system.ts'
import type { TickEnd } from '../engines/core/units.ts'
import type { OracleInput } from './oracle.ts'
import {
  type Binary,
  INTEGER,
  integerBody,
  keyLanes,
  type Lanes,
  partitionOfLane,
} from './oracle-digest.ts'
import { recordsOf } from './oracle-keys.ts'
import { DueCursor } from './oracle-ranges.ts'

export type Link = readonly [from: number, to: number]

/** A record that came, and how often. */
export type Came<T> = readonly [record: T, times: number]

/** The edges of a pool of lines or of pairs; undefined where a line is a remark. Errors: throws for what is neither. */
export function linksOf(pool: PoolBytes): readonly (Link | undefined)[] {
  if (!pool.pairs) return Array.from(recordsOf(pool), linkIn)
  const view = new DataView(pool.bytes.buffer, pool.bytes.byteOffset, pool.bytes.byteLength)
  return Array.from({ length: pool.offsets.length - 1 }, (_, record) => [
    view.getUint32(record * 8, true),
    view.getUint32(record * 8 + 4, true),
  ])
}

/** Records of a pool, taken apart once a pool. What it returns gives what became due since its last call, before a tick. */
export function dueOf<T>(
  takenApart: (record: Binary) => T,
): (input: OracleInput) => (tick: TickEnd) => Generator<Came<T>> {
  return dueIn((pool) => Array.from(recordsOf(pool), takenApart))
}

/** The same of a pool that is taken apart as a whole. */
export function dueIn<T>(
  allOf: (pool: PoolBytes) => readonly T[],
): (input: OracleInput) => (tick: TickEnd) => Generator<Came<T>> {
  const known = new WeakMap<object, readonly T[]>()
  return (input) => {
    const records = known.get(input.pool) ?? allOf(input.pool)
    known.set(input.pool, records)
    const cursor = new DueCursor(input)
    return function* due(tick) {
      for (let partition = 0; partition < input.partitions; partition++) {
        const { passes, spans } = cursor.advance(partition, tick)
        if (passes > 0) for (const record of records) yield [record, passes]
        for (const [from, to] of spans) {
          for (let at = from; at < to; at++) yield [records[at]!, 1]
        }
      }
    }
  }
}

/** The edge of a line, undefined for a remark. Errors: throws for what is neither. */
export function linkIn(line: Binary): Link | undefined {
  const [from = '', to = ''] = line.split(/[ \t]+/)
  if (isNumber(from) && isNumber(to)) return [Number(from), Number(to)]
  if (line[0] === '#') return undefined
  throw new TypeError(`no edge: ${line}`)
}

/** The number of a node. Errors: throws for what is none. */
export function nodeIn(text: Binary): number {
  if (isNumber(text)) return Number(text)
  throw new TypeError(`no node: ${text}`)
}

function isNumber(text: Binary): boolean {
  return text !== '' && !/[^0-9]/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER
}

export interface NodeKey extends Lanes {
  readonly partition: number
}

/** Where rows of a node are, and their digest's share of the key. */
export class NodeKeys {
  readonly #partitions: number
  readonly #keys = new Map<number, NodeKey>()

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  of(node: number): NodeKey {
    const known = this.#keys.get(node)
    if (known !== undefined) return known
    const { lane0, lane1 } = keyLanes({ tag: INTEGER, body: integerBody(node) })
    const key = { lane0, lane1, partition: partitionOfLane(lane0, this.#partitions) }
    this.#keys.set(node, key)
    return key
  }
}
