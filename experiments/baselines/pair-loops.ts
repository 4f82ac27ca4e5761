/**
 * Exchange and ad analytics on pairs of integers in one thread, in plain TypeScript over typed arrays: what COST (HotOS 2015)
 * asks of a system that moves and counts numbers.
 *
 * The exchange puts each pair behind those of its partition, by the rule that the engines have (the digest's first lane), since
 * another partition would be another work. A pass begins with the bytes and empty partitions.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import type { PlainLoop } from './plain-loops.ts'

/** As many as the engines have where they are measured. */
export const PARTITIONS = 8

/** The digest's first lane of a key that is an unsigned 32-bit integer: MurmurHash3 of 8 bytes, the high ones zero. */
function keyLane(key: number): number {
  const scrambled = Math.imul(key, 0xcc9e2d51)
  let h = 0x53470003 ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  h = ((Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0) ^ 8
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Sees pairs; holds the sum of the partitions' numbers, once for each pair that is in them. */
export function partitionLoop({ bytes }: PoolBytes): PlainLoop {
  const pairs = numbersOf(bytes)
  let capacity = 2 * Math.ceil((pairs.length / 2 / PARTITIONS) * 1.5)
  let partitions = Array.from({ length: PARTITIONS }, () => new Uint32Array(capacity))
  const used = new Uint32Array(PARTITIONS)
  let seen = 0
  const grow = (): void => {
    capacity *= 2
    partitions = partitions.map((before) => {
      const larger = new Uint32Array(capacity)
      larger.set(before)
      return larger
    })
  }
  return {
    name: 'partition loop',
    pass() {
      used.fill(0)
      for (let at = 0; at < pairs.length; at += 2) {
        const key = pairs[at]!
        const partition = keyLane(key) & (PARTITIONS - 1)
        const to = used[partition]!
        if (to === capacity) grow()
        const into = partitions[partition]!
        into[to] = key
        into[to + 1] = pairs[at + 1]!
        used[partition] = to + 2
      }
      seen += pairs.length / 2
      return seen
    },
    held: () => used.reduce((sum, numbers, partition) => sum + partition * (numbers / 2), 0),
  }
}

/** Sees views of known ads; holds their counts, of all passes, each times the number of its campaign. */
export function campaignLoop({ bytes }: PoolBytes): PlainLoop {
  const pairs = numbersOf(bytes)
  const ads = 1_000
  const campaigns = Uint16Array.from({ length: ads }, (_, ad) => Math.floor(ad / 10))
  const counts = new Float64Array(ads / 10)
  let seen = 0
  return {
    name: 'campaign loop',
    pass() {
      for (let at = 0; at < pairs.length; at += 2) {
        if (pairs[at] !== 0) continue
        const ad = pairs[at + 1]!
        if (ad >= ads) continue
        counts[campaigns[ad]!]! += 1
        seen += 1
      }
      return seen
    },
    held: () => counts.reduce((sum, count, campaign) => sum + campaign * count, 0),
  }
}

/** As they are on a machine that is little endian, as those are that engines run on. */
function numbersOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}
