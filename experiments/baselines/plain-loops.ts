/**
 * Single-threaded loops over the same bytes in memory as the engines read, without a framework: the COST lines
 * (COST, HotOS 2015) that every throughput is shown against. Each is what a competent programmer writes in plain
 * TypeScript: `split` and a Map; a byte loop with an open-addressing table; a chunk search.
 *
 * A loop makes one pass over a pool and returns a checksum, so that nothing can be optimised away and so that the
 * loops can be held to each other in a test.
 */
import type { PoolBytes } from '../../engines/core/system.ts'

export interface PlainLoop {
  readonly name: string
  /** One pass; returns how many words (or matching records) it has seen so far in all passes. */
  pass(): number
  /** Records of a pass; those of the pool if not given. */
  readonly passRecords?: number
  /** What its result holds now: words in its table or window, records that matched. Compared with the truth. */
  held(): number
}

/** Records in one decoding: text enough that calls cost nothing, small enough to stay in cache. */
const CHUNK_RECORDS = 1_000

/** WordCount as it is first written: decode, `split`, Map. */
export function splitAndMap(pool: PoolBytes): PlainLoop {
  const text = Buffer.from(pool.bytes)
  const counts = new Map<string, number>()
  const records = pool.offsets.length - 1
  let seen = 0
  return {
    name: 'split + Map',
    pass() {
      for (let first = 0; first < records; first += CHUNK_RECORDS) {
        const last = Math.min(first + CHUNK_RECORDS, records)
        const lines = text.toString('latin1', pool.offsets[first], pool.offsets[last]! - 1)
        for (const line of lines.split('\n')) {
          for (const word of line.split(' ')) {
            if (word === '') continue
            counts.set(word, (counts.get(word) ?? 0) + 1)
            seen += 1
          }
        }
      }
      return seen
    },
    held: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
  }
}

/** Words of an entry: start, length, hash, count. */
const ENTRY = 4

/**
 * WordCount over bytes: no strings, an own open-addressing table whose entries lie together and which grows with the
 * vocabulary, so that a lookup costs one line of cache. The fastest plain loop that was found: 1.2 to 1.6 times the one with
 * a large table in parallel arrays, most where neighbours take the cache.
 */
export function byteLoop(pool: PoolBytes): PlainLoop {
  const { bytes } = pool
  let mask = (1 << 12) - 1
  let table = new Int32Array((mask + 1) * ENTRY)
  let used = 0
  let seen = 0
  const grow = (): void => {
    const old = table
    mask = 2 * mask + 1
    table = new Int32Array((mask + 1) * ENTRY)
    for (let from = 0; from < old.length; from += ENTRY) {
      if (old[from + 3] === 0) continue
      const hash = old[from + 2]!
      let slot = (hash ^ (hash >>> 15)) & mask
      while (table[slot * ENTRY + 3] !== 0) slot = (slot + 1) & mask
      table.set(old.subarray(from, from + ENTRY), slot * ENTRY)
    }
  }
  const count = (start: number, length: number, hash: number): void => {
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const entry = slot * ENTRY
      if (table[entry + 3] === 0) {
        table[entry] = start
        table[entry + 1] = length
        table[entry + 2] = hash
        table[entry + 3] = 1
        used += 1
        if (used * 2 > mask) grow()
        return
      }
      if (table[entry + 2] === hash && table[entry + 1] === length) {
        const other = table[entry]!
        let same = 0
        while (same < length && bytes[other + same] === bytes[start + same]) same += 1
        if (same === length) {
          table[entry + 3]! += 1
          return
        }
      }
      slot = (slot + 1) & mask
    }
  }
  return {
    name: 'byte loop',
    pass() {
      const end = bytes.length
      let at = 0
      while (at < end) {
        let byte = bytes[at]!
        if (byte <= 0x20 && (byte === 0x20 || (byte >= 9 && byte <= 13))) {
          at += 1
          continue
        }
        const start = at
        let hash = 0x811c9dc5 | 0
        do {
          hash = Math.imul(hash ^ byte, 0x01000193)
          at += 1
          if (at === end) break
          byte = bytes[at]!
        } while (byte > 0x20 || (byte !== 0x20 && (byte < 9 || byte > 13)))
        count(start, at - start, hash)
        seen += 1
      }
      return seen
    },
    held: () => {
      let sum = 0
      for (let entry = 0; entry < table.length; entry += ENTRY) sum += table[entry + 3]!
      return sum
    },
  }
}

/**
 * The same with a large table in parallel arrays: the loop of `PEERS` by its description and, scaled by the machine, by
 * its speed. A yardstick: no engine is measured against it.
 */
