/**
 * The synthetic text: lines of equal length made of words drawn by Zipf's law, after the pool of `PEERS`.
 *
 * A specification, so that Rust, Java or C make the same bytes. With `draw`, `below` and `Zipf` of `draw.ts`, one
 * generator for everything, seeded once:
 *
 *   1. Vocabulary. Word k = 0..9999, the commonest first, has 11 + 2k mod 5 letters, each 'a' + below(26).
 *   2. Lines. Words are drawn by Zipf over the 10,000; each is put after what is in the line, with one space between.
 *      A word that would make the line longer than `lineBytes` ends the line and becomes the first word of the next.
 *   3. After each line: if below(100) = 0, its word number below(words in the line) is replaced by `needle`.
 *   4. The line is padded with spaces to `lineBytes`, and a line feed follows.
 *
 * FNV-1a of the pool with the defaults (200,000 lines of 100 bytes, seed 1; 20,200,000 bytes): `CHECKSUM`.
 * A mean of 6.9 words a line; the needle is in 1 % of the lines, and nowhere else.
 */

import type { KeyLaw } from '../../engines/core/cost/key-law.ts'
import { ConfigurationError } from '../../engines/core/errors.ts'
import type { PoolBytes } from '../../engines/core/system.ts'
import { Draw, Zipf } from './draw.ts'

export const NEEDLE = 'needle'
export const VOCABULARY_WORDS = 10_000
/** How distinct words grow with the words drawn. The needle, one word more, is left out. */
export const WORDS_LAW: KeyLaw = { kind: 'zipf', keys: VOCABULARY_WORDS, exponent: 1 }

export const LINES_CHECKSUM = '971fdfac'

/** Lengths that a line can have. */
export const LINE_BYTES = { min: 16, max: 1_000_000 } as const

const WORD_BYTES_MIN = 11
const WORD_BYTES_MAX = 15
const SPACE = 0x20
const LINE_FEED = 0x0a
const NEEDLE_BYTES = Buffer.from(NEEDLE, 'latin1')

export interface LinesOptions {
  readonly lines: number
  /** Without the line feed; `LINE_BYTES`. */
  readonly lineBytes: number
  /** Unsigned 32-bit. */
  readonly seed: number
}

export const LINES_DEFAULTS: LinesOptions = { lines: 200_000, lineBytes: 100, seed: 1 }

/** Makes the pool; about 0.15 s for the defaults. Errors: `ConfigurationError` for options out of range. */
export function syntheticLines(options: Partial<LinesOptions> = {}): PoolBytes {
  checkLines(options)
  const { lines, lineBytes, seed } = { ...LINES_DEFAULTS, ...options }
  const draw = new Draw(seed)
  const vocabulary = Array.from({ length: VOCABULARY_WORDS }, (_, rank) => wordOf(rank, draw))
  const zipf = new Zipf(draw, VOCABULARY_WORDS)

  const recordBytes = lineBytes + 1
  const bytes = new Uint8Array(lines * recordBytes).fill(SPACE)
  const offsets = new Uint32Array(lines + 1)
  let carried = vocabulary[zipf.next()]!
  for (let line = 0; line < lines; line++) {
    const words: Uint8Array[] = []
    let length = -1
    while (length + 1 + carried.length <= lineBytes) {
      words.push(carried)
      length += 1 + carried.length
      carried = vocabulary[zipf.next()]!
    }
    if (draw.below(100) === 0) words[draw.below(words.length)] = NEEDLE_BYTES
    let at = line * recordBytes
    for (const word of words) {
      bytes.set(word, at)
      at += word.length + 1
    }
    bytes[(line + 1) * recordBytes - 1] = LINE_FEED
    offsets[line + 1] = (line + 1) * recordBytes
  }
  return { bytes, offsets }
}

/** The length depends on the rank alone, so that every seed has as many words a line. */
function wordOf(rank: number, draw: Draw): Uint8Array {
  const word = new Uint8Array(WORD_BYTES_MIN + ((2 * rank) % (WORD_BYTES_MAX - WORD_BYTES_MIN + 1)))
  for (let letter = 0; letter < word.length; letter++) word[letter] = 0x61 + draw.below(26)
  return word
}

/** Whether they can be made, before any is. Errors: `ConfigurationError`. */
export function checkLines(options: Partial<LinesOptions>): void {
  const { lines, lineBytes, seed } = { ...LINES_DEFAULTS, ...options }
  const isCount = (value: number, min: number, max: number) =>
    Number.isSafeInteger(value) && value >= min && value <= max
  const fits = isCount(lines, 1, 0xffff_ffff) && lines * (lineBytes + 1) <= 0xffff_ffff
  if (fits && isCount(lineBytes, LINE_BYTES.min, LINE_BYTES.max) && isCount(seed, 0, 0xffff_ffff))
    return
  throw new ConfigurationError({
    asked: 'synthetic lines',
    found: `${lines} lines of ${lineBytes} bytes with the seed ${seed}`,
    rule: 'a pool has 1 line or more of 16 bytes to 1 MB, less than 4 GiB in all, and a 32-bit seed',
    remedy: 'Choose other numbers',
  })
}
