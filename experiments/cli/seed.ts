/**
 * Seeds as people have them: a decimal number of up to 64 bits, or a git hash, so that a commit can name its own fuzz.
 *
 * A run's seed is a whole number of up to 53 bits. Smaller numbers are taken as they are; of a git hash the first 13
 * digits (52 bits); the high bits of a larger number are folded into the low ones.
 */
import { ConfigurationError } from '../../engines/core/errors.ts'

const SEED_BITS = 53n
const HASH_DIGITS = 13

/** Does the text look like a seed rather than the name of a run? */
export function isSeed(text: string): boolean {
  return /^\d{1,20}$/.test(text) || /^0x[\da-f]{1,16}$/i.test(text) || isGitHash(text)
}

function isGitHash(text: string): boolean {
  return /^[\da-f]{7,64}$/i.test(text) && /[a-f]/i.test(text)
}

/** Errors: `ConfigurationError` for what is neither, or over 64 bits. */
export function parseSeed(option: string, text: string): number {
  if (isSeed(text)) {
    const isHash = isGitHash(text)
    const value = BigInt(isHash ? `0x${text.slice(0, HASH_DIGITS)}` : text)
    if (value < 2n ** 64n) return Number(BigInt.asUintN(53, value ^ (value >> SEED_BITS)))
  }
  throw new ConfigurationError(
    {
      asked: `--${option} ${text}`,
      found: /^\d+$/.test(text) ? 'more than 64 bits' : 'no seed',
      rule: 'A seed is a whole number of up to 64 bits, or a git hash of 7 digits or more',
      remedy: 'Write 42, or the output of git rev-parse HEAD',
    },
    { option, text },
  )
}