export function wideByteLoop(pool: PoolBytes): PlainLoop {
  const { bytes } = pool
  const mask = (1 << 18) - 1
  const starts = new Uint32Array(mask + 1)
  const lengths = new Uint32Array(mask + 1)
  const hashes = new Uint32Array(mask + 1)
  const counts = new Float64Array(mask + 1)
  let seen = 0
  const same = (a: number, b: number, length: number): boolean => {
    for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
    return true
  }
  return {
    name: 'byte loop, wide table',
    pass() {
      const end = bytes.length
      let at = 0
      while (at < end) {
        let byte = bytes[at]!
        if (byte === 0x20 || (byte >= 9 && byte <= 13)) {
          at += 1
          continue
        }
        const start = at
        let hash = 0x811c9dc5
        while (at < end) {
          byte = bytes[at]!
          if (byte === 0x20 || (byte >= 9 && byte <= 13)) break
          hash = Math.imul(hash ^ byte, 0x01000193)
          at += 1
        }
        const length = at - start
        hash >>>= 0
        let slot = (hash ^ (hash >>> 15)) & mask
        for (;;) {
          if (counts[slot] === 0) {
            starts[slot] = start
            lengths[slot] = length
            hashes[slot] = hash
            break
          }
          if (
            hashes[slot] === hash &&
            lengths[slot] === length &&
            same(starts[slot]!, start, length)
          )
            break
          slot = (slot + 1) & mask
        }
        counts[slot]! += 1
        seen += 1
      }
      return seen
    },
    held: () => counts.reduce((sum, count) => sum + count, 0),
  }
}

/**
 * Grep by the runtime's own search over whole chunks: the best that plain code does. The runtime looks for a text's first byte,
 * and at the text only there; so the search is for the text from a rare byte on, and looks back at what is before it. As it is first
 * written, from its start, it is 0.86 times as fast here, and as fast with other seeds: by chance of seed 1 the needle's `n` is
 * the commonest letter of the synthetic text, as `t` is of the real one.
 *
 * Nothing else makes a difference that can be measured: shared memory, alignment, huge chunks or of 1,000 records, a search by
 * string, a walk through the offsets or none, Node 20. Loops in TypeScript (Horspool, pairs of letters in strides) are at
 * 0.6 to 0.9 of it, strings with `indexOf` or a regular expression at 0.4 to 0.8, their decoding included.
 */
export function chunkSearch(pool: PoolBytes, pattern: string): PlainLoop {
  const text = Buffer.from(pool.bytes)
  const needle = Buffer.from(pattern)
  const ahead = rarestByte(text, needle)
  const tail = needle.subarray(ahead)
  const { offsets } = pool
  let seen = 0
  const next = (from: number): number => {
    let at = text.indexOf(tail, from + ahead)
    while (at >= 0 && !isBefore(text, at - ahead, needle, ahead)) at = text.indexOf(tail, at + 1)
    return at < 0 ? at : at - ahead
  }
  return {
    name: 'chunk indexOf',
    pass() {
      let record = 0
      let at = next(0)
      while (at >= 0) {
        // The record that holds the match, then on from its end: a record counts once.
        let high = offsets.length - 1
        while (record + 1 < high) {
          const middle = (record + high) >>> 1
          if (offsets[middle]! <= at) record = middle
          else high = middle
        }
        seen += 1
        at = next(offsets[record + 1]!)
      }
      return seen
    },
    held: () => seen,
  }
}

/** Bytes of the text that tell how common each is. */
const SAMPLE_BYTES = 100_000

/** From a rare byte on there must be left so many: fewer are found too often, and each find is a call. */
const TAIL_BYTES_MIN = 3

/** Where the rarest byte of a needle is. */
function rarestByte(text: Uint8Array, needle: Uint8Array): number {
  const counts = new Uint32Array(256)
  for (const byte of text.subarray(0, SAMPLE_BYTES)) counts[byte]! += 1
  let rarest = 0
  for (let at = 1; at <= needle.length - TAIL_BYTES_MIN; at++) {
    if (counts[needle[at]!]! < counts[needle[rarest]!]!) rarest = at
  }
  return rarest
}

function isBefore(text: Uint8Array, from: number, needle: Uint8Array, length: number): boolean {
  for (let at = 0; at < length; at++) if (text[from + at] !== needle[at]) return false
  return true
}

/** Grep by a native call for each record, of buffers that were made before: a yardstick, no baseline. */
export function recordSearch(pool: PoolBytes, pattern: string): PlainLoop {
  const text = Buffer.from(pool.bytes)
  const records = recordsOf(pool).map(([from, to]) => text.subarray(from, to))
  return searchOf('Buffer.includes', records, pattern)
}

/** The same of strings that were made before: what is compared is a runtime's search, not its decoding. */
export function stringSearch(pool: PoolBytes, pattern: string): PlainLoop {
  const text = Buffer.from(pool.bytes)
  const records = recordsOf(pool).map(([from, to]) => text.toString('latin1', from, to))
  return searchOf('string.includes', records, Buffer.from(pattern).toString('latin1'))
}

function recordsOf({ offsets }: PoolBytes): (readonly [from: number, to: number])[] {
  return Array.from({ length: offsets.length - 1 }, (_, at) => [offsets[at]!, offsets[at + 1]! - 1])
}

function searchOf(
  name: string,
  records: readonly { includes(pattern: string): boolean }[],
  pattern: string,
): PlainLoop {
  let seen = 0
  return {
    name,
    pass() {
      for (const record of records) if (record.includes(pattern)) seen += 1
      return seen
    },
    held: () => seen,
  }
}
