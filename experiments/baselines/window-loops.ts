/**
 * WordCount and TopK over a sliding window in one thread, in plain TypeScript over bytes: the COST line of the windowed
 * workloads. The window is kept as the best programs keep it: the newest slide is added, the one that left is taken out.
 *
 * A slide is a number of records here, not a length of time, since a loop has no clock: `slideRecords` is what is due in
 * one slide at a stated rate. A pass is one slide, so that every measurement has its share of them. The window is full from the
 * start (`past`), as in a trial that was given history.
 */
import type { PoolBytes } from '../../engines/core/system.ts'
import type { PlainLoop } from './plain-loops.ts'

export interface WindowLoopOptions {
  readonly slideRecords: number
  /** Records of each slide of the window before the first pass, oldest first: as many as a window has slides. */
  readonly past: readonly number[]
  /** Rank the so many most frequent words at each slide; 0 for none. */
  readonly top: number
}

export interface WindowLoop extends PlainLoop {
  /** The most frequent words at the last slide, with ties by ascending bytes; empty without `top`. For tests. */
  ranked(): readonly (readonly [word: string, count: number])[]
}

/** Fills the window's past; returns a pass: calls `take` with ranges of the pool, round and round, and `slide` at the end. */
export function inSlides(
  records: number,
  { past, slideRecords }: WindowLoopOptions,
  take: (first: number, count: number) => void,
  slide: () => void,
): () => void {
  let at = 0
  const some = (count: number): void => {
    while (count > 0) {
      const piece = Math.min(count, records - at)
      take(at, piece)
      at = (at + piece) % records
      count -= piece
    }
  }
  for (const count of past) {
    some(count)
    slide()
  }
  at = 0
  return () => {
    some(slideRecords)
    slide()
  }
}

interface Slide {
  readonly slots: Uint32Array
  readonly counts: Uint32Array
}

const SLOTS = 1 << 18

export function windowByteLoop(pool: PoolBytes, options: WindowLoopOptions): WindowLoop {
  const { bytes, offsets } = pool
  const mask = SLOTS - 1
  const starts = new Uint32Array(SLOTS)
  const lengths = new Uint32Array(SLOTS)
  const hashes = new Uint32Array(SLOTS)
  const inWindow = new Float64Array(SLOTS)
  const inSlide = new Uint32Array(SLOTS)
  const touched = new Uint32Array(SLOTS)
  const known = new Uint32Array(SLOTS)
  let knownCount = 0
  let touchedCount = 0
  let seen = 0
  const kept: Slide[] = []
  let oldest = 0
  let top: number[] = []

  const same = (a: number, b: number, length: number): boolean => {
    for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
    return true
  }
  const slotOf = (start: number, length: number, hash: number): number => {
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      if (lengths[slot] === 0) {
        starts[slot] = start
        lengths[slot] = length
        hashes[slot] = hash
        known[knownCount++] = slot
        return slot
      }
      if (hashes[slot] === hash && lengths[slot] === length && same(starts[slot]!, start, length)) {
        return slot
      }
      slot = (slot + 1) & mask
    }
  }
  const take = (first: number, count: number): void => {
    const end = offsets[first + count]!
    let at = offsets[first]!
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
      const slot = slotOf(start, at - start, hash >>> 0)
      if (inSlide[slot] === 0) touched[touchedCount++] = slot
      inSlide[slot]! += 1
      seen += 1
    }
  }
  const slide = (): void => {
    const slots = touched.slice(0, touchedCount)
    const counts = new Uint32Array(touchedCount)
    for (let i = 0; i < touchedCount; i++) {
      const slot = slots[i]!
      counts[i] = inSlide[slot]!
      inWindow[slot]! += inSlide[slot]!
      inSlide[slot] = 0
    }
    touchedCount = 0
    if (kept.length < options.past.length) kept.push({ slots, counts })
    else {
      const left = kept[oldest]!
      for (let i = 0; i < left.slots.length; i++) inWindow[left.slots[i]!]! -= left.counts[i]!
      kept[oldest] = { slots, counts }
      oldest = (oldest + 1) % options.past.length
    }
    if (options.top > 0) top = rank()
  }
  const before = (a: number, b: number): boolean => {
    if (inWindow[a] !== inWindow[b]) return inWindow[a]! > inWindow[b]!
    return Buffer.compare(wordAt(a), wordAt(b)) < 0
  }
  const wordAt = (slot: number): Uint8Array =>
    bytes.subarray(starts[slot]!, starts[slot]! + lengths[slot]!)
  /** One walk over all words; few of them get past the least of the best so far. */
  const rank = (): number[] => {
    const best: number[] = []
    for (let i = 0; i < knownCount; i++) {
      const slot = known[i]!
      if (inWindow[slot] === 0) continue
      if (best.length === options.top && !before(slot, best[best.length - 1]!)) continue
      let place = best.length
      while (place > 0 && before(slot, best[place - 1]!)) place -= 1
      best.splice(place, 0, slot)
      if (best.length > options.top) best.pop()
    }
    return best
  }
  const pass = inSlides(offsets.length - 1, options, take, slide)
  return {
    name: 'byte loop',
    passRecords: options.slideRecords,
    pass() {
      pass()
      return seen
    },
    ranked: () => top.map((slot) => [Buffer.from(wordAt(slot)).toString(), inWindow[slot]!]),
    held: () => inWindow.reduce((sum, count) => sum + count, 0),
  }
}
